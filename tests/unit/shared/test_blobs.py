"""Objects by content."""

import io
from hashlib import sha256
from pathlib import Path

import pytest

from shared.blobs import Blobs

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
