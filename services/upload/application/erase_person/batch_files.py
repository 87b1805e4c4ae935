"""The files, reviews and corrections of batches as a place.

An object is named by its content: without the person it is another one. It is put first; then events and read model
name it in place of the old one, in one transaction with the word that files were changed; then the old one goes. A
batch on which another service works is waited for: so nothing is taken from under it, and a batch is confirmed and
carried out as it was reviewed or not at all (docs/decisions/0063).
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import orjson
import structlog

from services.upload.application.command_bus import execute_on_batch
from services.upload.application.erase_person.groups import REFS, BatchRefs, by_numbers, from_before
from services.upload.application.erase_person.known_rows import known_in_batch
from services.upload.application.erase_person.objects import FILES, ObjectEraser, kind_of
from services.upload.application.erase_person.stored_refs import NewObject, with_new_objects
from services.upload.domain.batch.commands import TellFilesErased
from services.upload.domain.batch.events import FileKind, FilesErased
from services.upload.domain.stored_events import Event, corrections_stream, stream_of
from services.upload.formats.erased_objects import TheirRows, Value, erased_draft, private_values
from shared.core.crash_points import reached
from shared.erasure.known import Known
from shared.erasure.person import Person
from shared.erasure.place import not_while_rebuilt
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.jobs.queue import Retry
from shared.object_store.store import BlobMissing, Blobs
from shared.observability import current_traceparent
from shared.postgres.database import Connection, Pool

UNDER_WAY_SECONDS = 15.0
"""Until a batch is looked at again that another service works on."""
log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Change:
    """What a group of batches comes to. `made`: what stands in place of an object, None where it is gone."""

    theirs: Mapping[UUID, TheirRows]
    made: dict[str, NewObject | None] = field(default_factory=dict[str, "NewObject | None"])
    private: frozenset[Value] = frozenset()

    @property
    def rows(self) -> frozenset[int]:
        return frozenset[int]().union(*(each.rows for each in self.theirs.values()))

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.addresses for each in self.theirs.values()))

    def of(self, batch: BatchRefs) -> TheirRows:
        """Of one batch of the group, whose sheet stands where its own review says."""
        known = self.theirs.get(batch.id) or TheirRows()
        place = known.place or next((each.place for each in self.theirs.values() if each.place), None)
        return TheirRows(self.rows, self.addresses, place, known.delimiter)


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """The place. Raises Retry while a batch is under way, when all others are done."""

    store: EventStore[Event]
    blobs: Blobs
    eraser: ObjectEraser
    name: str = "files"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Company by company: the objects of its batches, then those that no batch refers to any more."""
        count, waits = 0, False
        async with pool.acquire() as conn:
            companies = [row["company_id"] for row in await conn.fetch(_COMPANIES, person.company)]
        for company_id in companies:
            async with pool.acquire() as conn:
                batches = await _batches(conn, company_id)
            old = from_before(batches, person.erased_at)
            kept = set[str]().union(*(each.objects for each in batches if each not in old))
            for group in by_numbers(old):
                if any(each.under_way for each in group):
                    waits = True
                else:
                    count += await self._group(company_id, group, person, kept)
        if waits:
            raise Retry(UNDER_WAY_SECONDS)
        return count + await self._unreferenced(pool, person)

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """What batches say of them, company by company."""
        async with pool.acquire() as conn:
            companies = [row["company_id"] for row in await conn.fetch(_COMPANIES, person.company)]
        for company_id in companies:
            async with pool.acquire() as conn:
                batches = await _batches(conn, company_id)
            for batch in batches:
                async for known in known_in_batch(self.name, self.eraser, batch, person):
                    yield known

    async def _group(self, company_id: UUID, group: Sequence[BatchRefs], person: Person, kept: Collection[str]) -> int:
        reviews = {each.id: ref for each in group if (ref := each.refs.get("rows_ref"))}
        change = _Change({id_: await self.eraser.rows_of(ref, person) for id_, ref in reviews.items()})
        if change.rows:
            change.private = await self._private(reviews.values(), change.rows)
        for batch in group:
            for ref in batch.objects - change.made.keys():
                await self._make(company_id, batch, ref, person, change)
        if not change.made:
            return 0
        reached("erasure.objects-put")
        await self.store.run(lambda tx: _record(tx, company_id, group, person, change))
        reached("erasure.batch-recorded")
        for ref in change.made.keys() - set(kept):
            await self.blobs.delete(ref)
        log.info("batch.erased", batches=len(group), objects=len(change.made))
        return len(change.made)

    async def _make(self, company_id: UUID, batch: BatchRefs, ref: str, person: Person, change: _Change) -> None:
        try:
            before, theirs = await self.blobs.get(ref), change.of(batch)
            is_file = kind_of(ref) in FILES
            after = await (self.eraser.file if is_file else self.eraser.other)(ref, person, theirs)
        except BlobMissing:
            return
        if after is None:
            change.made[ref] = None
        elif after != before:
            kept = await self.blobs.put(str(company_id), kind_of(ref), after)
            change.made[ref] = NewObject(kept.ref, kept.sha256, kept.size)

    async def _private(self, refs: Collection[str], rows: Collection[int]) -> frozenset[Value]:
        found = set[Value]()
        for ref in refs:
            try:
                found |= private_values(await self.blobs.get(ref), rows)
            except BlobMissing:
                continue
        return frozenset(found)

    async def _unreferenced(self, pool: Pool, person: Person) -> int:
        """What was put, and no batch refers to: a review that another one followed, rows that were left out of a draft.
        It is made anew where somebody asks; so where the person is in it, it goes."""
        count = 0
        async for page in self.blobs.pages():
            found = [
                each.ref
                for each in page
                if each.written_at < person.erased_at
                and (person.company is None or each.ref.startswith(f"{person.company}/"))
            ]
            async with pool.acquire() as conn:
                needed = {row["ref"] for row in await conn.fetch(_REFERENCED, found)} if found else set[str]()
            for ref in found:
                if ref not in needed and await self._is_in(ref, person):
                    await self.blobs.delete(ref)
                    count += 1
        return count

    async def _is_in(self, ref: str, person: Person) -> bool:
        try:
            if kind_of(ref) in FILES:
                return await self.eraser.file(ref, person, TheirRows()) != await self.blobs.get(ref)
            theirs = await self.eraser.rows_of(ref, person) if kind_of(ref) == "rows" else TheirRows()
            return await self.eraser.other(ref, person, theirs) != await self.blobs.get(ref)
        except BlobMissing:
            return False


async def _record(
    tx: Transaction[Event], company_id: UUID, group: Sequence[BatchRefs], person: Person, change: _Change
) -> None:
    """Events and read model name the new objects. Raises Retry where a batch has moved on since it was looked at, and
    while a read model is rebuilt."""
    await not_while_rebuilt(tx.conn)
    ids = [each.id for each in group]
    await tx.conn.execute("SELECT FROM batches WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids)
    present = {each.id: each for each in await _batches(tx.conn, company_id) if each.id in ids}
    if any(present.get(each.id) != each for each in group):
        raise Retry(0)
    for batch in group:
        for stream in (stream_of(str(batch.id)), corrections_stream(str(batch.id))):
            await _rewrite(tx.conn, stream, person, change)
    for batch in group:
        await _tell(tx, company_id, batch, person, change)


async def _rewrite(conn: Connection, stream: str, person: Person, change: _Change) -> None:
    draft = stream.startswith("corrections-")
    for row in await conn.fetch("SELECT version, data::text FROM events WHERE stream = $1 FOR UPDATE", stream):
        before = orjson.loads(row["data"])
        after = with_new_objects(before, change.made)
        if draft:
            after = erased_draft(after, person, change.rows, change.private)
        if after != before:
            await conn.execute(_REWRITE, stream, row["version"], orjson.dumps(after).decode())


async def _tell(tx: Transaction[Event], company_id: UUID, batch: BatchRefs, person: Person, change: _Change) -> None:
    changed = {name: ref for name in REFS if (ref := batch.refs.get(name)) in change.made and ref}
    if not changed:
        return
    for name, ref in changed.items():
        if new := change.made[ref]:
            await tx.conn.execute(f"UPDATE batches SET {name} = $2 WHERE id = $1", batch.id, new.ref)
            if name == "original_ref":
                size = "UPDATE batches SET file_size = $2, sha256 = $3 WHERE id = $1"
                await tx.conn.execute(size, batch.id, new.size, new.sha256)
    gone: tuple[FileKind, ...] = tuple(
        kind for kind in FILES if any(kind_of(ref) == kind and change.made[ref] is None for ref in changed.values())
    )
    own = change.theirs.get(batch.id)
    rows = len(own.rows & change.rows) if own and own.rows else len(change.rows)
    context = Context(str(batch.id), None, current_traceparent(), str(company_id), datetime.now(UTC))
    told = TellFilesErased(FilesErased(str(person.erasure_id), rows, gone))
    await execute_on_batch(tx, str(batch.id), told, context)


async def _batches(conn: Connection, company_id: UUID) -> list[BatchRefs]:
    return [
        BatchRefs(
            row["id"],
            row["uploaded_at"],
            row["status"],
            row["processed"],
            row["replaces"],
            row["undoes"],
            {name: row[name] for name in REFS},
        )
        for row in await conn.fetch(_BATCHES, company_id)
    ]


_COMPANIES = "SELECT DISTINCT company_id FROM batches WHERE $1::uuid IS NULL OR company_id = $1"
_BATCHES = f"""
SELECT id, uploaded_at, status, processed IS NOT NULL AS processed, replaces, undoes, {", ".join(REFS)}
FROM batches WHERE company_id = $1 ORDER BY uploaded_at, id
"""
_REWRITE = "UPDATE events SET data = $3::text::json WHERE stream = $1 AND version = $2"
_REFERENCED = f"""
SELECT DISTINCT o.ref
FROM batches b CROSS JOIN LATERAL unnest(ARRAY[{", ".join(f"b.{name}" for name in REFS)}]) AS o (ref)
WHERE o.ref = ANY ($1::text[])
"""
