"""What other services are told of a stored event. Pure."""

from collections.abc import Sequence

import usher_contracts as contracts
from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    Event,
    ValidationAbandoned,
    ValidationRequested,
)
from shared.eventsourcing.events import Outgoing, Recorded


def publish(recorded: Recorded[Event]) -> Sequence[Outgoing]:
    """The verdicts; what was asked for the askers know."""
    match recorded.event:
        case BatchPassed() as e:
            message = contracts.BatchValidated(
                batch_id=e.batch_id, company_id=e.company_id, counts=e.counts, seats=e.seats, rows=e.rows,
                review=e.review, run=e.run, warnings=e.warnings,
            )  # fmt: skip
            return [Outgoing.of(message)]
        case BatchFailed() as e:
            message = contracts.BatchRejected(
                batch_id=e.batch_id, company_id=e.company_id, counts=e.counts, file_errors=e.file_errors,
                annotated=e.annotated, seats=e.seats, rows=e.rows, review=e.review, run=e.run, warnings=e.warnings,
            )  # fmt: skip
            return [Outgoing.of(message)]
        case ValidationRequested() | ValidationAbandoned():
            return []
