"""The state of a batch's validation."""

from dataclasses import dataclass, field
from typing import TypeAlias

from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationEvent,
    ValidationRequested,
)
from services.validation.domain.validation.values import File, ObjectRef


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
    corrections: ObjectRef | None = field(default=None, kw_only=True)
    """What is to be written into the file first; with a verdict, what could not be."""
    mapping: ObjectRef | None = field(default=None, kw_only=True)
    """What admins have said of the sheet's columns."""


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
            asked = (event.batch_id, event.company_id, event.file, event.run, reviews)
            return Pending(*asked, corrections=event.corrections, mapping=event.mapping)
        case BatchPassed() | BatchFailed():
            if not isinstance(state, Pending | Judged):
                return state
            passed, file = isinstance(event, BatchPassed), event.file or state.file
            at = (state.batch_id, state.company_id, file, event.run, event.review)
            unwritten = None if event.file else state.corrections
            return Judged(*at, passed, corrections=unwritten, mapping=state.mapping)
        case ValidationAbandoned():
            return Abandoned()
