"""The errors of a review in groups."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from services.validation.domain.validation.judgement import JudgedRow
from services.validation.formats.row_records import RowsObject
from shared.object_store.row_blocks import BlockReader
from shared.object_store.store import Blobs
from shared.people.model import Finding

pytestmark = pytest.mark.anyio


def wrong(number: int, *errors: Finding) -> JudgedRow:
    return JudgedRow(number, "error" if errors else "invite", "a@b.example", {}, errors, (), (), None)


def region(value: str | None, suggestion: str | None = None) -> Finding:
    return Finding("region_unknown", "Region", "It is not in your list.", value, suggestion)


async def groups(tmp_path: Path, *rows: JudgedRow) -> tuple[BlockReader, list[dict[str, Any]]]:
    kept, blobs = RowsObject(), Blobs(f"file://{tmp_path}")
    for row in rows:
        kept.add(row)
    reader = await BlockReader.open(blobs, (await blobs.put("company", "rows", kept.finish({}))).ref)
    nested = await reader.nested("problems")
    assert nested is not None
    return nested, [orjson.loads(record) async for record in nested.all()]


async def test_a_repeated_value_is_one_group_and_the_most_frequent_is_first(tmp_path: Path) -> None:
    title = Finding("too_long", "Title", "It is too long.", "x")
    nested, found = await groups(
        tmp_path,
        wrong(2, region("Mars"), title),
        wrong(3, region("UK", "UKI")),
        wrong(5),
        wrong(7, region("UK", "UKI")),
    )
    assert [(each["value"], each["rows"]) for each in found] == [("UK", [3, 7]), ("Mars", [2]), ("x", [2])]
    assert nested.meta == {
        "columns": [["Region", 3, 2], ["Title", 1, 2]],
        "codes": [["region_unknown", 3, 2], ["too_long", 1, 2]],
        "suggested": 2,
    }


async def test_a_row_that_is_wrong_twice_in_a_column_counts_once(tmp_path: Path) -> None:
    duplicate = Finding("email_duplicate", "Email", "It is in another row.", "a@b")
    nested, found = await groups(tmp_path, wrong(2, duplicate, Finding("email_invalid", "Email", "It is none.", "a@b")))
    assert len(found) == 2
    assert nested.meta["columns"] == [["Email", 1, 2]]


async def test_a_file_without_errors_has_no_groups(tmp_path: Path) -> None:
    nested, found = await groups(tmp_path, wrong(2))
    assert (nested.count, found, nested.meta["suggested"]) == (0, [], 0)
