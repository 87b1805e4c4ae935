"""A line of a batch's rows object, which travels by reference (`BatchValidated.rows`, `BatchConfirmed.rows`)."""

from __future__ import annotations

from datetime import datetime
from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from usher_contracts.base import Id, Model
from usher_contracts.values import FieldChange, OptionalNames, Person, ProfileFields, UserFieldChange, UserStatus

__all__ = ["Finding", "KeptReason", "Outcome", "Presumption", "Row", "RowValues", "UndoOutcome", "UndoRow"]

Outcome = Annotated[Literal["invite", "change", "unchanged", "error"], Field(title="Outcome")]
UndoOutcome = Annotated[Literal["cancel", "restore", "kept"], Field(title="UndoOutcome")]
KeptReason = Annotated[Literal["joined", "left", "changed_since", "no_longer_valid"], Field(title="KeptReason")]


class Finding(Model):
    """What is wrong with a cell, or worth a look. `column` is its name as the template has it (`Email`)."""

    code: str
    column: str | None
    message: str
    value: str | None = None
    suggestion: str | None = None


class RowValues(ProfileFields, OptionalNames):
    """What the row says, normalised. None: the cell is blank (for an existing user: leave it as it is)."""

    reports_to: str | None = None
    custom_fields: dict[str, str] = Field(default_factory=dict)
    methodologies: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """The ids of those that the cell names: the user is to have a seat of each. In a row that is an error, what stands
    in the cell."""


class Presumption(Model):
    """What the row's meaning rests on. Where it no longer holds at confirmation, the review is stale.

    `user_id` and `version` are None for a new user. `manager_id` is None where Reports To is blank or is
    itself a new user of the file.
    """

    user_id: Id | None = None
    version: int | None = None
    manager_id: Id | None = None
    manager_status: UserStatus | None = None


class Row(Model):
    """One row of the file with its outcome. `row` is its number as in the sheet. `presumes` is not shown over HTTP."""

    row: int
    outcome: Outcome
    email: str
    values: RowValues
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    presumes: Presumption | None = None


class UndoRow(Model):
    """What undoing a batch comes to for one user, or for those of their fields that have one outcome; `row` counts
    these lines. `cancel`: their invitation is cancelled. `restore`: each of `changes` is made. `kept`: nothing is done,
    for `reason`; of `changed_since` also by whom and when, as far as somebody did it. `changes` are from what is so now
    to what was so before the batch."""

    row: int
    outcome: UndoOutcome
    user_id: Id
    email: str
    values: RowValues
    changes: tuple[UserFieldChange, ...] = ()
    reason: KeptReason | None = None
    by: Person | None = None
    at: datetime | None = None
