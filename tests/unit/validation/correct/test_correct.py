"""The corrected workbook: the cells that are corrected, and that nothing else has changed."""

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings
from shared.workbooks.correcting.correct import correct_in_child
from tests.unit.validation import raw_workbooks as raw

HEADERS = Headers(CompanySettings("Northwind"))
SHEET = "xl/worksheets/sheet1.xml"
HEAD = ("Email", "First Name", "Title")
Cells = Mapping[tuple[int, int], str]


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def person(number: int, *texts: str) -> str:
    return row(number, *(raw.inline(f"{'ABCDEF'[at]}{number}", escape(text)) for at, text in enumerate(texts)))


def corrections(cells: Cells, left_out: Sequence[int] = (), others: Sequence[int] = (), **more: Any) -> bytes:
    columns = dict[int, list[dict[str, Any]]]()
    for (number, column), value in cells.items():
        columns.setdefault(column, []).append({"value": value, "rows": [[number, number]]})
    made = {
        "part": SHEET,
        "header_row": 1,
        "header_column": 2,
        "columns": [{"index": at, "values": values} for at, values in columns.items()],
        "left_out": [[number, number] for number in left_out],
        "others": [[number, number] for number in others],
    }
    return orjson.dumps(made | more)


def corrected(path: Path, data: bytes) -> tuple[bytes, bytes]:
    """The corrected workbook and that of the rows that were left out."""
    answer = correct_in_child(str(path), data)
    assert answer[:1] == b"+", answer
    (length,) = struct.unpack(">Q", answer[1:9])
    return answer[9 : 9 + length], answer[9 + length :]


def read(data: bytes, tmp_path: Path) -> dict[int, Sequence[str]]:
    path = tmp_path / "read.xlsx"
    path.write_bytes(data)
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading), found
    return {each.number: each.cells for each in found.rows}


def part(data: bytes, name: str = SHEET) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def make(sheet_data: str, before: str = "", behind: str = "", strings: str | None = None) -> Path:
        path = tmp_path / "book.xlsx"
        path.write_bytes(raw.workbook(raw.sheet(sheet_data, before, behind), strings))
        return path

    return make


PEOPLE = "".join((person(1, *HEAD), person(2, "a@b.example", "Ann", "AE"), person(3, "c@d.example", "Cy", "AM")))


def test_a_cell_gets_its_value_and_every_other_byte_stays(written: Any, tmp_path: Path) -> None:
    path = written(PEOPLE)
    after, rest = corrected(path, corrections({(3, 2): "CFO"}))
    assert read(after, tmp_path)[3] == ["c@d.example", "Cy", "CFO"]
    assert rest == b""
    before = part(path.read_bytes())
    assert part(after) == before.replace(raw.inline("C3", "AM"), re.findall('<c r="C3".*?</c>', part(after))[0])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        assert {n: old.read(n) for n in old.namelist() if n != SHEET} == {
            n: new.read(n) for n in new.namelist() if n != SHEET
        }


@pytest.mark.parametrize("value", ["007", "=1+1", "+49", "_x0041_", "a & <b>", "  Ann  ", "日本", "x" * 1000])
def test_a_value_is_read_as_it_was_typed(written: Any, tmp_path: Path, value: str) -> None:
    after, _ = corrected(written(PEOPLE), corrections({(2, 1): value}))
    assert read(after, tmp_path)[2][1] == value
    sheet = openpyxl.load_workbook(io.BytesIO(after)).worksheets[0]
    assert sheet["B2"].data_type == "s"


@pytest.mark.parametrize("value", ["A\x01nn", "\x00", "A\x1fnn", "\ufffe", "_x0001_\x01"])
def test_what_no_xml_can_hold_is_kept_so_that_it_is_found_when_it_is_judged(
    written: Any, tmp_path: Path, value: str
) -> None:
    after, _ = corrected(written(PEOPLE), corrections({(2, 1): value}))
    assert read(after, tmp_path)[2][1] == value


def test_a_blank_value_leaves_a_blank_cell_with_its_format(written: Any, tmp_path: Path) -> None:
    after, _ = corrected(written(PEOPLE.replace('<c r="C3"', '<c s="0" r="C3"')), corrections({(3, 2): ""}))
    assert read(after, tmp_path)[3] == ["c@d.example", "Cy", ""]
    assert '<c r="C3" s="0"/>' in part(after)


def test_a_cell_that_was_not_there_is_put_in_its_place(written: Any, tmp_path: Path) -> None:
    rows = person(1, *HEAD) + row(2, raw.inline("A2", "a@b.example"), raw.inline("C2", "AE"))
    after, _ = corrected(written(rows), corrections({(2, 1): "Ann"}))
    assert read(after, tmp_path)[2] == ["a@b.example", "Ann", "AE"]
    assert re.findall(r'r="([A-C]2)"', part(after)) == ["A2", "B2", "C2"]


def test_a_row_that_is_left_out_is_gone_and_the_rows_below_keep_their_numbers(written: Any, tmp_path: Path) -> None:
    behind = '<conditionalFormatting sqref="A3"/>'
    after, rest = corrected(written(PEOPLE, behind=behind), corrections({}, left_out=[2], others=[3]))
    assert read(after, tmp_path) == {3: ["c@d.example", "Cy", "AM"]}
    assert '<row r="2"' not in part(after)
    assert behind in part(after)
    assert read(rest, tmp_path) == {2: ["a@b.example", "Ann", "AE"]}


def test_a_formulas_cell_gets_the_value_and_the_order_to_calculate_in_goes(written: Any, tmp_path: Path) -> None:
    formula = '<c r="B2" t="str"><f>UPPER("ann")</f><v>ANN</v></c>'
    path = written(person(1, *HEAD) + row(2, raw.inline("A2", "a@b.example"), formula))
    after, _ = corrected(path, corrections({(2, 1): "Ann"}))
    assert read(after, tmp_path)[2] == ["a@b.example", "Ann", ""]
    assert "<f>" not in part(after)


def _shared(at: int, told: str | None) -> str:
    words = f'<f t="shared" ref="B2:B4" si="0">{told}</f>' if told else '<f t="shared" si="0"/>'
    return row(at, raw.inline(f"A{at}", f"p{at}@b.example"), f'<c r="B{at}" t="str">{words}<v>P{at}</v></c>')


@pytest.mark.parametrize("how", ["corrected", "left out"])
def test_the_next_cell_tells_a_formula_that_others_share(written: Any, tmp_path: Path, how: str) -> None:
    rows = person(1, *HEAD) + _shared(2, "UPPER(A2)&amp;$A$1") + _shared(3, None) + _shared(4, None)
    what = corrections({(2, 1): "Ann"}) if how == "corrected" else corrections({}, left_out=[2])
    after, _ = corrected(written(rows), what)
    assert '<f t="shared" ref="B3:B4" si="0">UPPER(A3)&amp;$A$1</f>' in part(after)
    assert '<c r="B4" t="str"><f t="shared" si="0"/>' in part(after)
    assert {n: cells[1] for n, cells in read(after, tmp_path).items() if n > 2} == {3: "P3", 4: "P4"}


def test_an_array_of_which_a_part_is_corrected_keeps_its_values(written: Any, tmp_path: Path) -> None:
    first = '<c r="B2" t="str"><f t="array" ref="B2:B3">UPPER(A2:A3)</f><v>ANN</v></c>'
    rows = (
        person(1, *HEAD)
        + row(2, raw.inline("A2", "a@b.example"), first)
        + row(3, raw.inline("A3", "c@d.example"), '<c r="B3" t="str"><v>CY</v></c>')
    )
    after, _ = corrected(written(rows), corrections({(3, 1): "Cyril"}))
    assert [cells[1] for cells in read(after, tmp_path).values()] == ["ANN", "Cyril"]
    assert "array" not in part(after)
    whole, _ = corrected(written(rows), corrections({(3, 2): "AE"}))
    assert 't="array" ref="B2:B3"' in part(whole)


def test_merged_cells_of_which_one_is_corrected_are_taken_apart(written: Any, tmp_path: Path) -> None:
    rows = person(1, *HEAD) + "".join(
        row(n, raw.inline(f"A{n}", f"p{n}@b.example"), *([raw.inline("C2", "Boss")] if n == 2 else []))
        for n in (2, 3, 4)
    )
    merges = '<mergeCells count="2"><mergeCell ref="C2:C4"/><mergeCell ref="E1:F1"/></mergeCells>'
    after, _ = corrected(written(rows, behind=merges), corrections({(3, 2): "AE"}))
    assert [cells[2] for cells in read(after, tmp_path).values()] == ["Boss", "AE", "Boss"]
    assert '<mergeCells count="1"><mergeCell ref="E1:F1"/></mergeCells>' in part(after)
    gone, _ = corrected(written(rows, behind=merges), corrections({}, left_out=[2]))
    assert [cells[2] for cells in read(gone, tmp_path).values()] == ["Boss", "Boss"]
    alone = merges.replace('<mergeCell ref="E1:F1"/>', "").replace('count="2"', 'count="1"')
    assert "mergeCells" not in part(corrected(written(rows, behind=alone), corrections({(3, 2): "AE"}))[0])


def test_merged_cells_beside_what_is_corrected_stay(written: Any) -> None:
    merges = '<mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells>'
    after, _ = corrected(written(PEOPLE, behind=merges), corrections({(2, 1): "Anna"}))
    assert merges in part(after)


UNDER_ITS_HEADER = row(1, raw.inline("A1", "Email"), raw.inline("B1", "First Name"), raw.inline("C1", "Title")) + (
    row(2, raw.inline("A2", "p2@b.example"), raw.inline("B2", "Ann"), raw.inline("C2", "unseen"))
    + person(3, "p3@b.example", "Bo", "AE")
)


@pytest.mark.parametrize(("merged", "left"), [("C1:C2", None), ("C1:D2", "C1:D1"), ("C1:C3", None)])
def test_a_header_merged_into_the_rows_below_ends_where_one_of_them_is_corrected(
    written: Any, tmp_path: Path, merged: str, left: str | None
) -> None:
    path = written(UNDER_ITS_HEADER, behind=f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>')
    shown = read(path.read_bytes(), tmp_path)
    after, _ = corrected(path, corrections({(2, 2): "AE"}))
    assert read(after, tmp_path) == {**shown, 2: ["p2@b.example", "Ann", "AE"]}
    assert (f'count="1"><mergeCell ref="{left}"/>' if left else "<x") in part(after).replace("<row", "<x")
    assert left or "mergeCell" not in part(after)
    unseen, _ = corrected(path, corrections({(2, 0): "ann@b.example"}))
    assert read(unseen, tmp_path) == {**shown, 2: ["ann@b.example", "Ann", ""]}
    assert merged in part(unseen), "nothing under the header has changed"


@pytest.mark.parametrize("merged", ["A1:A2", "C1:C2", "A1:C2"])
def test_a_row_under_a_header_that_reaches_into_it_is_left_out(written: Any, tmp_path: Path, merged: str) -> None:
    path = written(UNDER_ITS_HEADER, behind=f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>')
    after, rest = corrected(path, corrections({}, left_out=[2], others=[3]))
    assert 'r="2"' not in part(after)
    assert merged not in part(after), "the header ends above where the row was"
    assert 'r="3"' not in part(rest)
    assert merged in part(rest)


def test_a_column_that_is_missing_stands_behind_the_others(written: Any, tmp_path: Path) -> None:
    columns = [{"index": 3, "header": "Region", "values": [{"value": "EMEA", "rows": [[2, 3]]}]}]
    path = written(PEOPLE, before='<dimension ref="A1:C3"/>')
    after, _ = corrected(path, corrections({}, columns=columns))
    assert {n: cells[3] for n, cells in read(after, tmp_path).items()} == {2: "EMEA", 3: "EMEA"}
    assert '<dimension ref="A1:D3"/>' in part(after)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}", b"its corrections are damaged"),
        (corrections({(9, 1): "x"}), b"its rows are not where they were when it was read"),
        (corrections({}, part="xl/worksheets/none.xml"), b"one of its parts is missing"),
    ],
)
def test_what_does_not_fit_the_workbook_is_refused(written: Any, data: bytes, why: bytes) -> None:
    assert correct_in_child(str(written(PEOPLE)), data) == b"-" + why


@st.composite
def sheets(draw: st.DrawFn) -> tuple[dict[int, list[str]], Cells, set[int]]:
    """People in any rows, some of them corrected, some left out."""
    texts = st.text("aé<&> =_x0", min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
    numbers = draw(st.lists(st.integers(2, 40), min_size=1, max_size=12, unique=True))
    people = {n: [f"p{n}@b.example", draw(texts), draw(texts)] for n in sorted(numbers)}
    places = st.tuples(st.sampled_from(sorted(people)), st.integers(1, 2))
    cells = draw(st.dictionaries(places, texts, max_size=8))
    return people, cells, set(draw(st.lists(st.sampled_from(sorted(people)), unique=True, max_size=3)))


@given(sheets(), st.booleans())
def test_every_cell_holds_what_it_held_or_its_correction(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[dict[int, list[str]], Cells, set[int]], prefixed: bool
) -> None:
    people, cells, left_out = drawn
    tmp_path = tmp_path_factory.mktemp("any")
    data = person(1, *HEAD) + "".join(person(n, *texts) for n, texts in people.items())
    path = tmp_path / "book.xlsx"
    sheet = raw.sheet(data)
    if prefixed:
        sheet = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", sheet).replace("xmlns=", "xmlns:x=")
    path.write_bytes(raw.workbook(sheet))
    before = read(path.read_bytes(), tmp_path)
    others = [n for n in people if n not in left_out]
    after, rest = corrected(path, corrections(cells, sorted(left_out), others))
    expected = {
        n: [cells.get((n, at), text) for at, text in enumerate(texts)]
        for n, texts in before.items()
        if n not in left_out
    }
    if expected:
        assert read(after, tmp_path) == expected
    if left_out:
        assert read(rest, tmp_path) == {n: texts for n, texts in before.items() if n in left_out}
