"""Files that were made to harm, through the sandbox: a result or a plain reason, and the next is none the worse."""

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import openpyxl
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.validation.domain.validation.workbook import Reading, ReadingLimits, Unreadable
from services.validation.formats.annotating import Annotation, annotate
from services.validation.formats.annotating.annotate import PRELOAD as ANNOTATING
from services.validation.formats.reading import PRELOAD, read, sheet
from services.validation.formats.reading.read import decode, read_in_child
from shared.hostile_files.safe_xml import LONGEST_TEXT
from shared.people.columns import Headers
from shared.people.model import CompanySettings
from shared.sandbox.pool import MIB, Limits, Sandbox
from shared.workbooks.cells import MAX_COLUMNS
from shared.workbooks.errors import CannotPatch
from tests.unit.validation import raw_workbooks as raw

HEADERS = Headers(CompanySettings("Northwind"))
PROCESS = Limits(memory_bytes=512 * MIB, cpu_seconds=10, wall_seconds=30)
GOOD = raw.workbook(raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "AE"))), raw.shared("<t>x</t>"))
SMALL = ReadingLimits(unpacked_bytes=MIB)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    box = Sandbox([*PRELOAD, *ANNOTATING], slots=2)
    yield box
    box.close()


def outcome(sandbox: Sandbox, path: Path, data: bytes, limits: ReadingLimits = SMALL) -> Reading | Unreadable:
    path.write_bytes(data)
    return anyio.run(read, sandbox, path, HEADERS, limits, PROCESS)


def with_part(name: str, data: str | bytes) -> bytes:
    return raw.zipped({**raw.parts(raw.sheet(raw.rows(("Email",), ("a@b.example",)))), name: data})


def wide(cells: int) -> str:
    return raw.sheet("".join(f'<row r="{n}">{raw.inline(f"XFD{n}", "x")}</row>' for n in range(1, cells)))


HOSTILE = {
    "bomb in a sheet": with_part("xl/worksheets/sheet1.xml", raw.sheet("<row/>" * 200_000)),
    "bomb in the texts": with_part("xl/sharedStrings.xml", raw.shared(*[f"<t>{'x' * 1_000}</t>"] * 1_100)),
    "a text that no cell can hold": with_part("xl/sharedStrings.xml", raw.shared(f"<t>{'x' * (LONGEST_TEXT + 1)}</t>")),
    "too large unpacked": with_part("xl/sharedStrings.xml", random.Random(1).randbytes(MIB // 4) * 5),
    "entities in entities": with_part(
        "xl/worksheets/sheet1.xml",
        '<!DOCTYPE w [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]>' + raw.sheet(raw.rows(("&b;",))),
    ),
    "external entity": with_part(
        "xl/sharedStrings.xml",
        f'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///nowhere">]><sst xmlns="{raw.MAIN}"><si><t>&x;</t></si></sst>',
    ),
    "external sheet": with_part(
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{raw.PACKAGE}/relationships"><Relationship Id="s1" Type="{raw.LINKS}/worksheet" '
        'Target="http://127.0.0.1:1/x" TargetMode="External"/></Relationships>',
    ),
    "climbing sheet": with_part(
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{raw.PACKAGE}/relationships"><Relationship Id="s1" Type="{raw.LINKS}/worksheet" '
        'Target="../../../../nowhere.xml"/></Relationships>',
    ),
    "deep XML": with_part("xl/worksheets/sheet1.xml", raw.sheet("<a>" * 2_000)),
    "a long namespace": with_part(
        "xl/worksheets/sheet1.xml",
        raw.sheet(raw.rows(("Email",), ("a@b.example",)) + f'<n:row xmlns:n="{"u" * 1_025}"/>'),
    ),
    "cut in half": GOOD[: len(GOOD) // 2],
    "only a beginning": b"PK\x03\x04",
    "nothing": b"",
    "no zip": b"Email,First Name\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_was_made_to_harm_has_a_plain_reason(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    found = outcome(sandbox, tmp_path / "book.xlsx", HOSTILE[name])
    assert isinstance(found, Unreadable) and found.code in ("corrupt", "empty"), found
    assert 10 < len(found.reason) < 100
    assert isinstance(outcome(sandbox, tmp_path / "book.xlsx", GOOD), Reading)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(sandbox: Sandbox, tmp_path: Path, encoding: str) -> None:
    xml = '<?xml version="1.0"?><!-- <a> --><!DOCTYPE a [<!ENTITY x "y">]>' + raw.sheet(raw.rows(("&x;",)))
    found = outcome(sandbox, tmp_path / "book.xlsx", with_part("xl/worksheets/sheet1.xml", xml.encode(encoding)))
    assert found == Unreadable("corrupt", "it contains a document type definition")


def test_a_child_that_runs_out_of_memory_is_an_ordinary_corrupt(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    noise = random.Random(3)
    texts = raw.shared(*(f"<t>{noise.random()}</t>" for _ in range(100_000)))
    path.write_bytes(raw.workbook(raw.sheet(raw.rows(("Email",))), texts))
    little = Limits(memory_bytes=32 * MIB, cpu_seconds=10, wall_seconds=30)
    found = anyio.run(read, sandbox, path, HEADERS, ReadingLimits(), little)
    assert found == Unreadable("corrupt", "it needs more memory than a workbook of its kind should")


def test_columns_to_the_right_end_cost_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    data = raw.zipped({**raw.parts(raw.sheet("")), "xl/worksheets/sheet1.xml": wide(20)})
    assert isinstance(outcome(sandbox, tmp_path / "book.xlsx", data), Unreadable)


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.xlsx"
    people = raw.rows(("Email",), ("a@b.example",))
    monkeypatch.setattr(sheet, "MAX_ROW", 10)
    path.write_bytes(raw.workbook(raw.sheet(people + "<row/>" * 8)))
    assert isinstance(decode(orjson.loads(read_in_child(str(path), HEADERS, SMALL))), Reading)
    path.write_bytes(raw.workbook(raw.sheet(people + '<row r="5"/>' * 9)))
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, SMALL)))
    assert found == Unreadable("corrupt", "it has more rows than a sheet can have")


def test_more_cells_than_a_row_has_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    def wide(cells: int) -> bytes:
        line = f"<row>{'<c/>' * cells}</row>"
        return raw.workbook(raw.sheet(raw.rows(("Email",), ("a@b.example",)) + line))

    assert isinstance(outcome(sandbox, tmp_path / "book.xlsx", wide(MAX_COLUMNS)), Reading)
    found = outcome(sandbox, tmp_path / "book.xlsx", wide(MAX_COLUMNS + 1))
    assert found == Unreadable("corrupt", "a cell stands where no sheet has one")


def test_one_part_under_many_names_is_one_sheet(sandbox: Sandbox, tmp_path: Path) -> None:
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="s1"/>' for n in range(1, 4))
    book = f'<workbook xmlns="{raw.MAIN}" xmlns:r="{raw.LINKS}"><sheets>{names}</sheets></workbook>'
    found = outcome(sandbox, tmp_path / "book.xlsx", with_part("xl/workbook.xml", book))
    assert isinstance(found, Reading) and (found.sheet, found.others) == ("S1", [])


def test_numbers_of_any_length_end_nothing(tmp_path: Path) -> None:
    path, long = tmp_path / "book.xlsx", "9" * 5_000
    cells = f'<c r="B2" s="{long}" t="d"><v>2024-03-05</v></c><c r="C2"><v>1.{long}</v></c>'
    people = (
        raw.rows(("Email", "Title", "Region"), ("a@b.example",))
        .replace("</row>", cells + "</row>")
        .replace(cells, "", 1)
    )
    merges = f'<mergeCells><mergeCell ref="A{long}:{"A" * 5_000}9"/></mergeCells>'
    parts = raw.parts(raw.sheet(people, behind=merges))
    parts["xl/styles.xml"] = raw.STYLES.replace('numFmtId="14"', f'numFmtId="{long}"')
    path.write_bytes(raw.zipped(parts))
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading)
    assert found.rows[0].cells == ["a@b.example", "2024-03-05", f"1.{long}"]


@pytest.mark.parametrize(("digits", "shown"), [(20, "42".rjust(20, "0")), (600, "42")])
def test_a_format_that_no_program_takes_shows_as_none(tmp_path: Path, digits: int, shown: str) -> None:
    path = tmp_path / "book.xlsx"
    line = f'<row r="2">{raw.inline("A2", "a@b.example")}<c r="B2" s="1"><v>42</v></c></row>'
    parts = raw.parts(raw.sheet(raw.rows(("Email", "Title")) + line))
    parts["xl/styles.xml"] = raw.STYLES.replace('formatCode="0000"', f'formatCode="{"0" * digits}"')
    path.write_bytes(raw.zipped(parts))
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading) and found.rows[0].cells[1] == shown


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """The good workbook with bytes of one part, or of the zip itself, changed, cut or doubled."""
    content = {name: data.encode() if isinstance(data, str) else data for name, data in _good_parts().items()}
    name = draw(st.sampled_from([*content, ""]))
    data = bytearray(content[name] if name else GOOD)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 12))
        new = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from(_TOKENS), st.just(bytes(data[at : at + length]) * 2))
        )
        data[at : at + length] = new
    return raw.zipped({**content, name: bytes(data)}) if name else bytes(data)


_TOKENS = [
    b"<row>",
    b"</row>",
    b'<c r="ZZZ9" t="s">',
    b"</c>",
    b"<v>99999999999</v>",
    b'r="-1"',
    b's="9999999"',
    b"<!--",
    b"]]>",
]


def _good_parts() -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@given(broken())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_damage_is_a_result_or_a_reason(sandbox: Sandbox, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "book.xlsx"
    found = outcome(sandbox, path, data)
    if isinstance(found, Unreadable):
        assert found.reason != "it is damaged in a way that stops the reader", "an exception that nobody expected"
        return
    annotations = [Annotation(row.number, found.columns[0].index, "x") for row in found.rows]
    try:
        copy = anyio.run(annotate, sandbox, path, found.target, annotations, PROCESS)
    except CannotPatch as refused:
        assert "did not end well" not in refused.reason, refused.reason
        return
    after = outcome(sandbox, path, copy)
    assert isinstance(after, Reading)
    assert [row.cells[: len(found.columns)] for row in after.rows] == [row.cells for row in found.rows]
    assert _opens(copy) or not _opens(data)


def _opens(data: bytes) -> bool:
    """Whether openpyxl opens it, which looks at parts that reading leaves alone."""
    try:
        openpyxl.load_workbook(io.BytesIO(data))
    except Exception:  # it raises whatever it runs into
        return False
    return True
