"""Columns as the HTTP interface shows them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_COLUMNS: JsonValue = {
    "sheet": "Mitarbeiter",
    "header_row": 3,
    "columns": [
        {
            "header": "Vorname",
            "field": "First Name",
            "by": "name",
            "guess": "First Name",
            "examples": ["Ann", "Bo", "Chloé"],
        },
        {
            "header": "Kontakt",
            "field": None,
            "by": None,
            "guess": "Email",
            "examples": ["ann@northwind.example", "bo@northwind.example", "chloe@northwind.example"],
        },
    ],
}


class SheetColumn(BaseModel):
    """One column of a sheet."""

    header: str
    field: str | None = Field(description="The field that it is read as; null where it is not read.")
    by: Annotated[Literal["name", "mapping", "guess"], Field(title="KnownBy")] | None = Field(
        description="How that is known: by the header, by what an admin said, or by the header and those beside."
    )
    guess: str | None = Field(description="The field that it probably is, by its header or its values.")
    examples: list[str] = Field(description="Some of its values.")


class SheetColumns(BaseModel):
    """The columns of the sheet that counts, or of the one that looks most like it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COLUMNS]})

    sheet: str | None = Field(None, description="Null where no sheet has a header, or the file is not checked yet.")
    header_row: int | None = Field(None, description="The number of the header's row.")
    columns: list[SheetColumn] = Field(default_factory=list[SheetColumn])


class ColumnMappings(BaseModel):
    """What the company remembers of columns."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"columns": {"Kontakt": "Email", "Notiz": None}}]})

    columns: Mapping[str, str | None] = Field(description="By header: a field, or null for a column that is not read.")
