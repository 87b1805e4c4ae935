"""The job that says what undoing a batch comes to as of now: it writes the rows, and records what they are."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.undo_batch import facts, rows
from services.licensing.domain.stored_events import Event, undo_stream
from services.licensing.domain.undo.commands import RecordReview
from services.licensing.domain.undo.decide import UNDO
from services.licensing.domain.undo.events import RowsRef
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.jobs import queue
from shared.jobs.queue import Job
from shared.object_store.store import Blobs
from shared.postgres import row_security
from shared.postgres.database import Connection

KIND = "undo-review"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the job was told: undo ``batch_id`` undoes ``undoes``."""

    batch_id: UUID
    undoes: UUID

    @staticmethod
    def of(payload: Mapping[str, Any]) -> "Asked":
        """Reads a job's payload."""
        return Asked(UUID(payload["batch_id"]), UUID(payload["undoes"]))


async def put(conn: Connection, asked: Asked, why: str, company_id: str, context: Context) -> None:
    """Puts the job, once for each ``why``."""
    payload = {"batch_id": str(asked.batch_id), "undoes": str(asked.undoes)}
    await queue.put(conn, KIND, f"{asked.batch_id}:{why}", company_id, payload, context)


@dataclass(frozen=True, slots=True)
class ReviewUndoJob:
    """Does jobs of KIND."""

    store: EventStore[Event]
    blobs: Blobs

    async def __call__(self, job: Job) -> None:
        """Reviews one undo. Nobody waits for it: what changes meanwhile is found out when it is confirmed."""
        asked, company_id = Asked.of(job.payload), UUID(job.company_id)
        with row_security.within(company_id):
            found = (await self.store.run(lambda tx: facts.rows_of(tx, company_id, asked.undoes))).result
            data, counts = await asyncio.to_thread(rows.written, found, asked.undoes)
            kept = await self.blobs.put(job.company_id, "rows", data)
            reached("undo.rows-kept")

            async def record(tx: Transaction[Event]) -> None:
                licenses = (await stream_snapshots.provisioned(tx.conn, company_id)).state
                ref = RowsRef(kept.ref, kept.sha256)
                command = RecordReview(
                    asked.batch_id, company_id, asked.undoes, counts, licenses.purchased, licenses.occupied, ref
                )
                context = replace(job.context, at=datetime.now(UTC))
                await tx.execute(UNDO, undo_stream(asked.batch_id), command, context)
                await job.finish(tx.conn)
                reached("undo.reviewed")

            await self.store.run(record)
