"""A database that was restored from a backup knows again whom it had forgotten since. `usher restore` records who that
is, from the topic; the service forgets them before it is ready, reads events or tells any."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from shared.core.settings import KafkaSettings
from shared.erasure import forgotten
from shared.erasure.erase_job import EraseJob
from shared.erasure.events import STORED_NAME, erasure_stream
from shared.eventsourcing.events import Context
from shared.jobs import queue
from shared.jobs.worker import Worker
from shared.messaging.topic_reader import topic_reader
from shared.observability.tracing import traceparent_or_new
from shared.postgres.database import Connection, Listener, Pool
from usher_contracts import ErasureRequested, Undecodable, parse

AGAIN: Final = "erase-again"
"""The kind of these jobs: nobody does them but a service that begins."""
_PAUSE = 0.2

log = structlog.get_logger(__name__)


async def record_unknown(conn: Connection, kafka: KafkaSettings) -> list[UUID]:
    """Records a job for each erasure on the topic that this log does not say it has carried out; their ids. Doing it
    twice is the same as once. Raises aiokafka's KafkaError where Kafka cannot be asked."""
    found: dict[str, ErasureRequested] = {}
    async with topic_reader(kafka, "usher-restore") as reader:
        async for records in reader.everything([ErasureRequested.topic]):
            for record in records:
                with suppress(Undecodable):
                    request = parse(ErasureRequested.type, record.value or b"")
                    if isinstance(request, ErasureRequested):
                        found[request.erasure_id] = request
    return [UUID(id_) for id_, request in found.items() if await _record(conn, request)]


async def _record(conn: Connection, request: ErasureRequested) -> bool:
    if await conn.fetchval(_CARRIED_OUT, erasure_stream(request.erasure_id), STORED_NAME):
        return False
    context = Context(request.erasure_id, None, traceparent_or_new(""), request.company_id, datetime.now(UTC))
    said = json.loads(request.model_dump_json())
    await forgotten.keep(conn, request)
    await queue.put(conn, AGAIN, request.erasure_id, request.company_id, {"request": said}, context)
    return True


class EraseAgain:
    """Carries out what `usher restore` recorded, before anything else."""

    def __init__(self, pool: Pool, job: EraseJob, listener: Listener) -> None:
        self._pool = pool
        self._worker = Worker(pool, {AGAIN: job}, listener, slots=1)

    async def run(self) -> None:
        """Returns when there is nothing of it left, done by this process or by another one."""
        if not await self._left():
            return
        log.warning("erasures.again")
        working = asyncio.ensure_future(self._worker.run())
        try:
            while await self._left():  # noqa: ASYNC110  (another process may do them)
                await asyncio.sleep(_PAUSE)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _left(self) -> bool:
        return await self._pool.fetchval("SELECT EXISTS (SELECT FROM jobs WHERE kind = $1)", AGAIN)


_CARRIED_OUT = "SELECT EXISTS (SELECT FROM events WHERE stream = $1 AND type = $2)"
