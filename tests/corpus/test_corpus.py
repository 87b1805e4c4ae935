"""Workbooks by real writers, read by real readers: ours sees what they see, and the annotated copy and the corrected
file are whole in each."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from services.validation.formats.annotating.styles import COLOR
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from shared.workbooks.cells import column_letter
from shared.workbooks.correcting.correct import correct_in_child
from tests.corpus import fods, programs

HEADER = ("Email", "First Name", "Last Name", "Title", "Cost Center", "Level", "Share", "Remote", "Started")
COMPANY = CompanySettings("Northwind", custom_fields=tuple(CustomField(name) for name in HEADER[4:]))
PEOPLE: Mapping[str, Any] = {
    "header": HEADER,
    "rows": [
        ["ann@northwind.example", "Ann", "Lee", "AE", "00123", 3, 0.25, True, "2024-03-05"],
        ["zoë@northwind.example", "Zoë", "O’Neil", " spaced  out ", "0", 12, 1.5, False, "1999-12-31"],
        ["bob@northwind.example", "鈴木", '<Tag> & "quote"', "Head of Sales", "1e5", 0, 100, True, "2026-02-28"],
    ],
    "dates": [8],
    "note": "ask HR\nby Friday",
    "note_at": "B3",
}
TEXT_DATES: Mapping[str, Any] = {**PEOPLE, "dates": []}  # for writers that know no days
TEXTS: Mapping[str, Any] = {
    **TEXT_DATES,
    "rows": [[*row[:7], "yes" if row[7] else "no", row[8]] for row in PEOPLE["rows"]],
}
"""For one that knows no truth values either: it writes the word as if it were a number."""
WRITERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "openpyxl": ("python", PEOPLE), "openpyxl-iso": ("python", PEOPLE), "openpyxl-streamed": ("python", PEOPLE),
    "xlsxwriter": ("python", PEOPLE), "xlsxwriter-inline": ("python", PEOPLE), "pyexcelerate": ("python", PEOPLE),
    "pylightxl": ("python", TEXTS), "polars": ("python", PEOPLE), "pandas": ("python", PEOPLE),
    "sheetjs": ("js", PEOPLE), "sheetjs-dates": ("js", PEOPLE), "sheetjs-shared": ("js", PEOPLE),
    "exceljs": ("js", PEOPLE), "exceljs-stream": ("js", TEXT_DATES), "write-excel-file": ("js", PEOPLE),
    "excelize": ("go", PEOPLE),
}  # fmt: skip
NOTING = ("openpyxl", "openpyxl-iso", "xlsxwriter", "sheetjs", "sheetjs-dates", "sheetjs-shared", "exceljs", "excelize")
"""Who can write a note; XlsxWriter cannot once it has let go of a row."""
CANNOT = {
    ("openpyxl", "exceljs"): "it does not find notes that are referred to from the root",
    ("openpyxl-iso", "exceljs"): "the same",
    ("pyexcelerate", "sheetjs"): "it knows no sizes in 64 bits; those of the annotated copy have 32",
}
"""Whose files a reader does not open, whatever we do."""
AS_STORED = {("sheetjs-dates", "calamine"), ("openpyxl-iso", "calamine")}
"""Where a reader gives what is stored, not what is shown."""
READERS = {"openpyxl": "python", "calamine": "python", "sheetjs": "js", "exceljs": "js", "excelize": "go",
           "libreoffice": "libreoffice"}  # fmt: skip
CORRECTED = {"B3": "Zoé <&>", "E2": "007"}
LEFT_OUT = 4
ANNOTATIONS = [Annotation(3, 1, "Type a first name."), Annotation(4, 0, "Too many.", whole_row=True)]


def needs(kind: str) -> None:
    if lacking := programs.missing(kind):
        pytest.skip(f"this machine has no {' and no '.join(lacking)}")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> "Files":
    return Files(tmp_path_factory.mktemp("corpus"))


class Files:
    """The workbooks as written and as annotated, and what each reader sees in all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = dict[str, Path]()

    def written(self, writer: str) -> Path:
        kind, people = WRITERS[writer]
        needs(kind)
        if writer not in self._written:
            path = self._folder / f"{writer}.xlsx"
            programs.write(kind, writer, people, path)
            self._written[writer] = path
        return self._written[writer]

    @cache  # noqa: B019
    def annotated(self, writer: str) -> Path:
        path = self.written(writer)
        answer = annotate_in_child(str(path), reading(path).target, ANNOTATIONS)
        assert answer[:1] == b"+", answer
        made = self._folder / f"{writer}-annotated.xlsx"
        made.write_bytes(answer[1:])
        return made

    @cache  # noqa: B019
    def corrected(self, writer: str) -> tuple[Path, Path]:
        """The corrected file, and that of the rows that were left out."""
        path = self.written(writer)
        answer = correct_in_child(str(path), corrections(reading(path)))
        assert answer[:1] == b"+", answer
        end = 9 + int.from_bytes(answer[1:9])
        made = self._folder / f"{writer}-corrected.xlsx", self._folder / f"{writer}-left-out.xlsx"
        made[0].write_bytes(answer[9:end])
        made[1].write_bytes(answer[end:])
        return made

    @cache  # noqa: B019
    def seen(self, reader: str) -> Mapping[str, Mapping[str, Any]]:
        """By the name of each file, plain, annotated, corrected and left out."""
        needs(READERS[reader])
        there = [writer for writer, (kind, _) in WRITERS.items() if not programs.missing(kind)]
        paths = [
            path for writer in there for path in (self.written(writer), self.annotated(writer), *self.corrected(writer))
        ]
        if reader != "libreoffice":
            return programs.read(READERS[reader], reader, paths)
        made = programs.opened_by_libreoffice(paths, self._folder)
        return {name: fods.seen(path) for name, path in made.items()}


def reading(path: Path) -> Reading:
    found = decode(orjson.loads(read_in_child(str(path), Headers(COMPANY), ReadingLimits())))
    assert isinstance(found, Reading), found
    return found


def corrections(book: Reading) -> bytes:
    """What is corrected and left out in each workbook."""
    columns = [
        {"index": index, "values": [{"value": CORRECTED[cell], "rows": [[row, row]]}]}
        for cell, index, row in (("B3", 1, 3), ("E2", 4, 2))
    ]
    place = {"part": book.target.part, "header_row": 1, "header_column": book.target.header_column}
    rows = {"left_out": [[LEFT_OUT, LEFT_OUT]], "others": [[2, 3]]}
    return orjson.dumps({**place, "columns": columns, **rows})


def ours(path: Path) -> dict[str, str]:
    found = reading(path)
    cells = {f"{column_letter(column.index)}1": column.header for column in found.columns}
    for row in found.rows:
        there = zip(found.columns, row.cells, strict=True)
        cells |= {f"{column_letter(column.index)}{row.number}": text for column, text in there if text}
    return cells


def loosely(text: str) -> str:
    """Without what readers put otherwise and nobody sees: line ends, outer spaces, the case of a truth value."""
    plain = re.sub(r"\s+", " ", text).strip()
    return plain.upper() if plain in ("true", "false") else plain


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_same_is_read_as_is_shown(files: Files, writer: str, reader: str) -> None:
    path, theirs = files.written(writer), files.seen(reader)[f"{writer}.xlsx"]
    assert ("error" in theirs) == ((writer, reader) in CANNOT), theirs
    if "error" in theirs or (writer, reader) in AS_STORED:
        return
    mine = {name: loosely(text) for name, text in ours(path).items()}
    shown = {name: loosely(text) for name, text in theirs["cells"].items()}
    assert shown == {name: mine.get(name) for name in shown}
    assert reader in ("openpyxl", "calamine", "exceljs") or set(shown) == set(mine)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_annotated_copy_is_whole(files: Files, writer: str, reader: str) -> None:
    files.written(writer)
    before, after = files.seen(reader)[f"{writer}.xlsx"], files.seen(reader)[f"{writer}-annotated.xlsx"]
    assert "error" not in after or "error" in before, after
    if "error" in after:
        return
    known = before.get("cells", {})
    assert {name: after["cells"].get(name) for name in known} == known
    errors = {name: text for name, text in after["cells"].items() if name.startswith("J")}
    assert errors == {"J1": "Errors", "J3": "Type a first name.", "J4": "Too many."}
    if reader == "calamine":
        return
    assert_marked(after, writer)
    if reader == "libreoffice":
        assert after["filters"] == ["A1:J4"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_corrected_file_is_the_admins_own(files: Files, writer: str, reader: str) -> None:
    files.written(writer)
    before, after, rest = (files.seen(reader)[f"{writer}{end}.xlsx"] for end in ("", "-corrected", "-left-out"))
    assert not {"error"} & (after.keys() | rest.keys()) or "error" in before, (after, rest)
    if "error" in before:
        return
    out = {f"{column}{LEFT_OUT}" for column in "ABCDEFGHI"}
    for seen, gone, changed in (
        (after, out, CORRECTED),
        (rest, {f"{column}{row}" for column in "ABCDEFGHI" for row in (2, 3)}, dict[str, str]()),
    ):
        cells = {name: text for name, text in seen["cells"].items() if text}
        known = {name: text for name, text in before["cells"].items() if text and name not in gone}
        assert cells == {**known, **changed}
        fills = {name: color for name, color in before.get("fills", {}).items() if name not in gone}
        assert {name: seen["fills"].get(name) for name in fills} == fills
    assert after.get("notes") == before.get("notes")


def assert_marked(after: Mapping[str, Any], writer: str) -> None:
    highlighted = {name for name, color in after["fills"].items() if color.upper().endswith((COLOR[2:], "SOLID"))}
    assert highlighted == {"B3", *(f"{column}4" for column in "ABCDEFGHI")}
    notes = {name: loosely(text).removeprefix("HR: ") for name, text in after["notes"].items()}
    own = "ask HR by Friday " if writer in NOTING else ""
    assert notes == {"B3": f"{own}Usher: Type a first name.", "A4": "Usher: Too many."}


def test_every_writer_and_reader_that_this_machine_can_have_was_tried(files: Files) -> None:
    kinds: Sequence[str] = [kind for kind in programs.NEEDS if not programs.missing(kind)]
    assert "python" in kinds
    assert all(files.seen(reader) for reader, kind in READERS.items() if kind in kinds)
