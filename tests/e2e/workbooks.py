"""Workbooks as admins send them: by openpyxl, and part by part where a program other than openpyxl wrote them."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.validation import raw_workbooks as raw

HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To")


def saved(book: Workbook) -> bytes:
    """The workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def header(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The standard columns, and behind them those that the rows have beside."""
    others = (name for row in rows for name in row if name not in HEAD)
    return [*HEAD, *dict.fromkeys(others)]


def fill(sheet: Worksheet, rows: Sequence[Mapping[str, Any]], at: int = 1, head: Sequence[str] | None = None) -> None:
    """The header in row `at` and the rows below it; what is None stays no cell at all."""
    columns = list(head or header(rows))
    for column, name in enumerate(columns, 1):
        sheet.cell(at, column, name)
    for number, row in enumerate(rows, at + 1):
        for column, name in enumerate(columns, 1):
            if row.get(name) is not None:
                sheet.cell(number, column, row[name])


def sheet_of(book: Workbook) -> Worksheet:
    """The first sheet."""
    sheet = book.worksheets[0]
    sheet.title = "People"
    return sheet


def grid(*rows: Mapping[str, Any], at: int = 1, head: Sequence[str] | None = None) -> bytes:
    """One sheet of plain cells."""
    book = Workbook()
    fill(sheet_of(book), rows, at, head)
    return saved(book)


def changed(change: Callable[[Worksheet], object], *rows: Mapping[str, Any]) -> bytes:
    """One sheet of plain cells with something done to it."""
    book = Workbook()
    sheet = sheet_of(book)
    fill(sheet, rows)
    change(sheet)
    return saved(book)


def formatted(cell: Any, value: Any, number_format: str) -> None:
    """A value shown in a format."""
    assert isinstance(cell, Cell)
    cell.value, cell.number_format = value, number_format


def cells(*rows: Mapping[str, str]) -> bytes:
    """Rows of raw cell XML behind the header: the inner of `<c r="…" …>`, by column, from its first attribute on. A
    value that does not begin with a space is a plain text."""
    names = header(rows)
    lines = ["".join(raw.inline(f"{chr(65 + n)}1", escape(name)) for n, name in enumerate(names))]
    for number, row in enumerate(rows, 2):
        line = ""
        for n, name in enumerate(names):
            if (value := row.get(name)) is not None:
                place = f"{chr(65 + n)}{number}"
                line += f'<c r="{place}"{value}</c>' if value.startswith(" ") else raw.inline(place, escape(value))
        lines.append(line)
    return raw.workbook(raw.sheet("".join(f'<row r="{n}">{line}</row>' for n, line in enumerate(lines, 1))))
