"""Which line an event is told in. Pure.

A line is what one command did of one kind: a batch that invited 10,000 is one line, and so is an action on 300 selected
users. Whom it was about is read from the log where somebody asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.licensing.domain.confirmation.events import BatchRefused
from services.licensing.domain.licenses.events import CompanyChanged
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.seat_request.events import SeatsRequestAnswered, SeatsRequested
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.events import UserChanged, UserInvited
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.team.history import WHAT as OF_USERS
from shared.eventsourcing.events import Context, Recorded
from shared.people.address import compare_form
from shared.people.origins import FILE, FORM, INVITEE, PLATFORM, TIME, Origin

MOVED_UP: Final = "moved_up"
REFUSED: Final = "refused"

WHAT: Mapping[type, str] = {
    **OF_USERS,
    CompanyChanged: "company_changed",
    BatchRefused: "batch_refused",
    SeatsRequested: "seats_requested",
    SeatsRequestAnswered: "seats_request_answered",
    AttemptRefused: REFUSED,
}
"""The kinds of events of licensing's log that are told, and their word; who moved up since their manager left has a
word of their own."""

OF_BATCHES = (
    "batch_uploaded", "batch_checked_again", "batch_confirmed", "approval_requested", "batch_approved",
    "approval_declined", "batch_cancelled", "undo_requested",
)  # fmt: skip
"""What upload tells of batches."""

EVERY_WHAT: Sequence[str] = tuple(dict.fromkeys((*WHAT.values(), MOVED_UP, *OF_BATCHES)))


@dataclass(frozen=True, slots=True)
class Line:
    """What a command did of one kind. ``stream`` and ``version`` are those of its first event, ``position`` that of its
    last; ``user_id`` where it was one user alone."""

    id: UUID
    company_id: UUID
    at: datetime
    what: str
    who: UUID | None
    user_id: UUID | None
    count: int
    batch_id: UUID | None
    origin: Origin | str | None
    stream: str
    version: int
    position: int


def lines(events: Iterable[Recorded[Event]]) -> list[Line]:
    """The lines of these, in their order; of a command that goes on behind them, as far as it goes here."""
    found: dict[tuple[Context | UUID, str], Line] = {}
    for recorded in events:
        what = what_of(recorded.event)
        if what is None or recorded.context.company_id is None:
            continue
        # Each refused attempt is its own.
        key = (recorded.id if what == REFUSED else recorded.context, what)
        line, position = found.get(key), recorded.position or 0
        if line is None:
            found[key] = _line(recorded, what)
        else:
            found[key] = replace(line, user_id=None, count=line.count + 1, position=position)
    return list(found.values())


def what_of(event: Event) -> str | None:
    """Its word; None for what is not told."""
    return MOVED_UP if isinstance(event, UserChanged) and event.because else WHAT.get(type(event))


def by_of(event: Event) -> Actor | None:
    """Who did it; None where it was nobody of the company, or the user's own doing."""
    match event:
        case UserInvited(after):
            return after.invitation.by
        case UserChanged(because=because) if because:
            return because.by
        case _:
            return getattr(event, "by", None)


def origin_of(recorded: Recorded[Event]) -> str | None:
    """By which way it came; where the event does not say so, as events of before it was kept, what is near."""
    if recorded.context.origin is not None:
        return recorded.context.origin
    if getattr(recorded.event, "batch_id", None):
        return FILE
    if by_of(recorded.event):
        return FORM
    return _NEAR.get(what_of(recorded.event) or "")


_NEAR: Mapping[str, Origin] = {
    "activated": INVITEE, "invitation_expired": TIME, "provisioned": PLATFORM, "company_changed": PLATFORM,
    "transfer_pending": PLATFORM, "transfer_withdrawn": PLATFORM, "reactivated": PLATFORM,
    "seats_request_answered": PLATFORM, "methodology_consumed": PLATFORM,
}  # fmt: skip


def who_is(company_id: UUID, email: str) -> UUID:
    """By which somebody who does things is found: made of their address at the company, and no address itself."""
    return uuid5(NAMESPACE_URL, f"usher:{company_id}:{compare_form(email)}")


def _line(recorded: Recorded[Event], what: str) -> Line:
    event, context = recorded.event, recorded.context
    company_id, by = UUID(context.company_id or ""), by_of(event)
    command = f"{company_id} {context.correlation_id} {context.causation_id} {context.at.isoformat()} {what}"
    refused = isinstance(event, AttemptRefused)
    return Line(
        id=recorded.id if refused else uuid5(NAMESPACE_URL, command),
        company_id=company_id,
        at=context.at,
        what=what,
        who=who_is(company_id, by.email) if by else None,
        user_id=event.user_id if refused else getattr(getattr(event, "after", None), "user_id", None),
        count=event.users if refused else 1,
        batch_id=getattr(event, "batch_id", None),
        origin=origin_of(recorded),
        stream=recorded.stream,
        version=recorded.version,
        position=recorded.position or 0,
    )
