"""A file without a person: their rows are blank, their address stands nowhere, and all else is as it was."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from shared.people.address import compare_form
from shared.people.mentions import keys_in, without
from shared.workbooks.erasing.erase import addresses_in_child, erase_in_child
from shared.workbooks.erasing.model import Place, Wanted
from tests.unit.validation import raw_workbooks as raw

QUILLON = "zebedee.quillon@northwind.example"
MARKER = "erased-7f3a@erased.invalid"
HEAD = ("Email", "First Name", "Last Name", "Reports To", "Phone")
SHEET = "xl/worksheets/sheet1.xml"
OTHERS = (
    ("ada@northwind.example", "Ada", "Lee", "", "0101"),
    ("bo@northwind.example", "Bo", "Lee", QUILLON, "0102"),
)
THEIRS = (QUILLON, "Zebedee", "Quillon", "ada@northwind.example", "0199")
Book = Callable[..., Path]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    def make(
        *rows: Sequence[Any],
        head: Sequence[str] = HEAD,
        change: Callable[[openpyxl.Workbook], None] | None = None,
    ) -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.worksheets[0]
        for each in (head, *rows):
            sheet.append(list(each))
        if change:
            change(workbook)
        path = tmp_path / "book.xlsx"
        workbook.save(path)
        return path

    return make


def wanted(**more: Any) -> Wanted:
    return Wanted(frozenset({compare_form(QUILLON)}), MARKER, **more)


def erased(path: Path, what: Wanted | None = None) -> tuple[bytes, int]:
    answer = erase_in_child(str(path), (what or wanted()).dumps())
    assert answer[:1] == b"+", answer
    return answer[9:], int.from_bytes(answer[1:9])


def refused(path: Path) -> str:
    answer = erase_in_child(str(path), wanted().dumps())
    assert answer[:1] == b"-", answer[:1]
    return answer[1:].decode()


def values(data: bytes, sheet: int = 0) -> list[list[Any]]:
    cells = openpyxl.load_workbook(io.BytesIO(data)).worksheets[sheet]
    return [list(row) for row in cells.iter_rows(values_only=True)]


def parts(data: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def holds(data: bytes, *texts: str) -> list[tuple[str, str]]:
    return [
        (name, text)
        for name, part in parts(data).items()
        for text in texts
        if text.lower().encode() in part.lower() or text.encode("utf-16-le") in part
    ]


def test_their_row_is_blank_and_others_keep_their_rows_and_numbers(book: Book) -> None:
    made, rows = erased(book(OTHERS[0], THEIRS, OTHERS[1]))
    assert rows == 1
    assert values(made) == [
        list(HEAD),
        ["ada@northwind.example", "Ada", "Lee", None, "0101"],
        [None] * 5,
        ["bo@northwind.example", "Bo", "Lee", MARKER, "0102"],
    ]


def test_nothing_of_them_is_left_in_any_part(book: Book) -> None:
    def noted(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.worksheets[0]
        sheet["B2"].comment = Comment("Zebedee Quillon is Bo's manager", "Usher")
        sheet["A2"].hyperlink = f"mailto:{QUILLON}"
        sheet["C2"].hyperlink = "https://people.example/zebedee-quillon"
        sheet["E3"].comment = Comment(f"ask {QUILLON.upper()}", "Usher")
        workbook.create_sheet("Phones").append(["Zebedee", QUILLON, "0199"])
        workbook.properties.title = f"of <{QUILLON}>"

    made, rows = erased(book(THEIRS, *OTHERS, change=noted))
    assert rows == 2
    assert holds(made, "zebedee", "quillon", "0199") == []
    assert values(made)[3] == ["bo@northwind.example", "Bo", "Lee", MARKER, "0102"]


def test_a_name_that_others_have_too_stays_theirs(book: Book) -> None:
    made, _ = erased(book(THEIRS, ("other@northwind.example", "Zebedee", "Lee", "", "0103")))
    assert values(made)[2] == ["other@northwind.example", "Zebedee", "Lee", None, "0103"]
    assert holds(made, "quillon") == []


@pytest.mark.parametrize(
    "written",
    [
        f" {QUILLON} ",
        QUILLON.upper(),
        f"Zebedee Quillon <{QUILLON}>",
        f"mailto:{QUILLON}",
        QUILLON.replace("@", "\u200b@"),
        f"\u00a0{QUILLON}\u200d",
        f"'{QUILLON}'",
    ],
)
def test_an_address_that_is_written_in_an_odd_way_is_theirs(book: Book, written: str) -> None:
    made, rows = erased(book((written, *THEIRS[1:]), *OTHERS))
    assert (rows, holds(made, "quillon", "zebedee")) == (1, [])


@pytest.mark.parametrize("other", [f"x.{QUILLON}", f"{QUILLON}.example", f"x-{QUILLON}", f"a/{QUILLON}"])
def test_an_address_that_only_contains_theirs_is_another(book: Book, other: str) -> None:
    path = book((other, "Other", "Quillon", "", ""), *OTHERS[:1])
    assert erased(path)[1] == 0
    assert values(erased(path)[0]) == values(path.read_bytes())


def test_a_file_without_them_is_as_it_was_to_the_byte_of_each_part(book: Book) -> None:
    path = book(*(row for row in OTHERS if QUILLON not in row))
    made, rows = erased(path)
    assert (rows, parts(made)) == (0, parts(path.read_bytes()))


def test_a_row_that_a_review_knows_to_be_theirs_goes_whatever_address_is_in_it(book: Book) -> None:
    path = book(OTHERS[0], ("zebedee.quillon@northwind,example", *THEIRS[1:]))
    made, rows = erased(path, wanted(place=Place(SHEET, 1, 0), rows=frozenset({3})))
    assert (rows, holds(made, "quillon")) == (1, [])
    assert values(made)[1][0] == "ada@northwind.example"


def test_the_column_of_addresses_is_that_of_the_review(book: Book) -> None:
    """Their row is that in which they are, not the one in which they manage."""
    turned = [(QUILLON, "bo@northwind.example"), ("ada@northwind.example", QUILLON)]
    made, rows = erased(book(*turned, head=("Email", "Email 2")), wanted(place=Place(SHEET, 1, 1)))
    assert (rows, values(made)) == (1, [["Email", "Email 2"], [MARKER, "bo@northwind.example"]])


def test_the_column_of_addresses_is_told_by_its_header_where_there_was_no_review(book: Book) -> None:
    made, rows = erased(book(("Manager", "E-Mail"), (QUILLON, "bo@x.example"), head=("People",)))
    assert rows == 0
    assert values(made)[2] == [MARKER, "bo@x.example"]


def test_rows_of_one_merged_address_are_all_theirs(book: Book) -> None:
    def merged(workbook: openpyxl.Workbook) -> None:
        workbook.worksheets[0].merge_cells("A2:A3")

    made, rows = erased(book(THEIRS, (None, "Zeb", "Quillon"), *OTHERS, change=merged))
    assert (rows, holds(made, "quillon", "zeb")) == (2, [])
    assert [row[0] for row in values(made)] == ["Email", None, None, "ada@northwind.example", "bo@northwind.example"]


def test_an_address_in_pieces_of_several_formats_goes(tmp_path: Path) -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>zebedee.</t></r>'
        "<r><rPr><b/></rPr><t>quillon@northwind.example</t></r></si><si><t>Email</t></si></sst>"
    )
    path = tmp_path / "book.xlsx"
    rows = '<row r="1"><c r="A1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    path.write_bytes(raw.workbook(raw.sheet(rows), strings))
    made, count = erased(path)
    assert (count, holds(made, "zebedee", "quillon")) == (1, [])


def test_a_copy_that_a_pivot_table_keeps_is_refused(book: Book) -> None:
    path = book(THEIRS, *OTHERS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/pivotCache/pivotCacheRecords1.xml", '<r xmlns="x"><s v="Quillon"/></r>')
    assert refused(path) == "a pivot table or a chart keeps a copy of its rows"


def test_a_part_that_cannot_be_written_is_refused_where_it_has_the_address(book: Book) -> None:
    path = book(THEIRS, *OTHERS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/embeddings/oleObject1.bin", b"\0\1" + QUILLON.encode("utf-16-le"))
    assert refused(path) == "it holds an address in a part that can't be written"


CSV = (
    "Email;First Name;Last Name;Reports To\r\n{}\r\n"
    'ada@northwind.example;Ada;Lée;\r\nbo@northwind.example;"B\no";Lee;{}\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "line",
    [
        f"{QUILLON};Zebedee;Quillon;",
        f'" {QUILLON.upper()} ";"Zebe\r\ndee";Quillon;',
        f"Zebedee <{QUILLON}>;Zebedee;Quillon",
    ],
)
def test_a_csv_loses_their_record_and_keeps_all_other_bytes(tmp_path: Path, encoding: str, line: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(CSV.format(line, QUILLON).encode(encoding))
    made, rows = erased(path)
    assert (made, rows) == (CSV.format("", MARKER).encode(encoding), 1)


def test_a_csv_that_tells_what_parts_its_values(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(("sep=|\n" + CSV.format(f"{QUILLON};Zebedee;Quillon;", "").replace(";", "|")).encode())
    assert erased(path)[0] == ("sep=|\n" + CSV.format("", "").replace(";", "|")).encode()


_WORDS = st.text("abcxyz ,;\"'<>&é1", max_size=8)
_ROWS = st.lists(st.tuples(st.sampled_from("adxq"), _WORDS, _WORDS), max_size=12)


@given(rows=_ROWS)
def test_of_any_csv_the_records_of_others_stay_to_the_byte(tmp_path_factory: Any, rows: Any) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    def line(who: str, first: str, last: str) -> str:
        address = QUILLON if who == "q" else f"{who}@northwind.example"
        return ",".join(map(quoted, (address, first, last)))

    head = "Email,First Name,Last Name\n"
    path = tmp_path_factory.mktemp("csv") / "people.csv"
    path.write_text(head + "".join(line(*row) + "\n" for row in rows))
    made, count = erased(path)
    assert made.decode() == head + "".join(("" if row[0] == "q" else line(*row)) + "\n" for row in rows)
    assert count == sum(row[0] == "q" for row in rows)


@settings(max_examples=30)
@given(rows=_ROWS)
def test_of_any_workbook_the_rows_of_others_stay(tmp_path_factory: Any, rows: Any) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(HEAD[:3])
    for who, first, last in rows:
        sheet.append(
            (QUILLON if who == "q" else f"{who}@northwind.example", f"={first}" if first == "1" else first, last)
        )
    path = tmp_path_factory.mktemp("xlsx") / "book.xlsx"
    workbook.save(path)
    made, count = erased(path)
    before, after = values(path.read_bytes()), values(made)
    after += [[None] * 3] * (len(before) - len(after))  # rows at the end that are blank
    assert count == sum(row[0] == "q" for row in rows)
    assert after == [[None] * 3 if row[0] == QUILLON else row for row in before]
    same = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}
    assert {n: d for n, d in parts(made).items() if n not in same} == {
        n: d for n, d in parts(path.read_bytes()).items() if n not in same
    }


def test_the_addresses_of_a_file_are_found_wherever_they_stand(book: Book) -> None:
    def noted(workbook: openpyxl.Workbook) -> None:
        workbook.worksheets[0]["E2"].comment = Comment("or ask eve@northwind.example.", "Usher")
        workbook.worksheets[0]["E3"].hyperlink = "mailto:li%40northwind.example?subject=x"

    answer = addresses_in_child(str(book(*OTHERS, change=noted)), b"")
    found = {"ada@northwind.example", "bo@northwind.example", QUILLON, "eve@northwind.example", "li@northwind.example"}
    assert found <= set(json.loads(answer[1:]))


@given(st.text("ab@.x <>'\"=/%", max_size=30))
def test_what_is_without_an_address_has_it_nowhere(text: str) -> None:
    for key in keys_in(text):
        assert key not in keys_in(without(text, key.__eq__, MARKER)), key
