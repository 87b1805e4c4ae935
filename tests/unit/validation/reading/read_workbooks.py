"""Workbooks as the tests have them read."""

import io
from pathlib import Path

import openpyxl
import orjson

from services.validation.domain.validation.workbook import (
    Reading,
    ReadingLimits,
    SheetRow,
    Unreadable,
)
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from tests.unit.validation import raw_workbooks as raw

OWN = ("Cost", "Start", "When", "Share", "On")

HEADERS = Headers(CompanySettings("Northwind", custom_fields=tuple(map(CustomField, OWN))))


def outcome(tmp_path: Path, data: bytes, limits: ReadingLimits | None = None) -> Reading | Unreadable:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    return decode(orjson.loads(read_in_child(str(path), HEADERS, limits or ReadingLimits())))


def reading(tmp_path: Path, data: bytes) -> Reading:
    found = outcome(tmp_path, data)
    assert isinstance(found, Reading), found
    return found


def refusal(tmp_path: Path, data: bytes, limits: ReadingLimits | None = None) -> str:
    found = outcome(tmp_path, data, limits)
    assert isinstance(found, Unreadable), found
    assert found.reason
    return found.code


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_cell(cell: str) -> str:
    """A sheet with one cell in B2 beside an address."""
    return raw.sheet(raw.rows(("Email", "Title")) + f'<row r="2">{raw.inline("A2", "a@b.example")}{cell}</row>')


DATE_AND_TIME = "".join(f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for number in (15, 18))


def one_cell(tmp_path: Path, cell: str, strings: str | None = None) -> SheetRow:
    """Its row; two more styles, 3 and 4, show a date and a time."""
    content = raw.parts(with_cell(cell), strings)
    content["xl/styles.xml"] = raw.STYLES.replace("</cellXfs>", f"{DATE_AND_TIME}</cellXfs>")
    return reading(tmp_path, raw.zipped(content)).rows[0]
