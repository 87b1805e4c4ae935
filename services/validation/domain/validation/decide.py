"""Rules of a validation: when a run is due, which verdict counts."""

from dataclasses import dataclass
from typing import TypeAlias

from services.validation.domain.validation.events import (
    Abandoned,
    BatchFailed,
    BatchPassed,
    Event,
    Judged,
    NotRequested,
    Pending,
    Validation,
    ValidationAbandoned,
    ValidationRequested,
    evolve,
)
from shared.eventsourcing.decider import Decider
from usher_contracts import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats


@dataclass(frozen=True, slots=True)
class Validate:
    """A file was uploaded, or is to be checked again: run `run` is wanted."""

    batch_id: str
    company_id: str
    file: File
    run: int


@dataclass(frozen=True, slots=True)
class ValidateStale:
    """The review that was confirmed is no longer true."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """The batch was cancelled or replaced."""

    batch_id: str
    company_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run found. It passed where there are neither file errors nor rows in error."""

    counts: Counts
    file_errors: tuple[FileFinding, ...] = ()
    warnings: tuple[FileFinding, ...] = ()
    seats: Seats | None = None
    rows: ObjectRef | None = None
    annotated: AnnotatedRef | None = None


@dataclass(frozen=True, slots=True)
class Conclude:
    """Run `run` is done."""

    run: int
    verdict: Verdict


Command: TypeAlias = Validate | ValidateStale | Abandon | Conclude


def decide(command: Command, state: Validation) -> list[Event]:
    """What comes of a command; nothing where it was done before or comes too late."""
    match command:
        case Validate(batch_id, company_id, file, run):
            known = state.run if isinstance(state, Pending | Judged) else 0
            wanted = not isinstance(state, Abandoned) and run > known
            return [ValidationRequested(batch_id, company_id, file, run)] if wanted else []
        case ValidateStale():
            # Only what passed can have been confirmed; a run under way sees the directory as it is anyway.
            if isinstance(state, Judged) and state.passed:
                return [ValidationRequested(state.batch_id, state.company_id, state.file, state.run + 1)]
            return []
        case Abandon(batch_id, company_id):
            return [] if isinstance(state, NotRequested | Abandoned) else [ValidationAbandoned(batch_id, company_id)]
        case Conclude(run, verdict):
            return [_concluded(state, verdict)] if isinstance(state, Pending) and state.run == run else []


def _concluded(state: Pending, verdict: Verdict) -> Event:
    at = (state.batch_id, state.company_id, state.run, state.reviews + 1)
    v = verdict
    if v.rows and v.seats and not v.file_errors and v.counts.error == 0:
        return BatchPassed(*at, v.counts, v.seats, v.rows, v.warnings)
    return BatchFailed(*at, v.counts, v.file_errors, v.seats, v.rows, v.annotated, v.warnings)


VALIDATION: Decider[Command, Validation, Event] = Decider(NotRequested(), decide, evolve)
