"""Where a wait stands."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from services.upload.domain.batch.events import Person
from services.upload.domain.seat_wait.events import (
    SeatsAwaited,
    SeatsWaitEnded,
    SeatWaitEvent,
    WaitingBatchJudged,
    WaitingBatchRechecked,
)


@dataclass(frozen=True, slots=True)
class NotWaiting:
    """Nobody has asked for more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was asked for is not there. `recheck`: the last check by itself; `rechecks`: how many there were by the same
    counts."""

    request_id: str
    batch_id: str
    asked_by: Person
    recheck: WaitingBatchRechecked | None = None
    rechecks: int = 0


@dataclass(frozen=True, slots=True)
class Over:
    """It has ended, for good."""


SeatWait: TypeAlias = NotWaiting | Waiting | Over


def evolve(state: SeatWait, event: SeatWaitEvent) -> SeatWait:
    """The wait after `event`."""
    match state, event:
        case _, SeatsAwaited(request_id, batch_id, asked_by):
            return Waiting(request_id, batch_id, asked_by)
        case Waiting(), WaitingBatchRechecked():
            same = state.recheck is not None and state.recheck.sequence == event.sequence
            return replace(state, recheck=event, rechecks=state.rechecks + 1 if same else 1)
        case _, WaitingBatchJudged() | SeatsWaitEnded():
            return Over()
        case _:
            return state
