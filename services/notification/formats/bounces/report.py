"""What a mail says about another one that was sent: a bounce, a delay, a complaint, or nothing of the kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounce:
    """It was not delivered, and will not be. `status`: the enhanced status code (RFC 3463), class 5 unless the report
    itself gives up on something temporary; `reason`: one line of plain text for people, without addresses."""

    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delay:
    """It is still being tried."""

    status: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """It has arrived, or was handed on."""


@dataclass(frozen=True, slots=True)
class AutoReply:
    """Somebody is away, or a program has answered."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """The recipient has marked it as unwanted (RFC 5965)."""


@dataclass(frozen=True, slots=True)
class NoReport:
    """A mail of another kind, or one that nobody can read."""


Report = Bounce | Delay | Delivered | AutoReply | Complaint | NoReport
"""Each is counted; a bounce and a complaint lead to something."""
