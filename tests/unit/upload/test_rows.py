"""Pages of a review's rows."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import usher_contracts as contracts
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.rows import query as rows_module
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.rows.reviewed_sheet import RowNumbers
from services.upload.read_models.rows.view import Row
from shared.http.problems import Problem
from shared.object_store.row_blocks import BlockWriter
from shared.object_store.store import Blobs
from shared.people.identity import invited_id
from tests.unit.upload.examples import BATCH_ID, COMPANY_ID

pytestmark = pytest.mark.anyio
ID = UUID(BATCH_ID)
KNOWN = "0192f0c1-7c3e-7d2a-9f00-0000000000aa"


class Batches(BatchQueries):
    """Knows one batch."""

    def __init__(self, rows_ref: str | None, processed: str | None = None) -> None:
        self._rows_ref = rows_ref
        self._processed = processed

    async def record(self, company_id: str, batch_id: UUID) -> Any:
        assert (company_id, batch_id) == (COMPANY_ID, ID)
        return {"rows_ref": self._rows_ref, "processed": self._processed, "completed": None}


def row(number: int, outcome: str, name: str = "Ann", codes: tuple[str, ...] = ()) -> contracts.Row:
    errors = [
        {"code": code, "column": "Title", "message": "It is too long.", "value": 'a "quoted" value'} for code in codes
    ]
    values: Mapping[str, Any] = {"first_name": name, "custom_fields": {"Cost Center": "0042"}}
    data = {"row": number, "outcome": outcome, "email": f"u{number}@x.example", "values": values, "errors": errors}
    presumes = {"user_id": KNOWN if outcome == "change" else None, "version": 7}
    return contracts.Row.model_validate({**data, "presumes": presumes})


ROWS = [
    row(5, "invite"),
    row(6, "error", codes=("too_long",)),
    row(7, "change", "Zoë"),
    row(8, "error", codes=("too_long", "reports_to_unknown")),
    row(9, "invite", "STRASSE"),
]


@pytest.fixture
async def rows(tmp_path: Path) -> RowQueries:
    return await _stored(tmp_path, None)


async def _stored(tmp_path: Path, processed: str | None) -> RowQueries:
    writer = BlockWriter()
    for each in ROWS:
        writer.add(each.model_dump_json().encode(), [each.outcome, *(f"code:{e.code}" for e in each.errors)])
    blobs = Blobs(f"file://{tmp_path}")
    return RowQueries(Batches((await blobs.put(COMPANY_ID, "rows", writer.finish({}))).ref, processed), blobs)


async def numbers(rows: RowQueries, **filters: Any) -> list[int]:
    page = await rows.page(COMPANY_ID, ID, **filters)
    assert page.total == len(page.items)
    return [each.row for each in page.items]


async def test_all_rows_in_the_sheets_order_and_what_they_presume_is_not_told(rows: RowQueries) -> None:
    page = await rows.page(COMPANY_ID, ID)
    assert ([each.row for each in page.items], page.total, page.next_cursor) == ([5, 6, 7, 8, 9], 5, None)
    assert "presumes" not in page.model_dump_json()
    assert '"from"' not in page.model_dump_json()


async def test_rows_by_outcome_and_code(rows: RowQueries) -> None:
    assert await numbers(rows, outcome="invite") == [5, 9]
    assert await numbers(rows, code="too_long") == [6, 8]
    assert await numbers(rows, outcome="error", code="reports_to_unknown") == [8]
    assert await numbers(rows, outcome="invite", code="too_long") == await numbers(rows, outcome="unchanged") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [("u7@", [7]), ("zOË", [7]), ("0042", [5, 6, 7, 8, 9]), ('a "Quoted"', [6, 8]), ("straße", [9]), ("secret", []),
     ("first_name", []), (" ", [5, 6, 7, 8, 9])],
)  # fmt: skip
async def test_rows_with_words_in_what_the_admin_sees(rows: RowQueries, words: str, found: list[int]) -> None:
    assert await numbers(rows, q=words) == found


@dataclass
class Readings:
    """Who read rows, and how many at a time."""

    here: int = field(default_factory=threading.get_ident)
    on_the_loop: int = 0
    portions: list[int] = field(default_factory=list[int])


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    """Watches who reads rows; three are read at a time."""
    found = Readings()
    read, beside = Row.model_validate_json, asyncio.to_thread

    def seen(data: bytes) -> Row:
        found.on_the_loop += threading.get_ident() == found.here
        found.portions[-1] += 1
        return read(data)

    async def aside(do: Callable[..., Any], *about: Any) -> Any:
        found.portions.append(0)
        return await beside(do, *about)

    monkeypatch.setattr(rows_module, "_SCANNED", 3)
    monkeypatch.setattr(Row, "model_validate_json", seen)
    monkeypatch.setattr(asyncio, "to_thread", aside)
    return found


@pytest.mark.parametrize(("words", "read"), [('"quoted"', 2), ("\\", 0), ("0042", 5), ("nothing like it", 0)])
async def test_rows_are_searched_in_portions_beside_the_loop(
    rows: RowQueries, readings: Readings, words: str, read: int
) -> None:
    book = await rows.book(COMPANY_ID, ID)
    assert book
    assert len(await book.matching(book.labelled(), words)) == read
    assert (readings.on_the_loop, sum(readings.portions)) == (0, read), "those alone that may have it are read"
    assert max(readings.portions) <= 3


async def test_all_rows_of_a_label_are_read_in_portions_beside_the_loop(rows: RowQueries, readings: Readings) -> None:
    book = await rows.book(COMPANY_ID, ID)
    assert book
    assert len(await book.rows(book.labelled())) == 5
    assert await book.user_ids("change") == {UUID(KNOWN)}
    assert (readings.on_the_loop, sum(readings.portions), max(readings.portions)) == (0, 6, 3)


async def test_page_by_page(rows: RowQueries) -> None:
    chosen: list[dict[str, Any]] = [{}, {"outcome": "error"}, {"q": "0042"}]
    for filters in chosen:
        whole = await rows.page(COMPANY_ID, ID, **filters)
        seen, cursor = list[int](), None
        while True:
            page = await rows.page(COMPANY_ID, ID, limit=2, cursor=cursor, **filters)
            assert page.total == whole.total
            seen += [each.row for each in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert seen == [each.row for each in whole.items]


async def test_a_row_names_the_user_whom_it_is_about_once_there_is_one(tmp_path: Path) -> None:
    assert await _users(await _stored(tmp_path, None)) == {7: UUID(KNOWN)}
    invited = {number: invited_id(ID, f"u{number}@x.example") for number in (5, 9)}
    assert await _users(await _stored(tmp_path, "{}")) == {7: UUID(KNOWN), **invited}


async def _users(rows: RowQueries) -> dict[int, UUID]:
    return {each.row: each.user_id for each in (await rows.page(COMPANY_ID, ID)).items if each.user_id}


async def test_no_rows_before_the_validation(tmp_path: Path) -> None:
    page = await RowQueries(Batches(None), Blobs(f"file://{tmp_path}")).page(COMPANY_ID, ID)
    assert (page.items, page.total, page.next_cursor) == ([], 0, None)


async def test_rows_that_were_collected_are_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        await RowQueries(Batches("gone"), Blobs(f"file://{tmp_path}")).page(COMPANY_ID, ID)
    assert (caught.value.status, caught.value.code) == (404, "not_found")


@given(st.sets(st.integers(2, 400), max_size=60), st.sets(st.integers(2, 400)))
def test_rows_are_found_by_their_numbers_few_or_many(numbers: set[int], wanted: set[int]) -> None:
    rows = RowNumbers(sorted(numbers))
    expected = [at for at, number in enumerate(sorted(numbers)) if number in wanted]
    assert rows.places(wanted) == expected
    assert [at for row in sorted(wanted) for at in rows.places([row])] == expected
