"""The command bus: executes a command on one batch, once by its idempotency key, and answers with the batch."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from services.upload.domain.batch.commands import Command
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.stored_events import Event, stream_of
from services.upload.read_models.batches.query import in_transaction, view
from services.upload.read_models.batches.view import Batch
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.observability import current_traceparent
from shared.observability.spans import within

log = structlog.stdlib.get_logger(__name__)

Precondition = Callable[[Transaction[Event], Batch], Awaitable[None]]
"""Looks at the batch before the command is decided, in its transaction; raises a Problem where it may not be."""


@dataclass(frozen=True, slots=True)
class BatchCall:
    """A call of `who` about one batch of their company. `action` and `fingerprint` tell repetitions by `key` apart."""

    who: Principal
    context: Context
    batch_id: UUID
    action: str
    key: str | None = None
    seen: str | None = None
    """What else the call said."""

    @property
    def idempotent(self) -> Call:
        """The call as idempotency knows it."""
        return Call(
            self.who.company,
            f"POST /api/v1/batches/{self.batch_id}/{self.action}",
            self.key,
            fingerprint(self.seen),
        )


class CommandBus:
    """Executes commands on batches of the caller's company. Each answers with the batch as it is then, and repeated by
    its key as it is now: what was answered first is kept, not what the batch has become since.

    Raises Problem 404 where the company has no such batch, `Refused` where its state does not allow it, and Problem 422
    `idempotency_key_reused` for a key that came with something else before.
    """

    def __init__(self, store: EventStore[Event]) -> None:
        self._store = store

    async def execute(self, command: Command, call: BatchCall, precondition: Precondition | None = None) -> Batch:
        """The batch after the command."""
        company, batch_id = call.who.company, call.batch_id

        async def work(tx: Transaction[Event]) -> Batch:
            async def act() -> Answer:
                batch = view(await in_transaction(tx.conn, company, batch_id))
                if precondition:
                    await precondition(tx, batch)
                await execute_on_batch(tx, str(batch_id), command, call.context)
                reached("action.decided")
                return Answer(202)

            await once(tx.conn, call.idempotent, act)
            return view(await in_transaction(tx.conn, company, batch_id))

        committed = await self._store.run(work)
        reached("action.committed")
        log.info("batch", does=type(command).__name__, batch_id=str(batch_id), position=committed.position)
        return committed.result


async def execute_on_batch(tx: Transaction[Event], batch_id: str, command: Command, context: Context) -> None:
    """The batch's trace goes on, from its upload to its last mail; the request has one of its own, linked to it."""
    stream = stream_of(batch_id)
    name = type(command).__name__
    with within(await tx.first_trace(stream), name, because=[context.traceparent]):
        caused = replace(of_batch(context, batch_id), traceparent=current_traceparent())
        await tx.execute(BATCH, stream, command, caused)


def of_batch(context: Context, batch_id: UUID | str) -> Context:
    """The same context, belonging to the batch rather than to the request."""
    return replace(context, correlation_id=str(batch_id))
