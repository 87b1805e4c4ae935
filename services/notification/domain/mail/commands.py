"""The commands to one mail: what is asked of it, and what became of an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notification.domain.mail.content import Content


@dataclass(frozen=True, slots=True)
class Queue:
    """Send this mail; asked again, it is the same mail."""

    recipient: str
    message_id: str
    content: Content
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server answered the final dot with 250."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The server answered 5xx; `error` is its reason."""

    attempt: int
    error: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server answered 4xx, or the connection broke before the final dot was written."""

    attempt: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke when the final dot may have been written."""

    attempt: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutBack:
    """The sender did not begin with it. `until` is its lease's end: the attempt's number is given again after this, so
    the number alone may be another sender's."""

    attempt: int
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class LeaseRanOut:
    """Nobody has heard of the sender any more. Means nothing while the lease runs."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The invitation was superseded, cancelled, used or has expired."""

    reason: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """It has come back: `status` as `5.1.1` (RFC 3463), and why in words."""

    status: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Complain:
    """Who got it has marked it as unwanted."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Remind:
    """So many reminders of the invitation are due by now. `last_at`: when its address was reminded last, of whatever
    invitation."""

    number: int
    last_at: datetime | None
    at: datetime


MailCommand = (
    Queue | Accepted | Refused | Deferred | Lost | PutBack | LeaseRanOut | Withdraw | Bounce | Complain | Remind
)
