"""What has changed since the last upload: each error is fixed, still there, or new."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.upload.read_models.rows import changed_errors as module
from services.upload.read_models.rows.changed_errors import (
    ChangedErrors,
    Comparisons,
    WrongCell,
    changed_errors,
    compare,
)
from services.upload.read_models.rows.problems import Group
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from tests.unit.upload.test_correct_batch import row
from tests.unit.upload.web.fake_uploads import book

REGION, TITLE = "Region", "Title"


def wrong(value: str | None, *rows: int, column: str = REGION, code: str = "region_unknown") -> Group:
    return Group(column, code, value, None, "No.", list(rows))


def places(cells: Sequence[WrongCell]) -> list[tuple[int, str | None, str | None]]:
    return [(cell.row, cell.column, cell.value) for cell in cells]


def said(changed: ChangedErrors) -> tuple[list[tuple[int, str | None, str | None]], ...]:
    return places(changed.fixed), places(changed.still), places(changed.new)


UK3, UK5, MARS7 = (3, REGION, "UK"), (5, REGION, "UK"), (7, REGION, "Mars")


@pytest.mark.parametrize(
    ("before", "now", "fixed", "still", "new"),
    [
        ([wrong("UK", 3, 5)], [wrong("UK", 5)], [UK3], [UK5], []),
        ([wrong("UK", 3)], [wrong("Mars", 7)], [UK3], [], [MARS7]),
        # The row above was deleted: the same error is one row higher up.
        ([wrong("UK", 6), wrong("Mars", 8)], [wrong("UK", 5), wrong("Mars", 7)], [], [UK5, MARS7], []),
        # The same row before any other: of two that are alike the one that was corrected is fixed.
        ([wrong("UK", 3, 5, 9)], [wrong("UK", 3, 5)], [(9, REGION, "UK")], [UK3, UK5], []),
        # Corrected, and still wrong.
        ([wrong("UK", 7)], [wrong("Mars", 7)], [], [MARS7], []),
        ([wrong("UK", 7)], [wrong("UK", 7, code="too_long")], [], [(7, REGION, "UK")], []),
        ([wrong("UK", 7)], [wrong("Mars", 7, column=TITLE)], [(7, REGION, "UK")], [], [(7, TITLE, "Mars")]),
        ([], [], [], [], []),
    ],
)
def test_an_error_is_fixed_still_there_or_new(
    before: list[Group], now: list[Group], fixed: object, still: object, new: object
) -> None:
    assert said(compare(before, now)) == (fixed, still, new)


GROUPS = st.dictionaries(st.integers(2, 9), st.sampled_from(["UK", "Mars", None])).map(
    lambda cells: [wrong(value, *(n for n in sorted(cells) if cells[n] == value)) for value in set(cells.values())]
)


@given(GROUPS, GROUPS)
def test_every_error_of_both_files_is_said_once(before: list[Group], now: list[Group]) -> None:
    changed = compare(before, now)
    present = [(row, each.column, each.value) for each in now for row in each.rows]
    assert sorted(map(repr, places(changed.still) + places(changed.new))) == sorted(map(repr, present))
    assert len(changed.fixed) + len(changed.still) == sum(len(each.rows) for each in before)
    assert places(compare(now, now).still) == places(compare(now, now).of("still"))
    assert (len(compare(now, now).fixed), len(compare(now, now).new)) == (0, 0)


@pytest.mark.anyio
async def test_two_reviews_are_compared_by_what_is_kept_of_them() -> None:
    sheets = [await ReviewedSheet.of(await book(rows)) for rows in ([row(3, "UK"), row(7, "Mars")], [row(7, "Mars")])]
    before, now = (sheet.problems for sheet in sheets if sheet)
    assert said(await changed_errors(before, now)) == ([UK3], [MARS7], [])
    assert said(await changed_errors(before, None)) == ([UK3, MARS7], [], [])


def test_of_many_errors_those_that_are_shown_are_made_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = [wrong("UK", *range(2, 5_000)), wrong("Mars", 9_000)], [wrong("UK", *range(2, 9_000))]
    changed = compare(before, now)
    made = list[int]()

    def make(cell: WrongCell, row: int) -> WrongCell:
        made.append(row)
        return replace(cell, row=row)

    monkeypatch.setattr(module, "replace", make)
    assert (len(changed.still), len(changed.new), len(changed.fixed)) == (4_998, 4_000, 1)
    assert places(changed.still[10:13]) == [(row, REGION, "UK") for row in (12, 13, 14)]
    assert places([changed.fixed[0]]) == [(9_000, REGION, "Mars")]
    assert len(made) == 4


@pytest.mark.anyio
async def test_the_same_reviews_are_compared_once_and_no_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, compared = 0, 0, list[object]()

    async def comparing(before: object, now: object) -> ChangedErrors:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        compared.append(before)
        return ChangedErrors([], [], [], values=3)

    monkeypatch.setattr(module, "changed_errors", comparing)
    comparisons = Comparisons(most_values=3)
    await asyncio.gather(*(comparisons.of(refs, None, None) for refs in [("a", "b"), ("a", "b"), ("b", "c")]))
    assert (len(compared), most) == (2, 1)
    large = Comparisons(most_values=2)
    for _ in range(2):
        await large.of(("a", "b"), None, None)
    assert len(compared) == 4
