"""What an admin does with a batch: for the HTTP interface and for the pages alike."""

from uuid import UUID

import structlog

from services.upload.batch import Event, stream_of
from services.upload.batches.query import BatchQueries, in_transaction
from services.upload.batches.view import Batch
from services.upload.decisions import BATCH, CancelBatch, Command, ConfirmBatch, RevalidateBatch
from services.upload.edge import of_batch, person, refusals
from shared.auth import Principal
from shared.event_store import EventStore, Transaction
from shared.events import Context

log = structlog.stdlib.get_logger(__name__)


class Actions:
    """Commands on one batch of the company of `who`. Each answers with the batch as it is then.

    Problem 404 where the company has no such batch, 409 where its phase does not allow it.
    """

    def __init__(self, store: EventStore[Event], batches: BatchQueries) -> None:
        self._store = store
        self._batches = batches

    async def confirm(self, who: Principal, context: Context, batch_id: UUID, review: int | None = None) -> Batch:
        """Confirm the review that was seen; saying it twice is the same as once. 409 `review_changed`, `not_ready`."""
        return await self._do(ConfirmBatch(person(who), review), who, context, batch_id)

    async def revalidate(self, who: Principal, context: Context, batch_id: UUID) -> Batch:
        """Check the same file again. 409 `already_confirmed`, `cancelled`, `superseded`."""
        return await self._do(RevalidateBatch(person(who)), who, context, batch_id)

    async def cancel(self, who: Principal, context: Context, batch_id: UUID) -> Batch:
        """Give the batch up. 409 `already_confirmed`, `superseded`."""
        return await self._do(CancelBatch(person(who)), who, context, batch_id)

    async def _do(self, command: Command, who: Principal, context: Context, batch_id: UUID) -> Batch:
        async def work(tx: Transaction[Event]) -> int:
            await in_transaction(tx.conn, who.company, batch_id)
            done = await tx.execute(BATCH, stream_of(str(batch_id)), command, of_batch(context, batch_id))
            return len(done.events)

        with refusals():
            committed = await self._store.run(work)
        log.info("batch", does=type(command).__name__, batch_id=str(batch_id), events=committed.result)
        return await self._batches.get(who.company, batch_id)
