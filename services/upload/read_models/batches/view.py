"""The batch as the HTTP interface shows it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.http.pagination import Page

Status = Annotated[
    Literal[
        "validating",
        "needs_correction",
        "ready_for_review",
        "awaiting_approval",
        "processing",
        "completed",
        "cancelled",
        "superseded",
    ],
    Field(title="BatchStatus"),
]
Kind = Annotated[Literal["file", "undo"], Field(title="BatchKind")]
ENDED: frozenset[Status] = frozenset({"completed", "cancelled", "superseded"})
"""Where a batch can change no more."""


EXAMPLE: dict[str, JsonValue] = {
    "id": "01935bd2-7a35-7c2e-9c1b-6f1d2f0f3a10",
    "status": "ready_for_review",
    "review": 1,
    "file_name": "q3.xlsx",
    "uploaded_by": {"email": "marta@northwind.example", "name": "Marta Lindqvist"},
    "uploaded_at": "2026-11-23T09:30:00Z",
    "replaces": None,
    "kind": "file",
    "undoes": None,
    "superseded_by": None,
    "counts": {"rows": 120, "invite": 100, "change": 12, "unchanged": 8, "error": 0, "warning": 3},
    "seats": {
        "purchased": 500,
        "occupied": 380,
        "available": 120,
        "required": 100,
        "methodologies": [
            {
                "id": "command",
                "name": "Command of the Message",
                "purchased": 23,
                "occupied": 20,
                "available": 3,
                "required": 2,
            }
        ],
    },
    "file_errors": [],
    "warnings": [],
    "progress": {"invited": 0, "changed": 0, "emails_sent": 0, "emails_failed": 0},
    "confirmed_by": None,
    "confirmed_at": None,
    "completed_at": None,
    "notice": None,
    "approval": None,
    "annotated": False,
    "tidied": False,
    "corrections": 0,
    "left_out": 0,
    "message": None,
    "reminders": None,
    "erased": None,
}


class Person(BaseModel):
    """Who did something."""

    email: str
    name: str


class FileFinding(BaseModel):
    """An error or a warning about the whole file; further members say what it is about."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


def _is_none(value: object) -> bool:
    return value is None


OfUndo = Annotated[int | None, Field(exclude_if=_is_none, description="Of an undo alone.")]


class Counts(BaseModel):
    """Rows by outcome; all zero until the file is validated. `warning` counts rows of any outcome."""

    rows: int = 0
    invite: int = 0
    change: int = 0
    unchanged: int = 0
    error: int = 0
    warning: int = 0
    cancel: OfUndo = None
    restore: OfUndo = None
    kept: OfUndo = None


class MethodologySeats(BaseModel):
    """Seats of a methodology, as the validation saw them. `required` is what the file needs."""

    id: str
    name: str
    purchased: int
    occupied: int
    available: int
    required: int


class Seats(BaseModel):
    """Licenses, as the validation saw them; all zero until then. `required` is what the file needs."""

    purchased: int = 0
    occupied: int = 0
    available: int = 0
    required: int = 0
    methodologies: list[MethodologySeats] = Field(
        default_factory=list[MethodologySeats], description="The same of each methodology that the company has."
    )


class Progress(BaseModel):
    """What of the confirmed batch has been done so far. The numbers only rise."""

    invited: int = 0
    changed: int = 0
    emails_sent: int = 0
    emails_failed: int = 0


Decision = Annotated[
    Literal["approved", "declined", "expired", "review_changed", "asker_deactivated"], Field(title="ApprovalDecision")
]


class Approval(BaseModel):
    """The last time that a second admin was asked for this batch. `decision` is null while it waits, and stays so where
    the batch was cancelled or replaced; `expired`: nobody decided in time; `review_changed`: another review came;
    `asker_deactivated`: who asked was deactivated."""

    asked_by: Person
    asked_at: datetime
    decided_by: Person | None = None
    decided_at: datetime | None = None
    decision: Decision | None = None
    comment: str | None = None
    until: Annotated[datetime | None, Field(exclude=True)] = None
    """For the pages: how long it waits at most."""


class Erased(BaseModel):
    """What was taken out of a batch's files since people were forgotten: `rows` of theirs are blank, and files that
    could not be written without them are `deleted`."""

    rows: int
    deleted: list[Annotated[Literal["original", "annotated", "left-out"], Field(title="ErasedFile")]]


class Batch(BaseModel):
    """One uploaded file and its life, or the undo of one."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    status: Status
    review: int = Field(description="The number of the last validation's result; 0 before the first.")
    file_name: str = Field(description="Of an undo that of the batch that it undoes.")
    uploaded_by: Person
    uploaded_at: datetime
    replaces: UUID | None
    kind: Kind = "file"
    undoes: UUID | None = Field(None, description="Of an undo: the batch that it undoes.")
    superseded_by: UUID | None
    counts: Counts
    seats: Seats
    file_errors: list[FileFinding]
    warnings: list[FileFinding]
    progress: Progress
    confirmed_by: Person | None
    confirmed_at: datetime | None
    completed_at: datetime | None
    notice: FileFinding | None = Field(
        description="Why a confirmed batch came back to review, or was not approved, until the next confirmation or a "
        "check that brings nothing new; or why one was cancelled that no admin has cancelled."
    )
    approval: Approval | None = Field(None, description="Null where no second admin was ever asked.")
    annotated: bool = Field(description="Whether there is a copy of the workbook with its errors marked.")
    tidied: bool = Field(False, description="Whether the list of batches leaves it out.")
    corrections: int = Field(0, description="How many cells the draft of corrections changes.")
    left_out: int = Field(0, description="How many rows the draft of corrections leaves out.")
    message: str | None = Field(None, description="The sentence that the admin who confirmed added to the invitations.")
    erased: Erased | None = Field(None, description="Null where nobody in its files was forgotten.")
    reminders: bool | None = Field(
        None, description="What the admin who confirmed chose about reminders; null: as the company's settings have it."
    )


class BatchPage(Page[Batch]):
    """A company's batches, the newest first."""
