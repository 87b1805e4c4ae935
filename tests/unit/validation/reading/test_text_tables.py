"""A text with values is read by the rules of a workbook."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import ColumnMapping, Headers
from shared.people.model import CompanySettings, CustomField
from shared.workbooks.text_tables import records, write
from shared.workbooks.text_tables.convert import convert_in_child, is_text
from shared.workbooks.text_tables.convert import converted as converted_again

HEADERS = Headers(CompanySettings("Northwind", custom_fields=(CustomField("Cost Center"),)))
PEOPLE = "E-Mail{0}Vorname{0}Nachname\r\nann@b.example{0}Änn{0}Müller\r\n"


def converted(tmp_path: Path, data: bytes, headers: Headers = HEADERS) -> bytes:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    assert is_text(path)
    return convert_in_child(str(path), headers.known_in, 1 << 29)


def reading(tmp_path: Path, data: bytes, headers: Headers = HEADERS) -> Reading:
    made = converted(tmp_path, data, headers)
    assert made[:1] == b"+", made
    path = tmp_path / "people.xlsx"
    path.write_bytes(made[2:])
    assert not is_text(path)
    found = decode(orjson.loads(read_in_child(str(path), headers, ReadingLimits())))
    assert isinstance(found, Reading), found
    return found


def refused(tmp_path: Path, data: bytes) -> str:
    made = converted(tmp_path, data)
    assert made[:1] == b"-"
    return made[1:].decode()


def cells(found: Reading) -> list[Sequence[str]]:
    return [row.cells for row in found.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_in_each_encoding_and_with_each_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = reading(tmp_path, PEOPLE.format(delimiter).encode(encoding))
    assert [column.header for column in found.columns] == ["E-Mail", "Vorname", "Nachname"]
    assert cells(found) == [["ann@b.example", "Änn", "Müller"]]


def test_japanese_in_utf_8_and_utf_16(tmp_path: Path) -> None:
    text = "メールアドレス,姓,名\na@b.example,山田,太郎\n"
    for encoding in ("utf-8", "utf-16"):
        assert cells(reading(tmp_path, text.encode(encoding))) == [["a@b.example", "山田", "太郎"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_have_the_numbers_that_a_spreadsheet_program_gives_them(tmp_path: Path, end: str) -> None:
    lines = ["Our people", "", "Email;Title", "a@b.example;AE", "", 'c@d.example;"two\nlines"', "e@f.example;x"]
    found = reading(tmp_path, end.join(lines).encode())
    assert (found.header_row, [row.number for row in found.rows]) == (3, [4, 6, 7])
    assert found.rows[1].cells[1] == "two\nlines"


def test_by_its_header_it_is_known_what_parts_the_values(tmp_path: Path) -> None:
    found = reading(tmp_path, b"Email;Title\na@b.example;Sales, Marketing, and, more\n")
    assert cells(found) == [["a@b.example", "Sales, Marketing, and, more"]]
    mapped = Headers(CompanySettings("N"), ColumnMapping({"Kontakt, neu": "Email"}))
    assert [c.header for c in reading(tmp_path, b"Kontakt, neu;x\na@b.example;y\n", mapped).columns] == [
        "Kontakt, neu",
        "x",
    ]


def test_a_first_line_may_tell_excel_what_parts_the_values(tmp_path: Path) -> None:
    for line in (b"sep=|\r\n", b'"sep=|"\n', b"SEP=|\r"):
        found = reading(tmp_path, line + b"Email|Title\r\na@b.example|AE\r\n")
        assert (found.header_row, cells(found)) == (1, [["a@b.example", "AE"]])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("007", "007"),
        ('="007"', "007"),
        ("=1+1", "=1+1"),
        ("1.5E+3", "1.5E+3"),
        ('"a ""b"", c"', 'a "b", c'),
        ("a_x0041_<&>", "a_x0041_<&>"),
        ("a\x07b", "a\x07b"),
        ("@SUM(A1)", "@SUM(A1)"),
    ],
)
def test_a_value_is_the_text_that_stands_there(tmp_path: Path, written: str, read: str) -> None:
    found = reading(tmp_path, f"Email,Cost Center\na@b.example,{written}\n".encode())
    assert cells(found) == [["a@b.example", read]]


def test_what_excel_writes_for_an_error_is_one(tmp_path: Path) -> None:
    assert reading(tmp_path, b"Email,Title\na@b.example,#N/A\n").rows[0].faults == {1: "#N/A"}


def test_a_list_of_addresses_alone(tmp_path: Path) -> None:
    assert cells(reading(tmp_path, b"Email\na@b.example\nc@d.example")) == [["a@b.example"], ["c@d.example"]]


def test_short_and_long_rows(tmp_path: Path) -> None:
    found = reading(tmp_path, b"Email,Title\na@b.example\nc@d.example,AE,more,,\n")
    assert (cells(found), found.unnamed_columns) == ([["a@b.example", ""], ["c@d.example", "AE"]], [2])


def test_a_quotation_mark_that_is_not_closed_is_said_with_its_row(tmp_path: Path) -> None:
    assert "row 2" in refused(tmp_path, b'Email,Title\na@b.example,"AE\nc@d.example,AE\ne@f.example,AE\n')


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        (['"Bob,Miller,bob@x.com', "Cy,Low,cy@x.com", '"Al,Lee,al@x.com', "Zed,Zo,z@x.com"], 2),
        (['"Bob,Miller,bob@x.com', "Cy,Low,cy@x.com", 'Al,"Lee",al@x.com'], 2),
        (['"Bob,Miller,bob@x.com', "Cy,Low,cy@x.com", 'Al,Lee,al@x.com"'], 2),
        (["Bob,Miller,bob@x.com", 'Cy,Low,"cy@x.com', 'Al,Lee,al@x.com"', "Zed,Zo,z@x.com"], 3),
        (["Bob,Miller,bob@x.com", '"Cy,Low,cy@x.com'], 3),
    ],
)
def test_rows_that_a_quotation_mark_would_take_in_are_not_lost(tmp_path: Path, rows: list[str], row: int) -> None:
    text = "\n".join(["First Name,Last Name,Email", *rows])
    assert f"row {row}" in refused(tmp_path, text.encode())


@pytest.mark.parametrize("value", ['"two, or\nthree, lines"', '"ask\nc@d.example"', '"a ""b""\nc"'])
def test_a_value_can_have_several_lines(tmp_path: Path, value: str) -> None:
    found = reading(tmp_path, f"Email,Cost Center\na@b.example,{value}\ne@f.example,x\n".encode())
    assert len(cells(found)) == 2


def test_an_inch_is_no_quotation_mark(tmp_path: Path) -> None:
    assert cells(reading(tmp_path, b'Email,Title\na@b.example,5" pipe\n')) == [["a@b.example", '5" pipe']]


def test_without_a_header_that_is_known_the_values_are_parted_by_what_parts_most_rows_alike(tmp_path: Path) -> None:
    rows = ["Uno;Due", "a, b, c, d;x", "e;y", "f, g;z"]
    made = converted(tmp_path, "\n".join(rows).encode())
    assert made[1:2] == b";"


def test_a_first_header_may_begin_as_a_zip_does(tmp_path: Path) -> None:
    assert cells(reading(tmp_path, b"PK,Email\n1,a@b.example\n")) == [["", "a@b.example"]]


@pytest.mark.parametrize(
    ("limit", "data"),
    [
        ("_LONGEST_LINE", b"Email,Title," + b"x" * 60),
        ("_LONGEST_VALUE", b"Email,Title\na@b.example," + b"x" * 60),
    ],
)
def test_what_is_longer_than_any_row_or_cell_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, data: bytes
) -> None:
    monkeypatch.setattr(records, limit, 50)
    assert "longer than" in refused(tmp_path, data)


@pytest.mark.parametrize(("limit", "most"), [("MAX_ROW", 2), ("MAX_COLUMNS", 1), ("_MOST_VALUES", 4)])
def test_more_than_a_sheet_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(write, limit, most)
    assert "more" in refused(tmp_path, b"Email,Title\na@b.example,AE\nc@d.example,AE\n")


def test_what_would_be_too_large_as_a_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Email,Title\na@b.example,AE\n" * 50)
    assert convert_in_child(str(path), HEADERS.known_in, 1_000)[:1] == b"-"


def test_the_same_workbook_is_made_again_where_it_is_known_what_parts_the_values(tmp_path: Path) -> None:
    made = converted(tmp_path, PEOPLE.format(";").encode("cp1252"))
    assert (made[1:2], made[2:]) == (b";", converted_again(tmp_path / "people.csv", ";"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_sign_that_is_half_a_zero(tmp_path: Path, encoding: str) -> None:
    text = "Email;Last Name\nann@b.example;\u0100boli\u0146\n"
    assert cells(reading(tmp_path, text.encode(encoding))) == [["ann@b.example", "\u0100boli\u0146"]]


def test_a_text_in_utf_8_but_for_a_line_is_refused_with_that_line(tmp_path: Path) -> None:
    rows = [f"u{n}@b.example;José" for n in range(3)]
    data = "\n".join(["Email;First Name", *rows]).encode() + b"\nx@b.example;Ren\xe9\ny@b.example;Zo\xeb\n"
    assert "line 5 " in refused(tmp_path, data) and "UTF-8" in refused(tmp_path, data)


def test_a_text_in_windows_1252_may_hold_signs_that_look_like_utf_8(tmp_path: Path) -> None:
    text = "Email;First Name\na@b.example;Müller ÄÖÜ\nb@b.example;JosÃ©\n"
    assert cells(reading(tmp_path, text.encode("cp1252")))[1] == ["b@b.example", "JosÃ©"]


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    assert "encoding" in refused(tmp_path, "メール,氏名\na@b.example,山田\n".encode("shift-jis"))
