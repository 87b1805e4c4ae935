"""Objects by content."""

import io
import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from shared.object_store.store import Blobs

pytestmark = pytest.mark.anyio


async def test_the_same_content_is_one_object(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    first = await blobs.put("c1", "original", b"hello")
    again = await blobs.put("c1", "original", io.BytesIO(b"hello"))
    assert first == again
    assert (first.ref, first.size) == (f"c1/original/{sha256(b'hello').hexdigest()}", 5)
    assert await blobs.get(first.ref) == b"hello"


async def test_companies_do_not_share_objects(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    assert (await blobs.put("c1", "original", b"x")).ref != (await blobs.put("c2", "original", b"x")).ref


async def test_a_half_written_object_is_written_again(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    ref = await blobs.put("c1", "original", b"whole content")
    (tmp_path / ref.ref).write_bytes(b"whole")
    assert await blobs.put("c1", "original", b"whole content") == ref
    assert await blobs.get(ref.ref) == b"whole content"


async def test_ranges_and_chunks_are_the_content(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    content = bytes(range(256)) * 100
    ref = (await blobs.put("c1", "k", content)).ref
    assert await blobs.ranges(ref, [0, 300], [10, 310]) == [content[:10], content[300:310]]
    assert b"".join([chunk async for chunk in blobs.stream(ref)]) == content
    assert await blobs.size(ref) == len(content) and await blobs.size("c1/k/none") is None


async def test_what_is_put_again_after_long_is_as_good_as_new(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    ref = (await blobs.put("c1", "original", b"x")).ref
    long_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    os.utime(tmp_path / ref, (long_ago.timestamp(), long_ago.timestamp()))
    assert await blobs.written_at(ref) == long_ago
    await blobs.put("c1", "original", b"x")
    assert (await blobs.written_at(ref) or long_ago) > long_ago + timedelta(days=29)


async def test_the_store_lists_what_was_put_and_nothing_else(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    refs = {(await blobs.put(company, "rows", b"x")).ref for company in ("c1", "c2")}
    (tmp_path / "c1" / "notes.txt").write_text("somebody else's")
    assert {kept.ref async for page in blobs.pages() for kept in page} == refs


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    ref = (await blobs.put("c1", "rows", b"x")).ref
    for _ in range(2):
        await blobs.delete(ref)
        assert await blobs.size(ref) is await blobs.written_at(ref) is None
