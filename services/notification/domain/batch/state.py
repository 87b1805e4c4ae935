"""The state of a confirmed batch as far as mails go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    BatchEvent,
    ConfirmationSeen,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
)


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
