"""Rules of a validation: when a run is due, which verdict counts."""

from services.validation.domain.validation.commands import (
    Abandon,
    Conclude,
    Validate,
    ValidateStale,
    ValidationCommand,
    Verdict,
)
from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationEvent,
    ValidationRequested,
)
from services.validation.domain.validation.state import (
    Abandoned,
    Judged,
    NotRequested,
    Pending,
    ValidationState,
    evolve,
)
from shared.eventsourcing.decider import Decider


def decide(command: ValidationCommand, state: ValidationState) -> list[ValidationEvent]:
    """What comes of a command; nothing where it was done before or comes too late."""
    match command:
        case Validate(batch_id, company_id, file, run, corrections):
            known, unwritten = (state.run, state.corrections) if isinstance(state, Pending | Judged) else (0, None)
            due = not isinstance(state, Abandoned) and run > known
            return [ValidationRequested(batch_id, company_id, file, run, corrections or unwritten)] if due else []
        case ValidateStale():
            # Only what passed can have been confirmed; a run under way sees the directory as it is anyway.
            if isinstance(state, Judged) and state.passed:
                return [ValidationRequested(state.batch_id, state.company_id, state.file, state.run + 1)]
            return []
        case Abandon(batch_id, company_id):
            return [] if isinstance(state, NotRequested | Abandoned) else [ValidationAbandoned(batch_id, company_id)]
        case Conclude(run, verdict):
            return [_concluded(state, verdict)] if isinstance(state, Pending) and state.run == run else []


def _concluded(state: Pending, verdict: Verdict) -> ValidationEvent:
    at = (state.batch_id, state.company_id, state.run, state.reviews + 1)
    v = verdict
    if v.rows and v.seats and not v.file_errors and v.counts.error == 0:
        return BatchPassed(*at, v.counts, v.seats, v.rows, v.warnings, v.file, v.left_out)
    return BatchFailed(*at, v.counts, v.file_errors, v.seats, v.rows, v.annotated, v.warnings, v.file, v.left_out)


VALIDATION: Decider[ValidationCommand, ValidationState, ValidationEvent] = Decider(NotRequested(), decide, evolve)
