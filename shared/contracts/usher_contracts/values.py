"""Values that several events share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from usher_contracts.base import Id, Model

__all__ = [
    "AnnotatedRef",
    "ApprovalThresholds",
    "Counts",
    "CustomField",
    "FieldChange",
    "File",
    "FileFinding",
    "HeldMethodologies",
    "InvitedStatus",
    "Methodology",
    "MethodologySeat",
    "MethodologySeats",
    "MethodologyShortage",
    "ObjectRef",
    "Person",
    "Plan",
    "Records",
    "Seats",
    "Subscription",
    "UndoCounts",
    "UserFieldChange",
    "UserStatus",
]

# Each has a title: code generators name the type by it, also within a union, where they would number it otherwise.
Plan = Annotated[Literal["pro", "connect"], Field(title="Plan")]
"""An individual plan: a person's own account outside any company."""

InvitedStatus = Annotated[Literal["waiting", "pending_transfer"], Field(title="InvitedStatus")]
UserStatus = Annotated[Literal["waiting", "pending_transfer", "active", "inactive"], Field(title="UserStatus")]
Records = Annotated[Literal["transfer", "start_fresh"], Field(title="Records")]

MethodologySeat = Annotated[Literal["reserved", "consumed"], Field(title="MethodologySeat")]
HeldMethodologies = Annotated[
    dict[str, MethodologySeat],
    # Pydantic leaves out the title of a mapping's values.
    Field(
        json_schema_extra={
            "additionalProperties": {"enum": ["reserved", "consumed"], "title": "MethodologySeat", "type": "string"}
        }
    ),
]
"""Seats of methodologies, by the methodology's id."""


class Person(Model):
    """Who did something. `name` is the address where the token carries no name."""

    email: str
    name: str
    subject: str | None = None
    """The token's `sub`: who it is, whatever their address and name are later."""
    issuer: str | None = None
    """The token's `iss`, within which `subject` is unique."""


class UserIdentity(Model):
    """Which user: `user_id` for good, `email` at that time."""

    user_id: Id
    email: str


class Names(Model):
    """How a user is called."""

    first_name: str
    last_name: str


class OptionalNames(Model):
    """How a user is called, where it is said."""

    first_name: str | None = None
    last_name: str | None = None


class ProfileFields(Model):
    """The texts that a company knows of a user beside the names; None is blank. All that tells a profile has these."""

    functional_area: str | None = None
    title: str | None = None
    region: str | None = None


class FieldChange(Model):
    """One field, before and after. `field` is a name of `UserInvited`, or a custom field's name as defined."""

    field: str
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None


class UserFieldChange(FieldChange):
    """A change of a user; where `field` is "reports_to", the managers' ids stand beside their addresses."""

    from_id: Id | None = None
    to_id: Id | None = None


class Subscription(Model):
    """From when until when a company has bought Usher; None where that is not said."""

    starts_on: date | None = None
    ends_on: date | None = None


class ObjectRef(Model):
    """Where a file or a set of rows lies in the object store, and what it must hash to."""

    ref: str
    sha256: str


class AnnotatedRef(Model):
    """The uploaded workbook with its errors marked."""

    ref: str
    sha256: str | None = None


class File(Model):
    """An uploaded workbook: its name as sent, its size in bytes, its hash and where it lies."""

    name: str
    size: int
    sha256: str
    ref: str


class Counts(Model):
    """Rows of a file by outcome. `warning` counts rows that carry at least one; they have an outcome as well."""

    rows: int
    invite: int
    change: int
    unchanged: int
    error: int
    warning: int = 0


class UndoCounts(Model):
    """Rows of an undo by outcome."""

    rows: int
    cancel: int
    restore: int
    kept: int


class Methodology(Model):
    """Content that a user needs a seat for, beside the license, and how many seats are bought."""

    id: str
    name: str
    purchased: int


class MethodologyShortage(Model):
    """A methodology of which more seats are needed than are free."""

    id: str
    name: str
    requested: int
    available: int


class MethodologySeats(Methodology):
    """A methodology's seats as the validation saw them. `required` is what the file needs."""

    occupied: int
    available: int
    required: int


class Seats(Model):
    """Licenses as the validation saw them. `required` is what the file's new users need."""

    purchased: int
    occupied: int
    available: int
    required: int
    methodologies: tuple[MethodologySeats, ...] = ()
    """The same of each methodology that the company has."""


class FileFinding(Model):
    """An error or a warning about the whole file, and what it is about where that applies."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    sheet: str | None = None
    batch_id: Id | None = None
    """With `same_file_again`: the earlier batch."""
    requested: int | None = None
    available: int | None = None
    methodology: str | None = None
    """With `methodology_seats_exceeded`: the id of the one whose seats are too few."""


class ApprovalThresholds(Model):
    """More than `rows` invitations and changes, or more than `share` of the company's users. None sets no bound."""

    rows: int | None = None
    share: float | None = None


class CustomField(Model):
    """A company's own field: free text, or one of `values`."""

    name: str
    required: bool = False
    values: tuple[str, ...] | None = None
