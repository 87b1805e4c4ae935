"""How the promises look at the evidence."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from services.licensing.domain.user.events import UserChanged, UserInvited
from services.notification.domain.mail.events import InvitationClosed, InvitationReminded, MailBounced, MailComplained
from tests.faults.admin import Admin
from tests.faults.evidence import Evidence, Message


def first_deliveries(seen: Evidence) -> Iterator[Message]:
    """Messages of the services at their first delivery, in the order of each partition."""
    known: set[tuple[str, str]] = set()
    for message in seen.messages:
        if message.service and (message.topic, message.id) not in known:
            known.add((message.topic, message.id))
            yield message


def mail_histories(seen: Evidence) -> dict[str, list[Any]]:
    """The events of each mail."""
    found: dict[str, list[Any]] = defaultdict(list)
    for recorded in seen.logs["notification"]:
        if recorded.stream.startswith("mail-"):
            found[recorded.stream].append(recorded.event)
    return found


def end_of(events: Sequence[Any]) -> Any:
    """The last event of a mail, whatever has come back or become of its invitation since."""
    return next(event for event in reversed(events) if not isinstance(event, _AFTERWARDS))


_AFTERWARDS = (MailBounced, MailComplained, InvitationClosed, InvitationReminded)


def by_batch(seen: Evidence, admin: Admin, what: str) -> dict[str, list[str]]:
    kind = {"invited": UserInvited, "changed": UserChanged}[what]
    found: dict[str, list[str]] = defaultdict(list)
    for recorded in seen.logs["licensing"]:
        if recorded.context.company_id == admin.id and isinstance(recorded.event, kind):
            found[str(recorded.event.batch_id)].append(seen.as_kept(recorded.event.after.profile.email))
    return found


def published_invitations(seen: Evidence, admin: Admin) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for message in first_deliveries(seen):
        if message.company == admin.id and message.type == "UserInvited":
            found[str(message.data["batch_id"])].append(seen.as_kept(message.data["email"]))
    return found
