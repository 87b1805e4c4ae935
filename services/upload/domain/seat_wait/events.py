"""Facts about one wait. One request for more, one stream."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.upload.domain.batch.events import Person


@dataclass(frozen=True, slots=True)
class SeatsAwaited:
    """Who asked for more named this batch: it, or the file that replaces it, waits for what was asked for."""

    request_id: str
    batch_id: str
    asked_by: Person


@dataclass(frozen=True, slots=True)
class WaitingBatchRechecked:
    """There is room, by the counts of `sequence`: this batch, last judged in `review`, is being checked again."""

    batch_id: str
    review: int
    sequence: int


@dataclass(frozen=True, slots=True)
class WaitingBatchJudged:
    """What the check came to, which ends the wait. `admins` are those who are told."""

    request_id: str
    batch_id: str
    review: int
    status: Literal["ready_for_review", "needs_correction"]
    invite: int
    change: int
    error: int
    file_name: str
    admins: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class SeatsWaitEnded:
    """Nothing is waited for any more: the request was declined, or the batch went on without it."""

    reason: Literal["declined", "batch_went_on"]


SeatWaitEvent: TypeAlias = SeatsAwaited | WaitingBatchRechecked | WaitingBatchJudged | SeatsWaitEnded
