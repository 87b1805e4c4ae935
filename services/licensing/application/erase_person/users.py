"""Who is to be forgotten leaves the list. As a rule they have left it when it was asked for; in a log that was restored
from a backup they are there again, in whatever status they had."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.licensing.application.release_licenses import release_licenses
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.stored_events import Event, user_stream
from services.licensing.domain.user.commands import CancelInvitation, Deactivate, Forget
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.state import DIRECTORY_ISSUER, Active, Actor, Nobody, PendingTransfer, User, Waiting
from shared.erasure.events import erasure_stream
from shared.erasure.person import Person
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.observability.tracing import traceparent_or_new
from shared.people.origins import TIME
from shared.postgres.database import Pool


def context_of(person: Person, company_id: UUID) -> Context:
    """In which licensing itself does what an erasure needs."""
    at = datetime.now(UTC)
    return Context(str(person.erasure_id), None, traceparent_or_new(""), str(company_id), at, TIME)


LOST = "(the reason was lost: this was asked for after the backup that Usher goes on from)"
USHER = Actor("", "Usher", None, DIRECTORY_ISSUER)
"""Who lets somebody go whom a restored log has still."""


@dataclass(frozen=True, slots=True)
class ListedUsers:
    """The users themselves."""

    store: EventStore[Event]
    policy: InvitationPolicy
    name: str = "listed_users"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Each in a transaction of its own."""
        del pool
        await self.store.run(lambda tx: self._know(tx, person))
        done = [(await self.store.run(lambda tx, i=i: self._leave(tx, person, i))).result for i in person.user_ids]
        return sum(done)

    async def _know(self, tx: Transaction[Event], person: Person) -> None:
        """A log from before the request does not have it."""
        if not await tx.load(stream := erasure_stream(person.erasure_id)):
            request = ErasureRequested(
                erasure_id=person.erasure_id,
                company_id=person.company_id,
                user_ids=tuple(sorted(person.user_ids)),
                address_digests=tuple(sorted(person.address_digests)),
                erased_at=person.erased_at,
                reason=LOST,
                by=None,
            )
            await tx.append(stream, 0, [request], context_of(person, person.company_id))

    async def _leave(self, tx: Transaction[Event], person: Person, user_id: UUID) -> bool:
        state, version = await _present(tx, user_id)
        if isinstance(state, Nobody):
            return False
        uow = UnitOfWork(tx, state.company_id, context_of(person, state.company_id), self.policy)
        if isinstance(state, Waiting | PendingTransfer):
            await release_licenses(uow, [user_id], CancelInvitation(USHER), "cancelled")
        elif isinstance(state, Active):
            await release_licenses(uow, [user_id], Deactivate(USHER), "deactivated")
        state, version = await _present(tx, user_id)
        own = UnitOfWork(tx, uow.company_id, uow.context, self.policy)
        own.decide_user(user_id, Snapshot(state, version), Forget(person.marker, None))
        return bool(await own.flush())


async def _present(tx: Transaction[Event], user_id: UUID) -> tuple[User, int]:
    history = await tx.load(user_stream(user_id))
    return USER.fold(r.event for r in history), len(history)  # pyright: ignore[reportArgumentType]  (of one kind)
