"""Undoing a completed batch: its undo is a batch of its own, reviewed and confirmed before anything happens."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog
from uuid_utils.compat import uuid7

from services.upload.application.actors import person
from services.upload.application.command_bus import of_batch
from services.upload.domain.batch import commands
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import BatchUndoRequested
from services.upload.domain.stored_events import Event, stream_of
from services.upload.messages import FILES_GONE
from services.upload.read_models.batches.query import BatchQueries, in_transaction, is_undone, view
from services.upload.read_models.batches.retention import kept_until
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.standing.query import UserStanding
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.http.auth import Principal
from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.object_store.store import Blobs

log = structlog.stdlib.get_logger(__name__)


class UndoBatch:
    """The use case."""

    def __init__(
        self,
        store: EventStore[Event],
        blobs: Blobs,
        batches: BatchQueries,
        companies: CompanyQueries,
        standing: UserStanding,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._batches = batches
        self._companies = companies
        self._standing = standing
        self._now = now

    async def __call__(self, who: Principal, context: Context, batch_id: UUID, key: str | None = None) -> Batch:
        """The undo, about to be reviewed. The same `key` gets the first answer again.

        Raises `Refused` (`not_undoable`), Problem 403 `deactivated`, 404 where the company has no such batch, 410
        `files_gone` where its files are no longer kept, 422 `idempotency_key_reused`.
        """
        await self._standing.require_in(who)
        gone = await self._gone(who, await self._batches.record(who.company, batch_id))
        call = Call(who.company, f"POST /api/v1/batches/{batch_id}/undo", key, fingerprint(None))
        new = uuid7()

        async def work(tx: Transaction[Event]) -> Batch:
            async def effects() -> Answer:
                await _record(tx, who, context, batch_id, new)
                if gone:
                    raise FILES_GONE()
                return Answer(
                    202, body=view(await in_transaction(tx.conn, who.company, new)).model_dump_json().encode()
                )

            return Batch.model_validate_json((await once(tx.conn, call, effects)).body)

        batch = (await self._store.run(work)).result
        reached("undo.recorded")
        log.info("batch", does="UndoBatch", batch_id=str(batch.id), undoes=str(batch_id))
        return batch

    async def _gone(self, who: Principal, record: asyncpg.Record) -> bool:
        """Whether the company keeps the batch's files no longer, or they are gone already."""
        until = kept_until(view(record), await self._companies.find(who.company))
        rows = record["rows_ref"]
        return until <= self._now() or rows is None or await self._blobs.size(rows) is None


async def _record(tx: Transaction[Event], who: Principal, context: Context, undoes: UUID, new: UUID) -> None:
    row = await in_transaction(tx.conn, who.company, undoes)
    original = (await UnitOfWork(tx).load(BATCH, stream_of(str(undoes)))).state
    request = BatchUndoRequested(str(new), who.company, person(who), str(undoes), row["file_name"])
    command = commands.UndoBatch(request, original, await is_undone(tx.conn, who.company, undoes))
    await tx.execute(BATCH, stream_of(str(new)), command, of_batch(context, new))
