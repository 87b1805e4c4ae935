"""Read models, and that there is an end."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from services.licensing.domain.user.events import UserRestated
from services.notification.domain.mail import events as mail_events
from services.notification.domain.mail.content import Invitation
from tests.faults.evidence import Evidence
from tests.faults.promises.look import end_of, first_deliveries, mail_histories


def every_projection_equals_its_rebuild(seen: Evidence) -> Iterator[str]:
    """Row by row."""
    for projection, tables in seen.differences.items():
        for table, count in tables.items():
            if count:
                yield f"{projection}: {count} rows of {table} differ"


def every_reader_knows_what_was_said(seen: Evidence) -> Iterator[str]:
    """What subscribers keep is what the events come to: validation knows licensing's people, upload each delivery."""
    owned, known = ({row["user_id"]: row for row in seen.rows[name]["people"]} for name in ("licensing", "validation"))
    for user_id, version in _told_of(seen).items():
        if user_id in owned:
            owned[user_id] = {**owned[user_id], "version": version}
    for user_id in owned.keys() | known.keys():
        if owned.get(user_id) != known.get(user_id):
            yield f"licensing has {owned.get(user_id)}, validation {known.get(user_id)}"
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for message in first_deliveries(seen):
        if message.type in _DELIVERIES and message.data["batch_id"]:
            told[message.data["batch_id"]][message.type] += 1
    for row in seen.rows["upload"]["deliveries"]:
        counted = told[row["batch_id"]]
        if (row["sent"], row["failed"], row["bounced"]) != tuple(counted[kind] for kind in _DELIVERIES):
            yield f"upload counts {row}, notification said {dict(counted)}"


_DELIVERIES = ("InvitationSent", "InvitationFailed", "InvitationBounced")


def _told_of(seen: Evidence) -> dict[str, int]:
    """By user: the version of the last that happened to them. A state that is told again is in the directory alone."""
    happened = (
        recorded
        for recorded in seen.logs["licensing"]
        if recorded.stream.startswith("user-") and not isinstance(recorded.event, UserRestated)
    )
    return {recorded.stream.removeprefix("user-"): recorded.version for recorded in happened}


def everybody_is_said_to_report_to_who_they_do(seen: Evidence) -> Iterator[str]:
    """Whoever reads the directory knows each manager by the address that they have now, and is told so once."""
    states = (message for message in first_deliveries(seen) if message.topic == "usher.directory.v1")
    known = {message.key: message.data for message in sorted(states, key=lambda message: message.sequence)}
    for row in seen.rows["licensing"]["managers"]:
        state = known.get(row["user_id"], {})
        if (state.get("reports_to_id"), state.get("reports_to")) != (row["manager_id"], row["manager"]):
            yield f"{row['user_id']} reports to {row['manager']}, the directory says {state.get('reports_to')}"
    told = Counter(
        (recorded.stream, recorded.context.causation_id)
        for recorded in seen.logs["licensing"]
        if isinstance(recorded.event, UserRestated)
    )
    for (stream, cause), count in told.items():
        if count > 1:
            yield f"{stream} was told again {count} times because of {cause}"


def everything_is_finished(seen: Evidence) -> Iterator[str]:
    """No job is left, no record was given up, and My Team knows what became of each invitation."""
    for service, answers in seen.rows.items():
        for row in answers["jobs"]:
            yield f"{service}: a job is left: {row}"
        for row in answers["dead_letters"]:
            yield f"{service}: a dead letter: {row}"
    delivered = {row["invitation_id"]: row["state"] for row in seen.rows["licensing"]["deliveries"]}
    for events in mail_histories(seen).values():
        content, last = events[0].content, end_of(events)
        bounced = any(isinstance(event, mail_events.MailBounced) for event in events)
        ended = "sent" if isinstance(last, mail_events.MailSent) and not bounced else "failed"
        ended = ended if isinstance(last, mail_events.MailSent | mail_events.MailFailed) else None
        if isinstance(content, Invitation) and ended and delivered.get(str(content.invitation_id)) != ended:
            yield f"My Team has {delivered.get(str(content.invitation_id))} for a mail that was {ended}"


def nobody_saw_an_error_of_ours(seen: Evidence) -> Iterator[str]:
    """What an admin is told during a fault is to try again, never 500."""
    for admin in seen.admins:
        yield from admin.refused
