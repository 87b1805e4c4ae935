"""A row of a batch as the HTTP interface shows it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.upload.read_models.batches.view import Person
from shared.http.pagination import CountedPage
from usher_contracts import FieldChange, KeptReason, RowValues
from usher_contracts import Finding as RowFinding

Outcome = Annotated[
    Literal["invite", "change", "unchanged", "error", "cancel", "restore", "kept"], Field(title="Outcome")
]
"""Of a row of a file, or of an undo."""
RowFilter = Annotated[
    Literal["invite", "change", "unchanged", "error", "warning", "cancel", "restore", "kept"], Field(title="RowFilter")
]

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


def _of_undo(description: str) -> Any:
    """A field that rows of files don't have."""
    return Field(exclude_if=lambda value: value is None, description=description)


class Row(BaseModel):
    """One row of the file. `row` is its number as in the sheet; `column` of an error is the canonical name. One row of
    an undo is what becomes of one user, or of some of their fields: `changes` lead back to what was so before."""

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
    reason: Annotated[KeptReason | None, _of_undo("Of an undo: why something is kept.")] = None
    by: Annotated[Person | None, _of_undo("With `changed_since`: who has changed it.")] = None
    at: Annotated[datetime | None, _of_undo("With `changed_since`: when.")] = None


class RowPage(CountedPage[Row]):
    """Rows in the sheet's order; `total` counts all that the filters let through."""
