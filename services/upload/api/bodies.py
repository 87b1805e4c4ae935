"""Bodies of requests."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from services.upload.domain.batch.choice import Choice, SeenRequest
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import ALL, CellCorrection, Replacement
from services.upload.formats.shown_mail import Variant
from shared.people.text import clean, harmless

Review = Annotated[int | None, Field(ge=0, le=2**31 - 1, description="The number of the review that was seen.")]
Message = Annotated[
    str | None,
    Field(
        description="The admin's own sentence for the invitations: one line of plain text, 200 characters at most, "
        "without addresses of pages."
    ),
]
RowNumber = int
"""Whichever it is: of one that there is not the answer says so."""
ColumnName = Annotated[str, Field(min_length=1, max_length=500)]
AskedAt = Annotated[
    AwareDatetime | None,
    Field(description="The batch's `approval.asked_at` that was seen: a later request is not the one that is meant."),
]
MAX_COMMENT = 1000
CellText = Annotated[str, Field(max_length=32_767)]


def _text(comment: str | None) -> str | None:
    """One line of visible text, as a row's cell is read; a blank one is none."""
    return harmless(comment or "") or None


class Confirmation(BaseModel):
    """What was seen when it was confirmed, and what was chosen."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"review": 2, "message": "Welcome aboard: we start on Monday.", "reminders": True}]
        }
    )

    review: Review = None
    message: Message = None
    reminders: bool | None = Field(
        None, description="Whether who does not answer is reminded; null: as the company's settings have it."
    )

    def choice(self) -> Choice:
        """The same as the use case has it."""
        return Choice(self.review, self.message, self.reminders)


class InvitationWords(BaseModel):
    """What the admin adds to the invitation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Welcome aboard: we start on Monday."}]})

    message: Message = None


class SampleWanted(InvitationWords):
    """Which invitation the admin wants a sample of."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "Welcome aboard: we start on Monday.", "variant": "new_user"}]}
    )

    variant: Variant = "new_user"


class SampleSent(BaseModel):
    """Where the sample goes: to the caller's own address."""

    to: str


class Decline(BaseModel):
    """Why it is not approved, and which request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"comment": "The team in Lyon joins in January.", "asked_at": "2026-11-23T09:30:00Z"}]
        }
    )

    comment: Annotated[str | None, Field(max_length=MAX_COMMENT), AfterValidator(_text)] = None
    asked_at: AskedAt = None


class Approve(BaseModel):
    """What was seen when it was approved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"review": 2, "asked_at": "2026-11-23T09:30:00Z"}]})

    review: Review = None
    asked_at: AskedAt = None

    def seen(self) -> SeenRequest:
        """The same as the use case has it."""
        return SeenRequest(self.review, self.asked_at)


class SeenReview(BaseModel):
    """What was seen when it was corrected."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"review": 2}]})

    review: Review = None


Header = Annotated[str, Field(max_length=1_000)]
ColumnChoices = Annotated[
    dict[Header, ColumnName | None],
    Field(max_length=1_000, description="By header: a field, or null for a column that is not to be read."),
]
_CHOICES: JsonValue = {"Vorname": "First Name", "Personalnummer": None}


class ColumnsChosen(BaseModel):
    """What the columns of a file are. Those that are not named stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"review": 1, "columns": _CHOICES, "remember": True}]})

    review: Review = None
    columns: ColumnChoices
    remember: bool = Field(True, description="Whether it goes for the company's later files as well.")

    def choice(self) -> ColumnChoice:
        """The same as the use case has it."""
        return ColumnChoice(self.columns, self.review, self.remember)


class MappingsToRemember(BaseModel):
    """What is to be remembered of columns."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"columns": _CHOICES}]})

    columns: ColumnChoices


class CellChange(BaseModel):
    """A cell, by the row's number in the sheet and the column's canonical name."""

    row: RowNumber
    column: ColumnName
    value: CellText | None = Field(description="The new value, empty for a blank cell; null takes the correction back.")


class ValueChange(BaseModel):
    """One value for all cells of a column that hold another."""

    column: ColumnName
    from_: CellText | None = Field(alias="from", description="The value as the error says it; null of blank cells.")
    to: CellText | None = Field(description="The new value; null takes the replacement back.")


class AcceptedSuggestions(BaseModel):
    """Which suggestions are taken."""

    code: str = Field(max_length=100, description="Those of errors with this code.")


_EXAMPLE: dict[str, JsonValue] = {
    "review": 1,
    "cells": [{"row": 7, "column": "Reports To", "value": "bo@northwind.example"}],
    "replacements": [{"column": "Region", "from": "UK", "to": "UKI"}],
    "left_out": [34],
}


class CorrectionChanges(BaseModel):
    """What is corrected. Whatever is not said stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    review: Review = None
    cells: list[CellChange] = Field(default_factory=list[CellChange])
    replacements: list[ValueChange] = Field(default_factory=list[ValueChange])
    left_out: list[RowNumber] | None = Field(None, description="All rows that are left out from now on.")
    accept_suggestions: bool | AcceptedSuggestions = Field(
        False, description="Takes the suggestions of all errors, or of those with one code."
    )
    leave_out_errors: bool = Field(False, description="Leaves out every row that is still wrong.")

    def wanted(self) -> Wanted:
        """The same as the use case has it."""
        accept = self.accept_suggestions
        return Wanted(
            seen=self.review,
            cells=tuple(
                CellCorrection(c.row, c.column, None if c.value is None else clean(c.value)) for c in self.cells
            ),
            replacements=tuple(
                Replacement(r.column, r.from_ or None, None if r.to is None else clean(r.to)) for r in self.replacements
            ),
            left_out=None if self.left_out is None else frozenset(self.left_out),
            accept=accept.code if isinstance(accept, AcceptedSuggestions) else ALL if accept else None,
            leave_out_errors=self.leave_out_errors,
        )
