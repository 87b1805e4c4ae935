"""Licenses, and who has one."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from services.licensing.domain.licenses.events import CompanyChanged, LicensesReleased, LicensesReserved
from services.licensing.domain.licenses.state import Licenses, LicensesState, NotProvisioned, evolve
from tests.faults.admin import Sent
from tests.faults.evidence import Evidence
from tests.faults.promises.look import by_batch, first_deliveries, published_invitations

_OCCUPYING = {"waiting", "pending_transfer", "active"}


def seats_are_never_over_allocated(seen: Evidence) -> Iterator[str]:
    """At any prefix of licensing's log no reservation takes more than was purchased, and whoever occupies a license at
    the end of a commit is counted in the ledger."""
    states: dict[str, LicensesState] = defaultdict(NotProvisioned)
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for recorded in seen.logs["licensing"]:
        event, company = recorded.event, str(recorded.context.company_id)
        match event:
            case CompanyChanged() | LicensesReserved() | LicensesReleased():
                state = states[company] = evolve(states[company], event)
                occupied, purchased = (state.occupied, state.purchased) if isinstance(state, Licenses) else (0, 0)
                if isinstance(event, LicensesReserved) and occupied > purchased:
                    yield f"{company}: {occupied} of {purchased} licenses occupied at position {recorded.position}"
                if not isinstance(event, CompanyChanged) and event.occupied != occupied:
                    yield f"{company}: an event says {event.occupied} occupied where its prefix comes to {occupied}"
            case _ if recorded.stream.startswith("user-"):
                people[company][recorded.stream] = event.after.status
            case _:
                pass
    for company, state in states.items():
        counted = sum(status in _OCCUPYING for status in people[company].values())
        if isinstance(state, Licenses) and state.occupied != counted:
            yield f"{company}: the ledger has {state.occupied} licenses occupied, {counted} users occupy one"


def seats_on_kafka_are_never_over_allocated(seen: Evidence) -> Iterator[str]:
    """The same for whoever reads usher.licenses.v1 alone."""
    for message in first_deliveries(seen):
        if message.type == "LicensesReserved" and message.data["occupied"] > message.data["purchased"]:
            yield f"{message.company}: {message.data['occupied']} of {message.data['purchased']} at {message.offset}"


def every_confirmed_user_is_invited_once(seen: Evidence) -> Iterator[str]:
    """Each row of a confirmed batch that says invite became one UserInvited, in the log and on Kafka; each that says
    change one UserChanged; a contested batch happened whole or not at all."""
    for admin in seen.admins:
        logged, published = by_batch(seen, admin, "invited"), published_invitations(seen, admin)
        changed = by_batch(seen, admin, "changed")
        for batch_id, file in admin.done.confirmed.items():
            invites, changes = _kept(seen, file)
            yield from _exactly(f"batch {batch_id}, invited", logged[batch_id], invites)
            yield from _exactly(f"batch {batch_id}, UserInvited on Kafka", published[batch_id], invites)
            yield from _exactly(f"batch {batch_id}, changed", changed[batch_id], changes)
        for batch_id, file in admin.done.contested.items():
            invites, changes = _kept(seen, file)
            if logged[batch_id] or changed[batch_id]:
                yield from _exactly(f"contested batch {batch_id}, invited", logged[batch_id], invites)
                yield from _exactly(f"contested {batch_id}, UserInvited on Kafka", published[batch_id], invites)
                yield from _exactly(f"contested batch {batch_id}, changed", changed[batch_id], changes)


def _kept(seen: Evidence, file: Sent) -> tuple[frozenset[str], frozenset[str]]:
    """Whom a file invites and changes."""
    return frozenset(map(seen.as_kept, file.invites)), frozenset(map(seen.as_kept, file.changes))


def _exactly(what: str, found: list[str], expected: frozenset[str]) -> Iterator[str]:
    for email, times in Counter(found).items():
        if times != (email in expected):
            yield f"{what}: {email} {times} times"
    for email in expected - set(found):
        yield f"{what}: {email} never"
