"""The events of a confirmed batch as far as mails go: who confirmed it, what it came to, that it is finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["licenses_exceeded", "stale_review"]


@dataclass(frozen=True, slots=True)
class ConfirmationSeen:
    """An admin has confirmed the batch."""

    admin_email: str
    admin_name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class ReturnSeen:
    """The batch went back to review. `source`: the event that said so."""

    source: str
    reason: Reason
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class ReturnTold:
    """The admin who confirmed is told that it went back."""

    returned: ReturnSeen
    admin: ConfirmationSeen


@dataclass(frozen=True, slots=True)
class ProcessingSeen:
    """The batch was decided: so many invitations are on their way, in events that may come before or after this."""

    invited: int
    changed: int


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


BatchEvent = ConfirmationSeen | ReturnSeen | ReturnTold | ProcessingSeen | BatchCompletionDecided
