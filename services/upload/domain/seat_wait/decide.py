"""When a batch that waits for licenses is checked again by itself, and what ends the wait."""

from typing import Literal

from services.upload.domain.seat_wait.commands import (
    AwaitSeats,
    DeclineSeats,
    JudgedBatch,
    LookAtBatch,
    SeatWaitCommand,
)
from services.upload.domain.seat_wait.events import (
    SeatsWaitEnded,
    SeatWaitEvent,
    WaitingBatchJudged,
    WaitingBatchRechecked,
)
from services.upload.domain.seat_wait.state import NotWaiting, Over, SeatWait, Waiting, evolve
from shared.eventsourcing.decider import Decider

MAX_RECHECKS = 5
"""Checks by the same counts: validation may be behind in what licensing has said, but not for ever."""


def decide(command: SeatWaitCommand, state: SeatWait) -> list[SeatWaitEvent]:
    """Never refused: what is heard at another time means nothing."""
    match state, command:
        case NotWaiting(), AwaitSeats(awaited):
            return [awaited]
        case Waiting(), DeclineSeats():
            return [SeatsWaitEnded("declined")]
        case Waiting(), LookAtBatch():
            return _look(command, state)
        case NotWaiting() | Waiting() | Over(), _:
            return []


def _look(command: LookAtBatch, state: Waiting) -> list[SeatWaitEvent]:
    batch, recheck = command.batch, state.recheck
    # Of a file that has taken the batch's place meanwhile, the check of before says nothing.
    own = recheck is not None and recheck.batch_id == batch.batch_id and batch.review > recheck.review
    match batch.status:
        case "validating":
            return []
        case "ready_for_review":
            return [_judged(batch, state, "ready_for_review")] if own else [SeatsWaitEnded("batch_went_on")]
        case "needs_correction" if batch.short:
            return _recheck(command, state)
        case "needs_correction":
            return [_judged(batch, state, "needs_correction")] if own else []
        case _:
            return [SeatsWaitEnded("batch_went_on")]


def _recheck(command: LookAtBatch, state: Waiting) -> list[SeatWaitEvent]:
    batch, free = command.batch, command.free
    tired = state.recheck is not None and (state.recheck.sequence, state.rechecks) >= (free.sequence, MAX_RECHECKS)
    if tired or not free.suffice_for(batch.needed):
        return []
    return [WaitingBatchRechecked(batch.batch_id, batch.review, free.sequence)]


def _judged(
    batch: JudgedBatch, state: Waiting, status: Literal["ready_for_review", "needs_correction"]
) -> WaitingBatchJudged:
    return WaitingBatchJudged(
        state.request_id,
        batch.batch_id,
        batch.review,
        status,
        batch.invite,
        batch.change,
        batch.error,
        batch.file_name,
        batch.admins,
    )


SEAT_WAIT: Decider[SeatWaitCommand, SeatWait, SeatWaitEvent] = Decider(NotWaiting(), decide, evolve)
