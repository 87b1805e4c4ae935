"""Uploading a file: it is looked into, kept by its content, and becomes a batch."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services.upload.application.actors import person
from services.upload.application.command_bus import of_batch
from services.upload.application.content_inspection import inspect
from services.upload.application.map_columns import keep
from services.upload.domain.batch.commands import SupersedeBatch, UploadBatch
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import BatchUploaded, File, ObjectRef
from services.upload.domain.stored_events import Event, stream_of
from services.upload.messages import (
    ENCRYPTED,
    NOT_LOOKED_INTO,
    NOT_TO_REPLACE,
    NOT_XLSX,
    TOO_MANY_UPLOADS,
    TOO_MANY_WAIT,
    same_file_again,
)
from services.upload.read_models.batches.query import BatchQueries, in_transaction, same_content, view
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.columns.query import ColumnQueries
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.standing.query import UserStanding
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.http.problems import Problem, ProblemType, unavailable
from shared.object_store.store import Blobs
from shared.people import messages
from shared.people.columns import ColumnMapping
from shared.postgres.leased_slots import LeasedSlots, NoFreeSlot
from shared.sandbox.pool import Sandbox, SandboxUnavailable

log = structlog.stdlib.get_logger(__name__)

CALL = "POST /api/v1/batches"
_WAIT, _WAIT_FOR_VERDICTS = 2, 10
"""Seconds after which a company with too many uploads, or with too many files that wait, may try again."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """An uploaded file as it arrived: its name made harmless, its size in bytes, its content (seekable, at its
    beginning)."""

    name: str
    size: int
    content: IO[bytes]


class UploadFile:
    """The use case. `slots` are the uploads of a company at the same time, `max_waiting` its files that may wait to be
    validated."""

    def __init__(
        self,
        store: EventStore[Event],
        blobs: Blobs,
        batches: BatchQueries,
        columns: ColumnQueries,
        companies: CompanyQueries,
        standing: UserStanding,
        sandbox: Sandbox,
        slots: LeasedSlots,
        max_waiting: int,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._batches = batches
        self._columns = columns
        self._companies = companies
        self._standing = standing
        self._sandbox = sandbox
        self._slots = slots
        self._max_waiting = max_waiting

    @asynccontextmanager
    async def slot(self, who: Principal) -> AsyncGenerator[None]:
        """A company's slot for one upload, of all replicas. Problem 429 where all are taken, or where too many of its
        files wait to be judged: one company's files, each of them spooled and looked into, must not take the service
        from the others."""
        if await self._batches.validating(who.company) >= self._max_waiting:
            raise _later(TOO_MANY_WAIT, self._max_waiting, _WAIT_FOR_VERDICTS)
        try:
            async with self._slots.take(who.company):
                yield
        except NoFreeSlot:
            raise _later(TOO_MANY_UPLOADS, self._slots.most, _WAIT) from None

    async def __call__(
        self,
        who: Principal,
        context: Context,
        file: ReceivedFile,
        *,
        replaces: str | None = None,
        key: str | None = None,
    ) -> Batch:
        """The new batch; the one that it `replaces` is superseded with it, or neither is recorded. The same `key` with
        the same file gets the first answer again.

        Raises Problem 403 `plan_required`, `deactivated` or `forbidden`, 404 for another company's batch in `replaces`,
        415 `not_xlsx` or `encrypted`, 422 `idempotency_key_reused`; `Refused` where the other can no longer be
        replaced.
        """
        await self._companies.require_plus(who.company, fresh=True)
        # By now that is as fresh.
        await self._standing.require_still_in(who)
        old = _batch_id(replaces)
        replaced = dict(await self._batches.record(who.company, old)) if old is not None else None
        await self._inspect(file)
        ref = await self._blobs.put(who.company, "original", file.content)
        reached("intake.kept")
        columns = await self._remembered(who, replaced)
        kept = File(file.name, ref.size, ref.sha256, ref.ref)
        new = NewBatch(uuid7(), who, context, kept, old, columns=columns)
        batch = (await self._store.run(lambda tx: _once(tx, key, new))).result
        reached("intake.recorded")
        log.info("batch", does="UploadBatch", batch_id=str(batch.id), bytes=ref.size, replaces=replaces)
        return batch

    async def _remembered(self, who: Principal, replaced: Mapping[str, Any] | None) -> ObjectRef | None:
        """What was said of columns: of those of the file that this one replaces, and of earlier ones."""
        known = dict((await self._columns.remembered(who.company)).columns)
        if replaced is not None:
            before = await self._columns.mapping(replaced)
            known = {**before.remembered, **known, **before.chosen}
        return await keep(self._blobs, who.company, ColumnMapping(remembered=known)) if known else None

    async def _inspect(self, received: ReceivedFile) -> None:
        # The sandbox opens files by their path, and a small upload has none: it is in memory.
        with NamedTemporaryFile(prefix="usher-upload-") as file:
            await asyncio.to_thread(_copy, received.content, file)
            try:
                objection = await inspect(self._sandbox, Path(file.name), received.name)
            except SandboxUnavailable:
                raise unavailable(NOT_LOOKED_INTO) from None
        match objection:
            case None:
                pass
            case "password" | "label":
                raise ENCRYPTED(detail=messages.encrypted(by_label=objection == "label"))
            case _:
                raise NOT_XLSX(detail=messages.not_xlsx(objection))


def _later(kind: ProblemType, count: int, seconds: int) -> Problem:
    return kind(count=count, headers={"Retry-After": str(seconds)})


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch about to be recorded. `corrections` are to be written into its file; `columns` is what was said of
    columns."""

    id: UUID
    who: Principal
    context: Context
    file: File
    replaces: UUID | None
    corrections: ObjectRef | None = None
    columns: ObjectRef | None = None


async def _once(tx: Transaction[Event], key: str | None, new: NewBatch) -> Batch:
    """Records the batch, unless the call with this key was made before: then what was answered then."""
    replaces = str(new.replaces) if new.replaces else None
    call = Call(new.who.company, CALL, key, fingerprint(new.file.sha256, new.file.name, replaces))

    async def effects() -> Answer:
        return Answer(202, body=(await record(tx, new)).model_dump_json().encode())

    return Batch.model_validate_json((await once(tx.conn, call, effects)).body)


async def record(tx: Transaction[Event], new: NewBatch) -> Batch:
    """Records it; the one that it replaces is superseded with it. Raises `Refused` and Problem 404."""
    company, batch_id, replaces = new.who.company, str(new.id), None
    if new.replaces is not None:
        replaces = str(new.replaces)
        await in_transaction(tx.conn, company, new.replaces)
        await tx.execute(BATCH, stream_of(replaces), SupersedeBatch(batch_id), of_batch(new.context, new.replaces))
        reached("intake.superseding")
    same = None if new.corrections else await same_content(tx.conn, company, new.file.sha256, replaces)
    warnings = () if same is None else (same_file_again(same["file_name"], str(same["id"])),)
    upload = BatchUploaded(
        batch_id, company, person(new.who), new.file, replaces, warnings, new.corrections, new.columns
    )
    await tx.execute(BATCH, stream_of(batch_id), UploadBatch(upload), of_batch(new.context, new.id))
    return view(await in_transaction(tx.conn, company, new.id))


def _copy(content: IO[bytes], file: IO[bytes]) -> None:
    content.seek(0)
    shutil.copyfileobj(content, file, 1 << 20)
    file.flush()
    content.seek(0)


def _batch_id(replaces: str | None) -> UUID | None:
    if not replaces:
        return None
    try:
        return UUID(replaces)
    except ValueError:
        raise NOT_TO_REPLACE() from None
