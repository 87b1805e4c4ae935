"""What became of handing one mail over to the mail server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has answered the final dot: it has the mail."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server will never take it (5xx)."""

    error: str


@dataclass(frozen=True, slots=True)
class PutOff:
    """Surely not handed over: 4xx, or broken before the final dot was written."""

    error: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The final dot may have been written, and there was no answer."""

    error: str


Outcome = Taken | Refusal | PutOff | Broken
OUTCOMES = (Taken, Refusal, PutOff, Broken)
