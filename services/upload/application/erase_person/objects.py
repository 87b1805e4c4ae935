"""One object of a batch without a person: what it is from now on, or that it cannot be made."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from services.upload.formats.erased_objects import (
    TheirRows,
    erased_columns,
    erased_corrections,
    erased_mapping,
    erased_rows,
    their_rows,
)
from shared.erasure.person import Person
from shared.object_store.store import BlobMissing, Blobs
from shared.sandbox.pool import Sandbox
from shared.workbooks.erasing import Wanted, addresses, erase
from shared.workbooks.errors import CannotPatch

FILES = ("original", "annotated", "left-out")
"""The kinds of objects that are workbooks, or texts with values."""


def kind_of(ref: str) -> str:
    """What kind of object it is, as it was put."""
    return ref.split("/")[1]


@dataclass(frozen=True, slots=True)
class ObjectEraser:
    """Makes them. Raises BlobMissing for what is not there, SandboxUnavailable (try again later)."""

    blobs: Blobs
    sandbox: Sandbox

    async def rows_of(self, ref: str, person: Person) -> TheirRows:
        """Which rows of a review are theirs; none where it is no longer kept."""
        try:
            data = await self.blobs.get(ref)
        except BlobMissing:
            return TheirRows()
        return await asyncio.to_thread(their_rows, data, person)

    async def file(self, ref: str, person: Person, theirs: TheirRows) -> bytes | None:
        """A workbook or text without them: the very same where they are not in it, None where it can't be made."""
        with NamedTemporaryFile(prefix="usher-") as file:
            file.write(before := await self.blobs.get(ref))
            file.flush()
            try:
                found = await addresses(self.sandbox, Path(file.name))
                keys = theirs.addresses | set(filter(person.has_address, found))
                if not theirs.rows and not keys:
                    return before
                wanted = Wanted(frozenset(keys), person.marker, theirs.place, theirs.rows, theirs.delimiter)
                return (await erase(self.sandbox, Path(file.name), wanted)).file
            except CannotPatch:
                return None

    async def other(self, ref: str, person: Person, theirs: TheirRows) -> bytes:
        """Rows, columns, corrections and mappings without them: the very same where they are not in it."""
        data = await self.blobs.get(ref)
        match kind_of(ref):
            case "rows":
                return await asyncio.to_thread(erased_rows, data, person, theirs.rows)
            case "columns":
                return erased_columns(data, person, bool(theirs.rows))
            case "corrections":
                return erased_corrections(data, person, theirs.rows)
            case "column-mapping":
                return erased_mapping(data, person)
            case _:
                return data
