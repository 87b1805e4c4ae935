"""The command bus: each command runs in a transaction of its own, and is answered when the relay has published its
events."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from services.licensing.application import lock_retry
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.idempotency import Answer, Call, once
from shared.messaging.outbox_relay import Published
from shared.people.access import PermissionsFrom
from shared.postgres import row_security

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CommandBus:
    """Runs commands of licensing."""

    store: EventStore[Event]
    published: Published
    policy: InvitationPolicy
    permissions_from: PermissionsFrom = "token"

    async def run(
        self,
        company_id: UUID,
        context: Context,
        command: Callable[[UnitOfWork], Awaitable[T]],
        max_wait: float | None = None,
    ) -> T:
        """Runs a command of one company. Raises what it raises, and CompanyBusy."""
        with row_security.within(company_id):
            return await self.run_in_transaction(
                lambda tx: command(UnitOfWork(tx, company_id, context, self.policy, self.permissions_from)), max_wait
            )

    async def run_once(
        self, company_id: UUID, context: Context, call: Call, command: Callable[[UnitOfWork], Awaitable[Answer]]
    ) -> Answer:
        """As ``run``, for a call that may be repeated with its idempotency key: it is answered as it was the first
        time, and nothing is done again. Raises Problem, too: see ``idempotency.once``."""
        return await self.run(company_id, context, lambda uow: once(uow.conn, call, lambda: command(uow)))

    async def run_in_transaction(
        self, command: Callable[[Transaction[Event]], Awaitable[T]], max_wait: float | None = None
    ) -> T:
        """As ``run``, for what belongs to no company. What is answered is known to every batch that is uploaded
        afterwards: so the answer waits until it is published (5 s at most, or ``max_wait`` seconds behind a large batch
        that is being published; then the promise is suspended, and that is counted)."""
        committed = await lock_retry.run(self.store, command)
        reached("office.committed")
        await self.published.wait(committed.position, longest=max_wait)
        reached("office.published")
        return committed.result
