"""A row of a batch as the HTTP interface shows it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.http.pagination import CountedPage
from usher_contracts import FieldChange, Outcome, RowValues
from usher_contracts import Finding as RowFinding

RowFilter = Annotated[Literal["invite", "change", "unchanged", "error", "warning"], Field(title="RowFilter")]

EXAMPLE: dict[str, JsonValue] = {
    "row": 7,
    "outcome": "error",
    "email": "ada@northwind.example",
    "user_id": None,
    "values": {"first_name": "Ada"},
    "errors": [
        {
            "code": "reports_to_unknown",
            "column": "Reports To",
            "value": "bo@northwind.exmaple",
            "suggestion": None,
            "message": "Nobody has this address. Use the address of a user, or of a row of this file.",
        }
    ],
    "warnings": [],
    "changes": [],
}


class Row(BaseModel):
    """One row of the file. `row` is its number as in the sheet; `column` of an error is the canonical name."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [EXAMPLE]})

    row: int
    outcome: Outcome
    email: str
    user_id: UUID | None = Field(
        None,
        description="The user whom it changes or leaves as they are, or would without its errors; and whom it invited, "
        "once it has.",
    )
    values: RowValues
    errors: list[RowFinding] = Field(default_factory=list)
    warnings: list[RowFinding] = Field(default_factory=list)
    changes: list[FieldChange] = Field(default_factory=list)


class RowPage(CountedPage[Row]):
    """Rows in the sheet's order; `total` counts all that the filters let through."""
