"""Taking a file in: for the HTTP interface and for the pages alike."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import IO, Literal
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services.upload.batch import BatchUploaded, Event, File, stream_of
from services.upload.batches.query import BatchQueries, in_transaction, same_content
from services.upload.batches.view import Batch
from services.upload.companies.query import Companies
from services.upload.decisions import BATCH, SupersedeBatch, UploadBatch
from services.upload.edge import of_batch, person, refusals
from services.upload.receiving import ReceivedFile
from services.upload.sentences import same_file_again
from shared.auth import Principal
from shared.blobs import Blobs
from shared.event_store import EventStore, Transaction
from shared.events import Context
from shared.http import Problem, not_found
from shared.people import messages

log = structlog.stdlib.get_logger(__name__)

Sniff = Callable[[IO[bytes]], Awaitable[Literal["not_xlsx", "encrypted"] | None]]
"""What speaks against a file at the first look, by its content; None where nothing does."""

_WAIT = 2
"""Seconds after which a company with too many uploads may try again."""


class Intake:
    """Checks a received file at once, keeps it by its content, and makes it a batch."""

    def __init__(
        self,
        store: EventStore[Event],
        blobs: Blobs,
        batches: BatchQueries,
        companies: Companies,
        sniff: Sniff,
        at_once: int,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._batches = batches
        self._companies = companies
        self._sniff = sniff
        self._at_once = at_once
        self._running: Counter[str] = Counter()

    @asynccontextmanager
    async def slot(self, who: Principal) -> AsyncGenerator[None]:
        """A company's place for one upload. Problem 429 where all are taken: one company's files, each of them spooled
        and looked into, must not take the process from the others."""
        company = who.company
        if self._running[company] >= self._at_once:
            raise Problem(
                429,
                "too_many_uploads",
                f"Your company is uploading {self._at_once} files already. Wait until one of them has arrived.",
                headers={"Retry-After": str(_WAIT)},
            )
        self._running[company] += 1
        try:
            yield
        finally:
            self._running[company] -= 1
            self._running += Counter()  # forgets companies that upload nothing any more

    async def accept(
        self, who: Principal, context: Context, file: ReceivedFile, *, replaces: str | None = None
    ) -> Batch:
        """The new batch; the one that it `replaces` is superseded with it, or neither is recorded.

        Problem 403 `plan_required`, 404 for another company's batch in `replaces`, 409 where that one can no longer be
        replaced, 415 `not_xlsx` or `encrypted`, 422 where `replaces` is no id.
        """
        await self._companies.require_plus(who.company, fresh=True)
        old = _batch_id(replaces)
        if old is not None:
            await self._batches.record(who.company, old)
        await self._look_at(file)
        ref = await self._blobs.put(who.company, "original", file.content)
        kept = File(file.name, ref.size, ref.sha256, ref.ref)
        batch_id = uuid7()

        async def work(tx: Transaction[Event]) -> None:
            await self._record(tx, who, of_batch(context, batch_id), batch_id, kept, old)

        with refusals():
            await self._store.run(work)
        log.info("batch", does="UploadBatch", batch_id=str(batch_id), bytes=kept.size, replaces=replaces)
        return await self._batches.get(who.company, batch_id)

    async def _look_at(self, file: ReceivedFile) -> None:
        match await self._sniff(file.content):
            case "not_xlsx":
                raise Problem(415, "not_xlsx", messages.not_xlsx())
            case "encrypted":
                raise Problem(415, "encrypted", messages.encrypted())
            case None:
                file.content.seek(0)

    async def _record(
        self, tx: Transaction[Event], who: Principal, context: Context, batch_id: UUID, file: File, old: UUID | None
    ) -> None:
        replaces = None if old is None else str(old)
        if old is not None:
            await in_transaction(tx.conn, who.company, old)
            await tx.execute(BATCH, stream_of(str(old)), SupersedeBatch(str(batch_id)), of_batch(context, old))
        same = await same_content(tx.conn, who.company, file.sha256, replaces)
        warnings = () if same is None else (same_file_again(same["file_name"], str(same["id"])),)
        upload = BatchUploaded(str(batch_id), who.company, person(who), file, replaces, warnings)
        await tx.execute(BATCH, stream_of(str(batch_id)), UploadBatch(upload), context)


def _batch_id(replaces: str | None) -> UUID | None:
    if not replaces:
        return None
    try:
        return UUID(replaces)
    except ValueError:
        raise not_found("Your company has no such batch to replace.") from None
