"""What other services hear of a batch: a stored event as its contract event. Pure."""

from collections.abc import Sequence

import usher_contracts as contracts
from services.upload.domain.batch.events import (
    ApprovalLapsed,
    BatchApprovalDeclined,
    BatchApprovalRequested,
    BatchApproved,
    BatchCancelled,
    BatchConfirmed,
    BatchLapsed,
    BatchSuperseded,
    BatchUndoRequested,
    BatchUploaded,
    File,
    ObjectRef,
    Person,
    RevalidationRequested,
)
from services.upload.domain.refusals import Refused
from services.upload.domain.refused_attempts.events import BatchActionRefused
from services.upload.domain.seat_wait.events import WaitingBatchJudged
from services.upload.domain.stored_events import Event, batch_id_of
from services.upload.messages import refused
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Outgoing, Recorded


def publish(recorded: Recorded[Event]) -> Sequence[Outgoing]:  # noqa: C901  (a case an event: flat, not complex)
    """The messages of a stored event: one, or none where it only repeats what others have said."""
    batch_id, company_id = batch_id_of(recorded.stream), recorded.context.company_id or ""
    match recorded.event:
        case BatchUploaded(_, _, by, file, replaces, _, corrections, columns):
            message = contracts.BatchUploaded(
                batch_id=batch_id,
                company_id=company_id,
                uploaded_by=_person(by),
                file=_file(file),
                replaces=replaces,
                corrections=_object(corrections) if corrections else None,
                columns=_object(columns) if columns else None,
            )
        case BatchUndoRequested(_, _, by, undoes):
            message = contracts.BatchUndoRequested(
                batch_id=batch_id, company_id=company_id, requested_by=_person(by), undoes=undoes
            )
        case RevalidationRequested(run, by, None, str(undoes)):
            message = contracts.BatchUndoRequested(
                batch_id=batch_id, company_id=company_id, requested_by=_person(by), undoes=undoes, run=run
            )
        case RevalidationRequested(run, by, File() as file, _, columns):
            message = contracts.BatchRevalidationRequested(
                batch_id=batch_id,
                company_id=company_id,
                run=run,
                requested_by=_person(by),
                file=_file(file),
                columns=_object(columns) if columns else None,
            )
        case BatchConfirmed(review, by, rows, file_name, said, reminders, undoes):
            message = contracts.BatchConfirmed(
                batch_id=batch_id,
                company_id=company_id,
                review=review,
                confirmed_by=_person(by),
                rows=_object(rows),
                file_name=file_name,
                message=said,
                reminders=reminders,
                undoes=undoes,
            )
        case BatchApprovalRequested(asked, invite, change, until, approvers, _):
            message = contracts.BatchApprovalRequested(
                batch_id=batch_id,
                company_id=company_id,
                review=asked.review,
                asked_by=_person(asked.confirmed_by),
                until=until,
                invite=invite,
                change=change,
                file_name=asked.file_name,
                approvers=tuple(map(_person, approvers)),
            )
        case BatchApproved(review, by):
            message = contracts.BatchApproved(
                batch_id=batch_id, company_id=company_id, review=review, approved_by=_person(by)
            )
        case BatchApprovalDeclined(review, asked_by, by, comment, name):
            message = contracts.BatchApprovalDeclined(
                batch_id=batch_id,
                company_id=company_id,
                review=review,
                asked_by=_person(asked_by),
                declined_by=_person(by),
                comment=comment,
                file_name=name,
            )
        case ApprovalLapsed(review, asked_by, name, reason):
            # Who lost their access is mailed nothing of it: their request ended as though they took it back.
            declined_by = _person(asked_by) if reason == "asker_deactivated" else _USHER
            message = contracts.BatchApprovalDeclined(
                batch_id=batch_id,
                company_id=company_id,
                review=review,
                asked_by=_person(asked_by),
                declined_by=declined_by,
                file_name=name,
            )
        case WaitingBatchJudged() as judged:
            message = contracts.BatchCheckedAgain(
                batch_id=judged.batch_id,
                company_id=company_id,
                review=judged.review,
                request_id=judged.request_id,
                status=judged.status,
                invite=judged.invite,
                change=judged.change,
                error=judged.error,
                file_name=judged.file_name,
                admins=tuple(map(_person, judged.admins)),
            )
        case BatchCancelled(by):
            message = contracts.BatchCancelled(batch_id=batch_id, company_id=company_id, cancelled_by=_person(by))
        case BatchLapsed():
            message = contracts.BatchCancelled(batch_id=batch_id, company_id=company_id, cancelled_by=_USHER)
        case BatchActionRefused(of_batch, action, code, state, by):
            message = contracts.BatchActionRefused(
                batch_id=of_batch,
                company_id=company_id,
                action=action,
                code=code,
                message=refused(Refused(code, action, state)).detail,
                refused_to=_person(by),
            )
        case PersonErased(erasure_id, company, places):
            message = contracts.ErasedFromBatches(
                company_id=str(company), erasure_id=str(erasure_id), places=dict(places)
            )
        case BatchSuperseded(new_id):
            message = contracts.BatchSuperseded(batch_id=batch_id, company_id=company_id, superseded_by=new_id)
        case _:
            return ()
    return (Outgoing.of(message),)


_USHER = contracts.Person(email="", name="Usher")
"""Who cancels what nobody confirmed in time, and sends back what nobody approved."""


def _person(person: Person) -> contracts.Person:
    return contracts.Person(email=person.email, name=person.name, subject=person.subject, issuer=person.issuer)


def _object(kept: ObjectRef) -> contracts.ObjectRef:
    return contracts.ObjectRef(ref=kept.ref, sha256=kept.sha256)


def _file(file: File) -> contracts.File:
    return contracts.File(name=file.name, size=file.size, sha256=file.sha256, ref=file.ref)
