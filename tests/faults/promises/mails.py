"""Mails, and the end of a batch."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from services.licensing.domain.user.events import UserChanged, UserInvited
from services.notification.domain.batch import events as mailed_batch
from services.notification.domain.mail import events as mail_events
from services.notification.domain.mail.content import (
    BatchCheckedAgain,
    BatchFinished,
    Invitation,
    Reminder,
    UndoFinished,
)
from services.upload.domain.batch.events import BatchApprovalRequested, BatchCompleted, BatchConfirmed
from services.upload.domain.seat_wait.events import WaitingBatchJudged
from shared.people.profile import EMAIL
from tests.faults.admin import Admin
from tests.faults.evidence import Evidence
from tests.faults.promises.look import end_of, first_deliveries, mail_histories


def every_invited_user_gets_their_mail(seen: Evidence) -> Iterator[str]:
    """Each invitation's mail came to an end; one that was sent arrived, once. A second copy only where the answer to
    the final dot was lost, never a third."""
    copies = Counter(mail.message_id for mail in seen.mails)
    queued: set[Any] = set()
    for mail, events in mail_histories(seen).items():
        first = events[0]
        assert isinstance(first, mail_events.MailQueued)
        uncertain = sum(isinstance(e, mail_events.HandoverUncertain) for e in events)
        count, last = copies[first.message_id], end_of(events)
        if isinstance(first.content, Invitation):
            queued.add(first.content.invitation_id)
        if count > 1 + min(uncertain, 1):
            yield f"{mail}: {count} copies, an answer was lost {uncertain} times"
        match last:
            case mail_events.MailSent() if count == 0 and not last.unconfirmed:
                yield f"{mail}: sent, and never arrived"
            case mail_events.MailSent() | mail_events.MailFailed() | mail_events.MailWithdrawn():
                pass
            case _:
                yield f"{mail}: not at an end: {type(last).__name__}"
    for recorded in seen.logs["licensing"]:
        if isinstance(recorded.event, UserInvited) and recorded.event.after.invitation.id not in queued:
            yield f"no mail for the invitation in {recorded.stream}"


def exactly_one_completion(seen: Evidence) -> Iterator[str]:
    """Each batch that was applied is completed once, in notification's log, on Kafka and for upload, and one mail says
    so. No other batch is."""
    applied = {m.data["batch_id"] for m in first_deliveries(seen) if m.type == "BatchProcessed"}
    decided = Counter(
        r.stream.removeprefix("batch-")
        for r in seen.logs["notification"]
        if isinstance(r.event, mailed_batch.BatchCompletionDecided)
    )
    told = Counter(m.data["batch_id"] for m in first_deliveries(seen) if m.type == "BatchCompleted")
    known = Counter[str]()
    for recorded in seen.logs["upload"]:
        if isinstance(recorded.event, BatchCompleted):
            known[recorded.stream.removeprefix("batch-")] += 1
    contents = [events[0].content for events in mail_histories(seen).values()]
    mails = Counter(str(content.batch_id) for content in contents if isinstance(content, BatchFinished | UndoFinished))
    counts = {"completions decided": decided, "BatchCompleted on Kafka": told, "in upload": known, "mails": mails}
    for what, found in counts.items():
        for batch_id in applied | found.keys():
            if found[batch_id] != (batch_id in applied):
                yield f"batch {batch_id}: {found[batch_id]} {what}, applied: {batch_id in applied}"


def who_bounced_is_told_once(seen: Evidence) -> Iterator[str]:
    """Each invitation that came back, however often it was handed over, is recorded once as that, and told once. No
    other is."""
    came_back = {email for admin in seen.admins for email in admin.done.came_back}
    due, recorded = set[str](), Counter[str]()
    for events in mail_histories(seen).values():
        first = events[0]
        if isinstance(first.content, Invitation):
            id_ = str(first.content.invitation_id)
            recorded[id_] += sum(isinstance(event, mail_events.MailBounced) for event in events)
            due |= {id_} if first.recipient in came_back else set()
    told = Counter(m.data["invitation_id"] for m in first_deliveries(seen) if m.type == "InvitationBounced")
    for id_ in due | recorded.keys() | told.keys():
        if (recorded[id_], told[id_]) != (id_ in due, id_ in due):
            yield f"invitation {id_}: came back: {id_ in due}, {recorded[id_]} times recorded, {told[id_]} times told"


def who_is_silent_is_reminded_and_nobody_else(seen: Evidence) -> Iterator[str]:
    """Who does not answer is reminded, by one mail, and that is told once. Nobody is once it is recorded that they have
    answered or that the invitation came back, nor twice a day."""
    due = {email for admin in seen.admins for email in admin.done.silent}
    recorded, at = Counter[tuple[str, int]](), defaultdict[str, list[datetime]](list)
    invitations = dict[str, str]()
    for mail, events in mail_histories(seen).items():
        if not isinstance(first := events[0].content, Invitation):
            continue
        invitations[mail] = str(first.invitation_id)
        over = False
        for event in events:
            over = over or isinstance(event, _OVER)
            if isinstance(event, mail_events.InvitationReminded):
                recorded[invitations[mail], event.number] += 1
                at[event.email_key].append(event.at)
                due.discard(events[0].recipient)
                if over:
                    yield f"{mail}: reminded of what is over"
    yield from (f"{email} was never reminded" for email in due)
    for address, times in at.items():
        if any(two - one < timedelta(days=1) for one, two in pairwise(sorted(times))):
            yield f"{address} was reminded twice a day"
    told = Counter(
        (m.data["invitation_id"], m.data.get("number", 0))
        for m in first_deliveries(seen)
        if m.type == "InvitationReminded"
    )
    reminders = [events[0].content for events in mail_histories(seen).values()]
    queued = Counter(
        (invitations[f"mail-{each.mail_id}"], each.number) for each in reminders if isinstance(each, Reminder)
    )
    for key in recorded | told | queued:
        if (recorded[key], told[key], queued[key]) != (1, 1, 1):
            yield f"{key}: {recorded[key]} times recorded, {told[key]} told, {queued[key]} mails"


_OVER = (mail_events.InvitationClosed, mail_events.MailBounced, mail_events.MailComplained)


def who_waited_is_told_once(seen: Evidence) -> Iterator[str]:
    """Of a batch that was checked again by itself each of its admins gets one mail, and no other batch's admin does."""
    judged = [r.event for r in seen.logs["upload"] if isinstance(r.event, WaitingBatchJudged)]
    due = Counter((one.batch_id, person.email) for one in judged for person in one.admins)
    queued = [events[0] for events in mail_histories(seen).values()]
    told = Counter(
        (str(mail.content.batch_id), mail.recipient) for mail in queued if isinstance(mail.content, BatchCheckedAgain)
    )
    for wait, count in Counter(one.request_id for one in judged).items():
        if count != 1:
            yield f"the wait for {wait} has ended {count} times"
    for batch_id, email in due | told:
        if (was := told[batch_id, email]) != (is_due := due[batch_id, email]):
            yield f"{email} is told {was} times that {batch_id} was checked again, and {is_due} are due"


def completions_count_rightly(seen: Evidence) -> Iterator[str]:
    """A completion says as many sent and failed as there are such mails, unless some were put off for long."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for events in mail_histories(seen).values():
        if isinstance(events[0].content, Invitation):
            ends[str(events[0].content.batch_id)][type(end_of(events)).__name__] += 1
    for message in first_deliveries(seen):
        if message.type == "BatchCompleted" and not message.data["emails_deferred"]:
            end, data = ends[message.data["batch_id"]], message.data
            if (data["emails_sent"], data["emails_failed"]) != (end["MailSent"], end["MailFailed"]):
                yield f"batch {data['batch_id']}: says {data}, came to {dict(end)}"


def nothing_unconfirmed_is_mailed(seen: Evidence) -> Iterator[str]:
    """An invitation is mailed only to whom an admin's confirmation has invited, or to their address of since."""
    confirmed = {r.stream.removeprefix("batch-") for r in seen.logs["upload"] if isinstance(r.event, BatchConfirmed)}
    invited = {
        seen.as_kept(r.event.after.profile.email): r.event.batch_id
        for r in seen.logs["licensing"]
        if isinstance(r.event, UserInvited) or (isinstance(r.event, UserChanged) and _readdressed(r.event))
    }
    asked = [r.event for r in seen.logs["upload"] if isinstance(r.event, BatchApprovalRequested)]
    admins = {admin.admin for admin in seen.admins} | {person.email for event in asked for person in event.approvers}
    admins |= {r.event.confirmed_by.email for r in seen.logs["upload"] if isinstance(r.event, BatchConfirmed)}
    told = frozenset(map(seen.as_kept, admins))
    for mail in seen.mails:
        if (recipient := seen.as_kept(mail.recipient)) in told:
            continue
        if recipient not in invited:
            yield f"a mail to {mail.recipient}, whom nobody invited"
        elif (batch_id := invited[recipient]) is not None and str(batch_id) not in confirmed:
            yield f"a mail to {mail.recipient} for batch {batch_id}, which nobody confirmed"
    for admin in seen.admins:
        for batch_id, file in admin.done.unconfirmed.items():
            for email in file.invites & {mail.recipient for mail in seen.mails} - _wanted(admin):
                yield f"a mail to {email} of the unconfirmed batch {batch_id}"


def _readdressed(event: UserChanged) -> bool:
    return any(change.field == EMAIL for change in event.changes)


def _wanted(admin: Admin) -> frozenset[str]:
    """Whom the admin has confirmed in some other batch."""
    files = [*admin.done.confirmed.values(), *admin.done.contested.values()]
    return frozenset(email for file in files for email in file.invites)
