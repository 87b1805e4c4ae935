"""The promises, each as a function of that name: it says how the evidence breaks it, and nothing where it is kept."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from services.licensing import ledger, user
from services.notification import batch as mailed_batch
from services.notification import mail_job
from services.notification.contents import BatchFinished, Invitation
from services.upload import batch
from shared.kafka_wire import encode
from tests.faults.admin import Admin
from tests.faults.evidence import Evidence, Message
from usher_contracts import topics

Invariant = Callable[[Evidence], Iterator[str]]

_ADDRESS = re.compile(rb"[\w.+-]+@(c[0-9a-f]{8}\.example)")
_OCCUPYING = {"waiting", "pending_transfer", "active"}


def seats_are_never_over_allocated(seen: Evidence) -> Iterator[str]:
    """At any prefix of licensing's log no reservation takes more than was purchased, and whoever occupies a license at
    the end of a commit is counted in the ledger."""
    states: dict[str, ledger.LedgerState] = defaultdict(ledger.Unknown)
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for recorded in seen.logs["licensing"]:
        event, company = recorded.event, str(recorded.context.company_id)
        match event:
            case ledger.CompanyChanged() | ledger.LicensesReserved() | ledger.LicensesReleased():
                state = states[company] = ledger.evolve(states[company], event)
                occupied, purchased = (state.occupied, state.purchased) if isinstance(state, ledger.Ledger) else (0, 0)
                if isinstance(event, ledger.LicensesReserved) and occupied > purchased:
                    yield f"{company}: {occupied} of {purchased} licenses occupied at position {recorded.position}"
                if not isinstance(event, ledger.CompanyChanged) and event.occupied != occupied:
                    yield f"{company}: an event says {event.occupied} occupied where its prefix comes to {occupied}"
            case _ if recorded.stream.startswith("user-"):
                people[company][recorded.stream] = event.after.status
            case _:
                pass
    for company, state in states.items():
        counted = sum(status in _OCCUPYING for status in people[company].values())
        if isinstance(state, ledger.Ledger) and state.occupied != counted:
            yield f"{company}: the ledger has {state.occupied} licenses occupied, {counted} users occupy one"


def seats_on_kafka_are_never_over_allocated(seen: Evidence) -> Iterator[str]:
    """The same for whoever reads usher.licenses.v1 alone."""
    for message in _first(seen):
        if message.type == "LicensesReserved" and message.data["occupied"] > message.data["purchased"]:
            yield f"{message.company}: {message.data['occupied']} of {message.data['purchased']} at {message.offset}"


def every_confirmed_user_is_invited_once(seen: Evidence) -> Iterator[str]:
    """Each row of a confirmed batch that says invite became one UserInvited, in the log and on Kafka; each that says
    change one UserChanged; a contested batch happened whole or not at all."""
    for admin in seen.admins:
        logged, published = _by_batch(seen, admin, "invited"), _published_invitations(seen, admin)
        changed = _by_batch(seen, admin, "changed")
        for batch_id, file in admin.done.confirmed.items():
            yield from _exactly(f"batch {batch_id}, invited", logged[batch_id], file.invites)
            yield from _exactly(f"batch {batch_id}, UserInvited on Kafka", published[batch_id], file.invites)
            yield from _exactly(f"batch {batch_id}, changed", changed[batch_id], file.changes)
        for batch_id, file in admin.done.contested.items():
            if logged[batch_id] or changed[batch_id]:
                yield from _exactly(f"contested batch {batch_id}, invited", logged[batch_id], file.invites)
                yield from _exactly(f"contested batch {batch_id}, changed", changed[batch_id], file.changes)


def every_invited_user_gets_their_mail(seen: Evidence) -> Iterator[str]:
    """Each invitation's mail came to an end; one that was sent arrived, once. A second copy only where the answer to
    the final dot was lost, never a third."""
    copies = Counter(mail.message_id for mail in seen.mails)
    queued: set[Any] = set()
    for mail, events in _mails(seen).items():
        first = events[0]
        assert isinstance(first, mail_job.MailQueued)
        uncertain = sum(isinstance(e, mail_job.HandoverUncertain) for e in events)
        count, last = copies[first.message_id], events[-1]
        if isinstance(first.content, Invitation):
            queued.add(first.content.invitation_id)
        if count > 1 + min(uncertain, 1):
            yield f"{mail}: {count} copies, an answer was lost {uncertain} times"
        match last:
            case mail_job.MailSent() if count == 0 and not last.unconfirmed:
                yield f"{mail}: sent, and never arrived"
            case mail_job.MailSent() | mail_job.MailFailed() | mail_job.MailWithdrawn():
                pass
            case _:
                yield f"{mail}: not at an end: {type(last).__name__}"
    for recorded in seen.logs["licensing"]:
        if isinstance(recorded.event, user.UserInvited) and recorded.event.after.invitation.id not in queued:
            yield f"no mail for the invitation in {recorded.stream}"


def exactly_one_completion(seen: Evidence) -> Iterator[str]:
    """Each batch that was applied is completed once, in notification's log, on Kafka and for upload, and one mail says
    so. No other batch is."""
    applied = {m.data["batch_id"] for m in _first(seen) if m.type == "BatchProcessed"}
    decided = Counter(
        r.stream.removeprefix("batch-")
        for r in seen.logs["notification"]
        if isinstance(r.event, mailed_batch.BatchCompletionDecided)
    )
    told = Counter(m.data["batch_id"] for m in _first(seen) if m.type == "BatchCompleted")
    known = Counter[str]()
    for recorded in seen.logs["upload"]:
        if isinstance(recorded.event, batch.BatchCompleted):
            known[recorded.stream.removeprefix("batch-")] += 1
    contents = [events[0].content for events in _mails(seen).values()]
    mails = Counter(str(content.batch_id) for content in contents if isinstance(content, BatchFinished))
    counts = {"completions decided": decided, "BatchCompleted on Kafka": told, "in upload": known, "mails": mails}
    for what, found in counts.items():
        for batch_id in applied | found.keys():
            if found[batch_id] != (batch_id in applied):
                yield f"batch {batch_id}: {found[batch_id]} {what}, applied: {batch_id in applied}"


def completions_count_rightly(seen: Evidence) -> Iterator[str]:
    """A completion says as many sent and failed as there are such mails, unless some were put off for long."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for events in _mails(seen).values():
        if isinstance(events[0].content, Invitation):
            ends[str(events[0].content.batch_id)][type(events[-1]).__name__] += 1
    for message in _first(seen):
        if message.type == "BatchCompleted" and not message.data["emails_deferred"]:
            end, data = ends[message.data["batch_id"]], message.data
            if (data["emails_sent"], data["emails_failed"]) != (end["MailSent"], end["MailFailed"]):
                yield f"batch {data['batch_id']}: says {data}, came to {dict(end)}"


def nothing_unconfirmed_is_mailed(seen: Evidence) -> Iterator[str]:
    """An invitation is mailed only to whom an admin's confirmation has invited."""
    confirmed = {
        r.stream.removeprefix("batch-") for r in seen.logs["upload"] if isinstance(r.event, batch.BatchConfirmed)
    }
    invited = {
        r.event.after.profile.email: r.event.batch_id
        for r in seen.logs["licensing"]
        if isinstance(r.event, user.UserInvited)
    }
    admins = {admin.admin for admin in seen.admins}
    for mail in seen.mails:
        if mail.recipient in admins:
            continue
        if mail.recipient not in invited:
            yield f"a mail to {mail.recipient}, whom nobody invited"
        elif (batch_id := invited[mail.recipient]) is not None and str(batch_id) not in confirmed:
            yield f"a mail to {mail.recipient} for batch {batch_id}, which nobody confirmed"
    for admin in seen.admins:
        for batch_id, file in admin.done.unconfirmed.items():
            for email in file.invites & {mail.recipient for mail in seen.mails} - _wanted(admin):
                yield f"a mail to {email} of the unconfirmed batch {batch_id}"


def what_is_committed_is_published_and_nothing_else(seen: Evidence) -> Iterator[str]:
    """A service's messages on Kafka are those of its log, by id, with their data."""
    found: dict[str, dict[tuple[str, str], Message]] = defaultdict(dict)
    for message in seen.messages:
        if message.service:
            found[message.service][message.topic, message.id] = message
    for service, log in seen.logs.items():
        store, expected = seen.store(service), set[tuple[str, str]]()
        for recorded in log:
            for n, outgoing in enumerate(store.publish(recorded)):
                wire = encode(service, outgoing, recorded, first=n == 0)
                place = outgoing.topic, dict(wire.headers)["ce_id"].decode()
                expected.add(place)
                sent = found[service].get(place)
                if sent is None:
                    yield f"{service}: position {recorded.position} ({outgoing.type}) is not on {outgoing.topic}"
                elif (sent.value, sent.key) != (outgoing.data, outgoing.key):
                    yield f"{service}: position {recorded.position} is on {outgoing.topic} with other data"
        for topic, id_ in found[service].keys() - expected:
            yield f"{service}: {id_} on {topic} was never committed"
        for row in seen.rows[service]["lost"]:
            yield f"{service}: {row} has no position"


def every_key_is_in_order(seen: Evidence) -> Iterator[str]:
    """Within a partition, ce_sequence rises strictly from first delivery to first delivery."""
    last: dict[tuple[str, int], int] = {}
    for message in _first(seen):
        place = message.topic, message.partition
        if message.sequence <= last.get(place, 0):
            yield f"{place}: {message.sequence} after {last[place]}, at offset {message.offset}"
        last[place] = message.sequence


def every_projection_equals_its_rebuild(seen: Evidence) -> Iterator[str]:
    """Row by row."""
    for projection, tables in seen.differences.items():
        for table, count in tables.items():
            if count:
                yield f"{projection}: {count} rows of {table} differ"


def nothing_crosses_companies(seen: Evidence) -> Iterator[str]:
    """No event names another company than its own in its key, its headers and its data, nor an address of another's;
    no mail either."""
    names = {admin.id: admin.domain for admin in seen.admins}
    for message in seen.messages:
        if message.company not in names:
            continue
        said = {message.company, message.data.get("company_id", message.company)}
        if message.topic != topics.DIRECTORY:
            said.add(message.key)
        domains = {found.decode() for found in _ADDRESS.findall(message.value or b"")}
        if said != {message.company} or not domains <= {names[message.company]}:
            yield f"{message.topic} {message.partition}/{message.offset}: {said} {domains}"
    companies = {admin.domain: admin.settings["name"] for admin in seen.admins}
    for mail in seen.mails:
        own = companies.get(mail.recipient.partition("@")[2])
        for other in set(re.findall(r"Company [0-9a-f]{8}", mail.text)) - {own}:
            yield f"a mail to {mail.recipient} names {other}"
        for domain in {found.decode() for found in _ADDRESS.findall(mail.text.encode())}:
            if companies.get(domain) != own:
                yield f"a mail to {mail.recipient} has an address of {domain}"


def everything_is_finished(seen: Evidence) -> Iterator[str]:
    """No job is left, no record was given up, and My Team knows what became of each invitation."""
    for service, answers in seen.rows.items():
        for row in answers["jobs"]:
            yield f"{service}: a job is left: {row}"
        for row in answers["dead_letters"]:
            yield f"{service}: a dead letter: {row}"
    delivered = {row["invitation_id"]: row["state"] for row in seen.rows["licensing"]["deliveries"]}
    for events in _mails(seen).values():
        content, last = events[0].content, events[-1]
        ended = "sent" if isinstance(last, mail_job.MailSent) else "failed"
        ended = ended if isinstance(last, mail_job.MailSent | mail_job.MailFailed) else None
        if isinstance(content, Invitation) and ended and delivered.get(str(content.invitation_id)) != ended:
            yield f"My Team has {delivered.get(str(content.invitation_id))} for a mail that was {ended}"


def every_reader_knows_what_was_said(seen: Evidence) -> Iterator[str]:
    """What subscribers keep is what the events come to: validation knows licensing's people, upload each delivery."""
    owned, known = ({row["user_id"]: row for row in seen.rows[name]["people"]} for name in ("licensing", "validation"))
    for user_id in owned.keys() | known.keys():
        if owned.get(user_id) != known.get(user_id):
            yield f"licensing has {owned.get(user_id)}, validation {known.get(user_id)}"
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for message in _first(seen):
        if message.type in ("InvitationSent", "InvitationFailed") and message.data["batch_id"]:
            told[message.data["batch_id"]][message.type] += 1
    for row in seen.rows["upload"]["deliveries"]:
        counted = told[row["batch_id"]]
        if (row["sent"], row["failed"]) != (counted["InvitationSent"], counted["InvitationFailed"]):
            yield f"upload counts {row}, notification said {dict(counted)}"


def nobody_saw_an_error_of_ours(seen: Evidence) -> Iterator[str]:
    """What an admin is told during a fault is to try again, never 500."""
    for admin in seen.admins:
        yield from admin.refused


INVARIANTS: tuple[Invariant, ...] = (
    seats_are_never_over_allocated,
    seats_on_kafka_are_never_over_allocated,
    every_confirmed_user_is_invited_once,
    every_invited_user_gets_their_mail,
    exactly_one_completion,
    completions_count_rightly,
    nothing_unconfirmed_is_mailed,
    what_is_committed_is_published_and_nothing_else,
    every_key_is_in_order,
    every_projection_equals_its_rebuild,
    nothing_crosses_companies,
    everything_is_finished,
    every_reader_knows_what_was_said,
    nobody_saw_an_error_of_ours,
)


def broken(seen: Evidence) -> dict[str, list[str]]:
    """By the promise's name, how it is broken: the first ten cases of each."""
    found = {invariant.__name__: list(invariant(seen)) for invariant in INVARIANTS}
    return {name: [*cases[:10], f"{len(cases)} in all"] for name, cases in found.items() if cases}


def _first(seen: Evidence) -> Iterator[Message]:
    """Messages of the services at their first delivery, in the order of each partition."""
    known: set[tuple[str, str]] = set()
    for message in seen.messages:
        if message.service and (message.topic, message.id) not in known:
            known.add((message.topic, message.id))
            yield message


def _mails(seen: Evidence) -> dict[str, list[Any]]:
    """The events of each mail."""
    found: dict[str, list[Any]] = defaultdict(list)
    for recorded in seen.logs["notification"]:
        if recorded.stream.startswith("mail-"):
            found[recorded.stream].append(recorded.event)
    return found


def _by_batch(seen: Evidence, admin: Admin, what: str) -> dict[str, list[str]]:
    kind = {"invited": user.UserInvited, "changed": user.UserChanged}[what]
    found: dict[str, list[str]] = defaultdict(list)
    for recorded in seen.logs["licensing"]:
        if recorded.context.company_id == admin.id and isinstance(recorded.event, kind):
            found[str(recorded.event.batch_id)].append(recorded.event.after.profile.email)
    return found


def _published_invitations(seen: Evidence, admin: Admin) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for message in _first(seen):
        if message.company == admin.id and message.type == "UserInvited":
            found[str(message.data["batch_id"])].append(message.data["email"])
    return found


def _exactly(what: str, found: list[str], expected: frozenset[str]) -> Iterator[str]:
    for email, times in Counter(found).items():
        if times != (email in expected):
            yield f"{what}: {email} {times} times"
    for email in expected - set(found):
        yield f"{what}: {email} never"


def _wanted(admin: Admin) -> frozenset[str]:
    """Whom the admin has confirmed in some other batch."""
    files = [*admin.done.confirmed.values(), *admin.done.contested.values()]
    return frozenset(email for file in files for email in file.invites)
