"""The facts about a confirmed batch as far as mails go: who confirmed it, what it came to, that it is finished."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

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


@dataclass(frozen=True, slots=True)
class Following:
    """The batch is not finished. What is known of it comes by two topics, in any order."""

    confirmed: ConfirmationSeen | None = None
    processed: ProcessingSeen | None = None
    untold: tuple[ReturnSeen, ...] = ()
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is to be said about it."""


BatchState = Following | Finished


def evolve(state: BatchState, event: BatchEvent) -> BatchState:
    """The state after an event. History is never rejected."""
    if isinstance(state, Finished):
        return state
    match event:
        case ConfirmationSeen():
            return replace(state, confirmed=event)
        case ProcessingSeen():
            return replace(state, processed=event)
        case ReturnSeen():
            return replace(state, untold=(*state.untold, event))
        case ReturnTold():
            told = event.returned.source
            untold = tuple(r for r in state.untold if r.source != told)
            return replace(state, untold=untold, told=state.told | {told})
        case BatchCompletionDecided():
            return Finished()
        case _:
            assert_never(event)
