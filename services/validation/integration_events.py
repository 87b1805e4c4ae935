"""What other services are told of a stored event. Pure."""

from collections.abc import Sequence
from dataclasses import asdict

import usher_contracts as contracts
from services.validation.domain.stored_events import Event
from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationRequested,
)
from services.validation.domain.validation.values import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Outgoing, Recorded


def publish(recorded: Recorded[Event]) -> Sequence[Outgoing]:
    """The verdicts; what was asked for the askers know."""
    match recorded.event:
        case BatchPassed() as e:
            message = contracts.BatchValidated(
                batch_id=e.batch_id,
                company_id=e.company_id,
                counts=_counts(e.counts),
                seats=_seats(e.seats),
                rows=contracts.ObjectRef(**asdict(e.rows)),
                review=e.review,
                run=e.run,
                warnings=_findings(e.warnings),
                file=_file(e.file),
                left_out=_object(e.left_out),
                columns=_object(e.columns),
            )
            return [Outgoing.of(message)]
        case BatchFailed() as e:
            message = contracts.BatchRejected(
                batch_id=e.batch_id,
                company_id=e.company_id,
                counts=_counts(e.counts),
                file_errors=_findings(e.file_errors),
                annotated=_annotated(e.annotated) if e.annotated else None,
                seats=_seats(e.seats) if e.seats else None,
                rows=_object(e.rows),
                review=e.review,
                run=e.run,
                warnings=_findings(e.warnings),
                file=_file(e.file),
                left_out=_object(e.left_out),
                columns=_object(e.columns),
            )
            return [Outgoing.of(message)]
        case PersonErased(erasure_id, company_id, places):
            done = contracts.ErasedFromValidations(
                company_id=str(company_id), erasure_id=str(erasure_id), places=dict(places)
            )
            return [Outgoing.of(done)]
        case ValidationRequested() | ValidationAbandoned():
            return []


def _counts(counts: Counts) -> contracts.Counts:
    return contracts.Counts(**asdict(counts))


def _seats(seats: Seats) -> contracts.Seats:
    return contracts.Seats(**asdict(seats))


def _object(kept: ObjectRef | None) -> contracts.ObjectRef | None:
    return contracts.ObjectRef(**asdict(kept)) if kept else None


def _file(file: File | None) -> contracts.File | None:
    return contracts.File(**asdict(file)) if file else None


def _annotated(annotated: AnnotatedRef) -> contracts.AnnotatedRef:
    return contracts.AnnotatedRef(**asdict(annotated))


def _findings(findings: Sequence[FileFinding]) -> tuple[contracts.FileFinding, ...]:
    return tuple(contracts.FileFinding(**asdict(finding)) for finding in findings)
