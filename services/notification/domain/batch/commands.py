"""The commands to a batch: what became known of it, and that its invitations have come to an end."""

from __future__ import annotations

from dataclasses import dataclass

from services.notification.domain.batch.events import Reason, SeatShortage


@dataclass(frozen=True, slots=True)
class NoteConfirmation:
    """Remember who confirmed."""

    admin_email: str
    admin_name: str
    file_name: str | None
    undo: bool = False
    reminders: bool | None = None


@dataclass(frozen=True, slots=True)
class NoteReturn:
    """The batch went back to review; `source` is the event that says so."""

    source: str
    reason: Reason
    requested: int
    available: int
    methodologies: tuple[SeatShortage, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteProcessing:
    """The batch was decided."""

    invited: int
    changed: int
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Complete:
    """Finish the batch: so many of its invitations have come to an end, and `deferred` of the others are not waited
    for."""

    sent: int
    failed: int
    withdrawn: int
    deferred: int


BatchCommand = NoteConfirmation | NoteReturn | NoteProcessing | Complete
