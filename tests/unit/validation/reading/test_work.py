"""What a file makes the reader do: nothing of what comes to nothing, however it is packed; all that honest files need.

Of the work that comes to nothing a thousand marks are free here, so a thousand elements are too many.
"""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import orjson
import pytest

from services.validation.domain.validation.workbook import Reading, ReadingLimits, Unreadable
from services.validation.formats.reading.read import decode, read_in_child
from services.validation.formats.reading.results import Results
from services.validation.formats.reading.sheet import read_sheet
from services.validation.formats.reading.shown import Shown
from shared.hostile_files.zip_reader import ArchiveLimits, Gain
from shared.people.columns import Headers
from shared.people.model import CompanySettings
from tests.unit.validation import raw_workbooks as raw

HEADERS = Headers(CompanySettings("Northwind"))
PEOPLE = raw.rows(("Email", "First Name"), ("a@b.example", "Ada"))
SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
GOOD = raw.parts(raw.sheet(PEOPLE))


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[read_in_child.__module__], "ArchiveLimits", partial(ArchiveLimits, marks=1_000))


def outcome(path: Path, parts: Mapping[str, str]) -> Reading | Unreadable:
    """What reading a good workbook gives with these parts in place of its own."""
    path.write_bytes(raw.zipped({**GOOD, **parts}))
    return decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))


def sheet(rows: str = "", before: str = "", behind: str = "") -> Mapping[str, str]:
    """With these rows below the people."""
    return {SHEET: raw.sheet(PEOPLE + rows, before, behind)}


def put(part: str, before: str, new: str) -> Mapping[str, str]:
    return {part: str(GOOD[part]).replace(before, new + before, 1)}


def many(pattern: str, *, inside: str = "{}", number: int = 1_000) -> str:
    """A thousand of them or so, each with its own number where the pattern has one."""
    return inside.format("".join(pattern.format(n=n) for n in range(3, 3 + number)))


WIDE = " " * 60
ATTRIBUTES = " ".join(f'a{n}="{n * n}"' for n in range(100))
FOR_NOTHING: Mapping[str, Mapping[str, str]] = {
    "elements that nobody knows": sheet(many("<zzz/>")),
    "such with room in them": sheet(many(f"<zzz{WIDE}/>")),
    "such that differ": sheet(many('<zzz a="{n}"/>')),
    "such with a hundred attributes": sheet(f"<zzz {ATTRIBUTES}/>" * 20),
    "such inside of each other": sheet("<zzz>" * 1_000 + "</zzz>" * 1_000),
    "rows with attributes that nobody knows": sheet(f"<row {ATTRIBUTES}/>" * 20),
    "rows with room in them": sheet(many(f"<row{WIDE}/>") * 5),
    "cells with room in them": sheet(many(f"<c{WIDE}/>" * 5, inside="<row>{}</row>")),
    "merges with room in them": sheet(
        behind=many(f'<mergeCell ref="A1:B2"{WIDE}/>', inside="<mergeCells>{}</mergeCells>")
    ),
    "columns told again and again": sheet(before=many('<col min="{n}" max="{n}"/>', inside="<cols>{}</cols>")),
    "blanks between rows": sheet(" " * 100_000),
    "letters between rows": sheet("x" * 100_000),
    "letters between rows in one section": sheet(f"<![CDATA[{'x' * 100_000}]]>"),
    "comments": sheet("<!-- -->" * 1_500),
    "numbers of a hundred thousand digits": sheet("<row>" + f"<c><v>{'1' * 100_000}</v></c>" * 5 + "</row>"),
    "blank cells again and again": sheet(many(f"<row>{'<c/>' * 9}</row>")),
    "shared texts of a letter that no cell has": {
        SHEET: raw.sheet(f'{PEOPLE}<row><c t="s"><v>0</v></c></row>'),
        TEXTS: raw.shared(*[f"<t{WIDE}>x</t>"] * 1_000),
    },
    "shared texts of a letter": {TEXTS: raw.shared(*[f"<t{WIDE}>x</t>"] * 1_000)},
    "shared texts of a page": {TEXTS: raw.shared(*[f"<t>{'x' * 32_767}</t>"] * 10)},
    "shared texts that are blank": {TEXTS: raw.shared(*[""] * 1_000)},
    "styles that are none": put(STYLES, "<cellXfs", many('<zzz a="{n}"/>')),
    "relations that are none": put(RELATIONS, "</Relationships>", many("<zzz/>")),
}


@pytest.mark.parametrize("name", FOR_NOTHING)
def test_work_that_comes_to_nothing_is_refused(tmp_path: Path, name: str) -> None:
    found = outcome(tmp_path / "book.xlsx", FOR_NOTHING[name])
    assert isinstance(found, Unreadable) and found.code == "corrupt", found
    assert found.reason.startswith("one of its parts"), found


def person(n: int, name: str) -> str:
    return f"<row>{raw.inline(f'A{n}', f'p{n}@c.example')}{raw.inline(f'B{n}', name)}</row>"


LIKE_EXCEL = '<row r="{n}" spans="1:9" s="3" customFormat="1" ht="15.75" customHeight="1" hidden="0"></row>'
CELLS = "".join(f'<c r="{letter}{{n}}" s="2"/>' for letter in "ABCDEFGHI")
FORMULA = '<c r="C{n}" s="1" t="str"><f>IF($A{n}="","",LEN($A{n}))</f><v></v></c>'
FONT = '<b/><sz val="11"/><color theme="1"/><rFont val="Calibri"/><family val="2"/>'


def by_texts(text: str, columns: int, people: int, *, backwards: bool = False) -> Mapping[str, str]:
    """People by a writer that lists each text as often as a cell has it. `backwards`: the last one first."""
    listed = range(people * columns)
    order = iter(listed[::-1] if backwards else listed)
    rows = "".join(
        f"<row>{raw.inline(f'A{n}', f'p{n}@c.example')}"
        + "".join(f'<c t="s"><v>{next(order)}</v></c>' for _ in range(columns))
        + "</row>"
        for n in range(3, 3 + people)
    )
    return {SHEET: raw.sheet(PEOPLE + rows), TEXTS: raw.shared(*(text.format(n=n) for n in listed))}


BLANK = '<c s="2"/>'
SOMEBODY = '<c t="inlineStr"><is><t>p@c.example</t></is></c>'
CONDITIONAL = (
    '<conditionalFormatting sqref="B{n}"><cfRule type="expression" dxfId="3" priority="{n}">'
    '<formula>$B{n}="x"</formula></cfRule></conditionalFormatting>'
)
MERGES = "".join(f'<mergeCell ref="{left}{{n}}:Z{{n}}"/>' for left in "DEFGHIJKLMN")
CROWD = "".join(person(n, "Ada") for n in range(3, 1_003))
FOR_SOMETHING: Mapping[str, Mapping[str, str]] = {
    "people who differ by a number": sheet("".join(person(n, "Ada") for n in range(3, 1_003))),
    "the same long note for everybody": sheet("".join(person(n, "by and by " * 500) for n in range(3, 1_003))),
    "blank rows with numbers": sheet(many('<row r="{n}"/>')),
    "blank rows with formats": sheet(many(LIKE_EXCEL)),
    "blank cells with formats": sheet(many(f'<row r="{{n}}">{CELLS}</row>')),
    "formulas that give nothing": sheet(many(f'<row r="{{n}}">{FORMULA}</row>')),
    "numbers where no column has a name": sheet(many('<row r="{n}"><c r="J{n}"><v>0</v></c></row>')),
    "a merge in each of many rows": sheet(
        behind=many('<mergeCell ref="C{n}:D{n}"/>', inside="<mergeCells>{}</mergeCells>", number=400)
    ),
    "shared texts that differ": {TEXTS: raw.shared(*(f"<t>p{n}@c.example</t>" for n in range(600)))},
    "shared texts with formats": {
        TEXTS: raw.shared(*(f"<r><rPr>{FONT}</rPr><t>p{n}@c.example</t></r>" for n in range(1_000)))
    },
    "equal cell formats": put(
        STYLES, "</cellXfs>", many('<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>')
    ),
    "each of many cells' texts shared again": by_texts("<t>Customer Success</t>", 9, 200),
    "each of many cells' texts shared, none twice": by_texts("<t>{n}</t>", 9, 400),
    "such that are far from where they are listed": by_texts("<t>Customer Success</t>", 9, 200, backwards=True),
    "such that have a format": by_texts(f"<r><rPr>{FONT}</rPr><t>Customer Success</t></r>", 9, 200),
    "the same long note shared again for everybody": by_texts(f"<t>{'by and by ' * 500}</t>", 1, 200),
    "blank cells without references below": sheet(f"<row>{BLANK * 9}</row>" * 150),
    "blank cells without references beside people": sheet(f"<row>{SOMEBODY}{BLANK * 30}</row>" * 100),
    "five conditional formats beside each of many": sheet(CROWD, behind=many(CONDITIONAL) * 5),
    "eleven merges beside each of many": sheet(CROWD, behind=many(MERGES, inside="<mergeCells>{}</mergeCells>")),
}


@pytest.mark.parametrize("name", FOR_SOMETHING)
def test_what_honest_files_hold_is_no_work_for_nothing(tmp_path: Path, name: str) -> None:
    found = outcome(tmp_path / "book.xlsx", FOR_SOMETHING[name])
    assert isinstance(found, Reading), found
    assert found.rows[0].cells == ["a@b.example", "Ada"]


def test_a_sheet_that_is_read_twice_for_its_merges_is_judged_once(tmp_path: Path) -> None:
    merges = many('<mergeCell ref="A{n}:B{n}"/>', inside="<mergeCells>{}</mergeCells>", number=400)
    found = outcome(tmp_path / "book.xlsx", sheet("".join(person(n, "Ada") for n in range(3, 1_003)), behind=merges))
    assert isinstance(found, Reading) and len(found.rows) == 1_001


def test_merges_below_all_rows_or_told_again_are_not_kept() -> None:
    merges = "".join(f'<mergeCell ref="A{row}:D{row + 1}"/>' for row in (2, 2, 3, 4_000))
    xml = raw.sheet(PEOPLE, behind=f"<mergeCells>{merges}</mergeCells>").encode()
    layout = read_sheet([xml], [], Shown([], date1904=False), Results.KEPT, lambda _: None, Gain())
    assert ([area.top for area in layout.merged], layout.last_merged) == ([2], 3)


def test_a_text_of_pages_is_no_header() -> None:
    assert HEADERS.match("Email" + " " * 100) == "email"
    assert HEADERS.match("Email" + " " * 10_000) is None
