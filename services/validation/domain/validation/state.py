"""The state of a batch's validation."""

from dataclasses import dataclass
from typing import TypeAlias

from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationEvent,
    ValidationRequested,
)
from services.validation.domain.validation.values import File


@dataclass(frozen=True, slots=True)
class NotRequested:
    """Nothing is known of this batch."""


@dataclass(frozen=True, slots=True)
class _Requested:
    batch_id: str
    company_id: str
    file: File
    run: int
    reviews: int
    """Verdicts so far."""


@dataclass(frozen=True, slots=True)
class Pending(_Requested):
    """Run `run` has no verdict yet."""


@dataclass(frozen=True, slots=True)
class Judged(_Requested):
    """Run `run` has its verdict; `passed` says which."""

    passed: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Cancelled or replaced, for good."""


ValidationState: TypeAlias = NotRequested | Pending | Judged | Abandoned


def evolve(state: ValidationState, event: ValidationEvent) -> ValidationState:
    """The validation after `event`."""
    match event:
        case ValidationRequested():
            reviews = state.reviews if isinstance(state, Pending | Judged) else 0
            return Pending(event.batch_id, event.company_id, event.file, event.run, reviews)
        case BatchPassed() | BatchFailed():
            if not isinstance(state, Pending | Judged):
                return state
            passed = isinstance(event, BatchPassed)
            return Judged(state.batch_id, state.company_id, state.file, event.run, event.review, passed)
        case ValidationAbandoned():
            return Abandoned()
