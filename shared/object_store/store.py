"""Objects by content: what is stored is named by its SHA-256, below its company and kind."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

_PART = 5 * 1024 * 1024
_OURS = re.compile(r"[^/]+/[^/]+/[0-9a-f]{64}")
"""How ``put`` names objects. A bucket may hold others."""
_FRESH = timedelta(days=1)
_LISTED = 1_000


class BlobMissing(Exception):
    """No object stands under this reference: it was collected, or the store is not the one it was written to."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Where an object is, the hex SHA-256 of its content, and its size in bytes."""

    ref: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that is there, and when it was written last."""

    ref: str
    written_at: datetime


class Blobs:
    """An object store: a local folder (``file:///…``), ``s3://``, ``gs://`` or ``az://``; credentials come from the
    environment, as the store's own SDK reads them."""

    def __init__(self, url: str) -> None:
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            self._store: ObjectStore = LocalStore(folder)
        else:
            self._store = from_url(url)

    async def put(self, company_id: str, kind: str, data: bytes | IO[bytes]) -> Ref:
        """Stores ``data`` (a seekable file is streamed) and returns its reference. What is there already stays, or is
        written anew where that was long ago: so what was just put is never old for garbage_collector.py."""
        # In a thread: hashing 35 MiB takes a tenth of a second, and others are being answered meanwhile.
        sha256, size = await asyncio.to_thread(_digest, data)
        ref = f"{company_id}/{kind}/{sha256}"
        known = await self._head(ref)
        if known is None or known["size"] != size or known["last_modified"] < datetime.now(UTC) - _FRESH:
            await obstore.put_async(self._store, ref, data)
        return Ref(ref, sha256, size)

    async def get(self, ref: str) -> bytes:
        """The whole object. Raises BlobMissing."""
        try:
            return bytes(await (await obstore.get_async(self._store, ref)).bytes_async())
        except FileNotFoundError as error:
            raise BlobMissing(ref) from error

    async def stream(self, ref: str) -> AsyncIterator[bytes]:
        """The object in chunks. Raises BlobMissing before the first one."""
        try:
            result = await obstore.get_async(self._store, ref)
        except FileNotFoundError as error:
            raise BlobMissing(ref) from error
        async for chunk in result.stream(min_chunk_size=_PART):
            yield bytes(chunk)

    async def ranges(self, ref: str, starts: Sequence[int], ends: Sequence[int]) -> list[bytes]:
        """Several byte ranges, ``ends`` exclusive, in one call that joins near ones. Raises BlobMissing."""
        try:
            return [bytes(b) for b in await obstore.get_ranges_async(self._store, ref, starts=starts, ends=ends)]
        except FileNotFoundError as error:
            raise BlobMissing(ref) from error

    async def size(self, ref: str) -> int | None:
        """Bytes of the object, None where there is none."""
        known = await self._head(ref)
        return None if known is None else int(known["size"])

    async def written_at(self, ref: str) -> datetime | None:
        """When the object was written last, None where there is none."""
        known = await self._head(ref)
        return None if known is None else known["last_modified"]

    async def pages(self) -> AsyncIterator[Sequence[Kept]]:
        """All objects of all companies, a thousand at a time, in any order. What ``put`` did not name is left out."""
        listed: AsyncIterator[Sequence[Any]] = obstore.list(self._store, chunk_size=_LISTED)  # pyright: ignore[reportUnknownMemberType]  # bare types
        async for page in listed:
            yield [Kept(meta["path"], meta["last_modified"]) for meta in page if _OURS.fullmatch(meta["path"])]

    async def delete(self, ref: str) -> None:
        """Deletes the object, which may be gone already."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, ref)

    async def _head(self, ref: str) -> Any:
        try:
            return await obstore.head_async(self._store, ref)
        except FileNotFoundError:
            return None


def _digest(data: bytes | IO[bytes]) -> tuple[str, int]:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest(), len(data)
    data.seek(0)
    digest = hashlib.file_digest(data, "sha256")  # pyright: ignore[reportArgumentType]  # any binary file will do
    size = data.seek(0, 2)
    data.seek(0)
    return digest.hexdigest(), size
