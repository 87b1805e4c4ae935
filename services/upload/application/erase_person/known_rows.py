"""What batches say of a person: their rows in reviews with all that these say, rows of others that name them, and in
which files they are. Of files that have a review without them no other column is looked into: that takes minutes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson

from services.upload.application.erase_person.groups import BatchRefs
from services.upload.application.erase_person.objects import FILES, ObjectEraser, kind_of
from services.upload.formats.erased_objects import their_rows
from shared.erasure.known import Known, known_in
from shared.erasure.person import Person
from shared.object_store.rewritten_blocks import records_of
from shared.object_store.store import BlobMissing
from shared.workbooks.erasing import addresses
from shared.workbooks.errors import CannotPatch


async def known_in_batch(place: str, eraser: ObjectEraser, batch: BatchRefs, person: Person) -> AsyncIterator[Known]:
    """All of it; nothing where its objects are no longer kept. Raises SandboxUnavailable."""
    rows, reviewed = list[Known](), False
    if ref := batch.refs.get("rows_ref"):
        try:
            data = await eraser.blobs.get(ref)
        except BlobMissing:
            return
        rows, reviewed = await asyncio.to_thread(_rows, place, batch, data, person), True
    for row in rows:
        yield row
    numbers = ", ".join(row.id.partition("#")[2] for row in rows)
    for name, ref in batch.refs.items():
        if ref and kind_of(ref) in FILES and (rows or (not reviewed and await _is_in(eraser, ref, person))):
            id_ = f"{batch.id}:{name.removesuffix('_ref')}"
            yield Known(place, id_, {"rows": numbers}, "file", batch.uploaded_at)


def _rows(place: str, batch: BatchRefs, data: bytes, person: Person) -> list[Known]:
    theirs, found = their_rows(data, person).rows, list[Known]()
    for raw in records_of(data):
        row = orjson.loads(raw)
        if said := known_in(row, person, theirs=row["row"] in theirs):
            id_ = f"{batch.id}#{row['row']}"
            found.append(Known(place, id_, said, "row", batch.uploaded_at, theirs=row["row"] in theirs))
    return found


async def _is_in(eraser: ObjectEraser, ref: str, person: Person) -> bool:
    """Whether they stand in a file that nobody has reviewed; of one that can't be looked through nobody knows."""
    with NamedTemporaryFile(prefix="usher-") as file:
        try:
            file.write(await eraser.blobs.get(ref))
            file.flush()
            return any(map(person.has_address, await addresses(eraser.sandbox, Path(file.name))))
        except (BlobMissing, CannotPatch):
            return False
