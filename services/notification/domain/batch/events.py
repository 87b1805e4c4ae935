"""The events of a confirmed batch as far as mails go: who confirmed it, what it came to, that it is finished."""

from __future__ import annotations

from dataclasses import dataclass
from operator import not_
from typing import Annotated, Literal

from pydantic import Field

Reason = Literal["licenses_exceeded", "stale_review"]
_WhereSo = Field(exclude_if=not_)
"""Of a fact that came later: stored only where it is not as its default says."""


def _is_none(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class ConfirmationSeen:
    """An admin has confirmed the batch; or the undo of one. `reminders`: whether who does not answer is reminded; None:
    as the company has it."""

    admin_email: str
    admin_name: str
    file_name: str | None
    undo: Annotated[bool, _WhereSo] = False
    reminders: Annotated[bool | None, Field(exclude_if=_is_none)] = None


@dataclass(frozen=True, slots=True)
class SeatShortage:
    """A methodology, by its name, of which more seats were needed than were left."""

    methodology: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class ReturnSeen:
    """The batch went back to review. `source`: the event that said so."""

    source: str
    reason: Reason
    requested: int
    available: int
    methodologies: Annotated[tuple[SeatShortage, ...], _WhereSo] = ()


@dataclass(frozen=True, slots=True)
class ReturnTold:
    """The admin who confirmed is told that it went back."""

    returned: ReturnSeen
    admin: ConfirmationSeen


@dataclass(frozen=True, slots=True)
class ProcessingSeen:
    """The batch was decided: so many invitations are on their way, in events that may come before or after this; of an
    undo, so many were taken back."""

    invited: int
    changed: int
    cancelled: Annotated[int, _WhereSo] = 0


@dataclass(frozen=True, slots=True)
class BatchCompletionDecided:
    """Each of the batch's invitations is sent, failed, withdrawn or has been put off for long. Once a batch."""

    invited: int
    changed: int
    sent: int
    failed: int
    withdrawn: int
    deferred: int
    admin: ConfirmationSeen
    cancelled: Annotated[int, _WhereSo] = 0


BatchEvent = ConfirmationSeen | ReturnSeen | ReturnTold | ProcessingSeen | BatchCompletionDecided
