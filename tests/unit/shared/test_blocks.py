"""Records in blocks: any page is what a plain list would give."""

from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.object_store.row_blocks import BLOCK, BlockReader, BlockWriter
from shared.object_store.store import BlobMissing, Blobs

pytestmark = pytest.mark.anyio
LABELS = ("a", "b", "c")


async def written(folder: Path, labels: list[set[str]]) -> BlockReader:
    writer = BlockWriter()
    for n, of_record in enumerate(labels):
        writer.add(orjson.dumps({"n": n}), sorted(of_record))
    blobs = Blobs(f"file://{folder}")
    ref = await blobs.put("company", "records", writer.finish({"of": len(labels)}))
    return await BlockReader.open(blobs, ref.ref)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    labels=st.lists(st.sets(st.sampled_from(LABELS)), max_size=3 * BLOCK + 1),
    label=st.sampled_from((None, *LABELS)),
    after=st.integers(-1, 2 * BLOCK),
    limit=st.integers(1, BLOCK),
)
async def test_a_page_is_a_slice(
    tmp_path: Path, labels: list[set[str]], label: str | None, after: int, limit: int
) -> None:
    reader = await written(tmp_path, labels)
    wanted = [n for n, of in enumerate(labels) if n > after and (label is None or label in of)][:limit]
    page = await reader.page(label, after, limit)
    assert [(n, orjson.loads(record)) for n, record in page] == [(n, {"n": n}) for n in wanted]
    assert reader.counts == {one: total for one in LABELS if (total := sum(one in of for of in labels))}


async def test_all_records_come_in_order(tmp_path: Path) -> None:
    reader = await written(tmp_path, [set()] * (20 * BLOCK + 3))
    numbers = [orjson.loads(record)["n"] async for record in reader.all()]
    assert numbers == list(range(20 * BLOCK + 3))
    assert reader.meta == {"of": 20 * BLOCK + 3}


async def test_an_index_larger_than_the_first_read_is_read_whole(tmp_path: Path) -> None:
    reader = await written(tmp_path, [{f"label {n} {hash(str(n))}"} for n in range(8_000)])
    assert len(reader.counts) == 8_000


async def test_a_reference_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    with pytest.raises(BlobMissing):
        await Blobs(f"file://{tmp_path}").get("company/records/none")


async def test_a_section_is_fetched_by_its_name_and_may_be_such_an_object_itself(tmp_path: Path) -> None:
    inner, outer = BlockWriter(), BlockWriter()
    for n in range(2 * BLOCK):
        inner.add(b"%d" % n, ["even"] if n % 2 == 0 else [])
    outer.add(b"record", ["one"])
    data = outer.finish({"of": 1}, {"plain": b"bytes", "inner": inner.finish({"inside": True})})
    blobs = Blobs(f"file://{tmp_path}")
    reader = await BlockReader.open(blobs, (await blobs.put("company", "records", data)).ref)
    nested = await reader.nested("inner")
    assert nested is not None
    assert (await reader.section("plain"), await reader.section("none"), await reader.nested("none")) == (
        b"bytes",
        None,
        None,
    )
    assert (nested.meta, nested.count) == ({"inside": True}, 2 * BLOCK)
    assert [record for _, record in await nested.page("even", BLOCK, 2)] == [b"%d" % (BLOCK + 2), b"%d" % (BLOCK + 4)]
    assert [record async for record in reader.all()] == [b"record"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 2 * BLOCK + 1), needles=st.sets(st.integers(0, 3 * BLOCK), min_size=1, max_size=3))
async def test_records_that_hold_one_of_some_bytes_are_found(tmp_path: Path, count: int, needles: set[int]) -> None:
    reader = await written(tmp_path, [set()] * count)
    found = await reader.records(range(1, count), [orjson.dumps({"n": n}) for n in needles])
    assert [n for n, _ in found] == [n for n in sorted(needles) if 1 <= n < count]
