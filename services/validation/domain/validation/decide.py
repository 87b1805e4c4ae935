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
        case Validate():
            return _request(command, state)
        case ValidateStale():
            # Only what passed can have been confirmed; a run under way sees the directory as it is anyway.
            if isinstance(state, Judged) and state.passed:
                at = (state.batch_id, state.company_id, state.file, state.run + 1)
                return [ValidationRequested(*at, mapping=state.mapping)]
            return []
        case Abandon(batch_id, company_id):
            return [] if isinstance(state, NotRequested | Abandoned) else [ValidationAbandoned(batch_id, company_id)]
        case Conclude(run, verdict):
            return [_concluded(state, verdict)] if isinstance(state, Pending) and state.run == run else []


def _request(command: Validate, state: ValidationState) -> list[ValidationEvent]:
    """A later run, unless it is known; what was to be done with the file before goes on being so."""
    before = state if isinstance(state, Pending | Judged) else None
    if isinstance(state, Abandoned) or (before and command.run <= before.run):
        return []
    corrections = command.corrections or (before and before.corrections)
    mapping = command.mapping or (before and before.mapping)
    at = (command.batch_id, command.company_id, command.file, command.run)
    return [ValidationRequested(*at, corrections, mapping)]


def _concluded(state: Pending, verdict: Verdict) -> ValidationEvent:
    at = (state.batch_id, state.company_id, state.run, state.reviews + 1)
    v = verdict
    if v.rows and v.seats and not v.file_errors and v.counts.error == 0:
        return BatchPassed(*at, v.counts, v.seats, v.rows, v.warnings, v.file, v.left_out, v.columns)
    return BatchFailed(
        *at, v.counts, v.file_errors, v.seats, v.rows, v.annotated, v.warnings, v.file, v.left_out, v.columns
    )


VALIDATION: Decider[ValidationCommand, ValidationState, ValidationEvent] = Decider(NotRequested(), decide, evolve)
