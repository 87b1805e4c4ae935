"""The way from a file to its rows. `read` is called by the service, all else here runs in the sandbox's child."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from services.validation.domain.validation.workbook import (
    AnnotationTarget,
    Cases,
    Column,
    HeaderRow,
    OtherSheet,
    Reading,
    ReadingLimits,
    SheetRow,
    Unreadable,
)
from services.validation.formats.reading import parts
from services.validation.formats.reading.merged import Merged
from services.validation.formats.reading.parts import Sheet
from services.validation.formats.reading.results import Results
from services.validation.formats.reading.sheet import Layout, read_sheet
from services.validation.formats.reading.shown import Shown
from services.validation.formats.reading.table import NoHeader, Table, TooManyRows
from shared.hostile_files.safe_xml import XmlRefused
from shared.hostile_files.zip_reader import Archive, ArchiveLimits, ArchiveRefused, Gain
from shared.people.columns import Headers
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.area import Area
from shared.workbooks.cells import BadSheet
from shared.workbooks.relations import NotAWorkbook

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("services.validation.formats.reading.read",)
"""What a sandbox that reads should have imported."""

_NO_FAULTS: Mapping[int, str] = {}
_DEATHS = {
    "memory": "it needs more memory than a workbook of its kind should",
    "cpu": "reading it takes too long",
    "time": "reading it takes too long",
}


async def read(
    sandbox: Sandbox,
    path: Path,
    headers: Headers,
    limits: ReadingLimits | None = None,
    process: Limits | None = None,
) -> Reading | Unreadable:
    """The workbook at `path`, with the headers that the company's columns can have.

    Raises SandboxUnavailable (try again later), and nothing that depends on what is in the file.
    """
    try:
        data = await sandbox.run(
            read_in_child, str(path), headers, limits or ReadingLimits(), limits=process, reads=[path]
        )
    except SandboxDied as death:
        log.warning("workbook.reader_died", reason=death.reason, detail=death.detail)
        return Unreadable("corrupt", _DEATHS.get(death.reason, "it is damaged in a way that stops the reader"))
    return decode(orjson.loads(data))


def read_in_child(path: str, headers: Headers, limits: ReadingLimits) -> bytes:
    """Reads the file; the outcome as JSON."""
    try:
        with Path(path).open("rb") as file:
            archive = Archive(file, ArchiveLimits(unpacked_bytes=limits.unpacked_bytes))
            return orjson.dumps(_read_workbook(archive, headers, limits))
    except TooManyRows:
        return orjson.dumps({"unreadable": ["too_many_rows", f"it has more than {limits.rows:,} rows"]})
    except (ArchiveRefused, XmlRefused, NotAWorkbook, BadSheet) as refused:
        return orjson.dumps({"unreadable": ["corrupt", str(refused)]})


def _read_workbook(archive: Archive, headers: Headers, limits: ReadingLimits) -> dict[str, Any]:
    workbook = parts.open_workbook(archive)
    visible = list({sheet.part: sheet for sheet in reversed(workbook.sheets) if sheet.visible}.values())[::-1]
    texts = parts.strings(archive, workbook.strings, (sheet.part for sheet in visible))
    shown = Shown(parts.formats(archive, workbook.styles), workbook.date1904)
    sheets = _Sheets(archive, headers, limits, texts, shown, workbook.results)
    for certain in (True, False):  # in another language only where no sheet surely has an Email header
        header: dict[str, Any] | None = None
        headed, anything = False, False
        for at, sheet in enumerate(visible):
            table, layout = sheets.read(sheet, certain)
            if table.count:
                others = sheets.others(visible[at + 1 :], certain)
                return {**table.result(sheet.name, sheet.part, layout), "others": others}
            anything, headed = anything or table.anything, headed or table.header_row is not None
            if header is None and (likeliest := table.likeliest()):
                header = {"sheet": sheet.name, **likeliest}
    if headed:
        return {"unreadable": ["empty", "there are no rows below the header"]}
    if anything:
        return {"unreadable": ["email_column_missing", "no visible sheet has an Email header", header]}
    return {"unreadable": ["empty", "there is nothing in it"]}


@dataclass(frozen=True, slots=True)
class _Sheets:
    """The sheets of one workbook."""

    archive: Archive
    headers: Headers
    limits: ReadingLimits
    texts: Sequence[str]
    shown: Shown
    results: Results

    def read(self, sheet: Sheet, certain: bool) -> tuple[Table, Layout]:
        """The table in a sheet, without a header row where it has none. Raises TooManyRows."""
        table, layout = self._pass(sheet, certain, keeps=True)
        if table.header_row is not None:
            merged = [area for area in layout.merged if area.bottom >= table.header_row]
            if merged:  # they are told behind the rows
                return self._pass(sheet, certain, keeps=True, known=layout, merged=merged)
        return table, layout

    def others(self, sheets: Sequence[Sheet], certain: bool) -> list[tuple[str, int]]:
        """Those that could have counted, each with the number of its rows."""
        return [(sheet.name, count) for sheet in sheets if (count := self._count(sheet, certain))]

    def _count(self, sheet: Sheet, certain: bool) -> int:
        try:
            return self._pass(sheet, certain, keeps=False)[0].count
        except (ArchiveRefused, XmlRefused, NotAWorkbook, BadSheet):  # it is not what is wanted
            return 0

    def _pass(
        self, sheet: Sheet, certain: bool, *, keeps: bool, known: Layout | None = None, merged: Sequence[Area] = ()
    ) -> tuple[Table, Layout]:
        entry = self.archive.find(sheet.part)
        if entry is None:
            raise NotAWorkbook("one of its sheets is missing")
        gain = Gain()
        table, layout = Table(self.headers, self.limits, certain, keeps, Merged(merged), gain), Layout()
        try:
            chunks = self.archive.chunks(entry, gain)
            layout = read_sheet(chunks, self.texts, self.shown, self.results, table.take, gain, known)
            table.finish()
        except NoHeader:
            pass
        return table, layout


def _header(found: dict[str, Any] | None = None) -> HeaderRow | None:
    if found is None:
        return None
    return HeaderRow(found["sheet"], found["row"], [Column(*column) for column in found["columns"]])


def decode(result: dict[str, Any]) -> Reading | Unreadable:
    if refusal := result.get("unreadable"):
        code, reason, *header = refusal
        return Unreadable(code, reason, _header(*header))
    return Reading(
        sheet=result["sheet"],
        header_row=result["header_row"],
        columns=[Column(*column) for column in result["columns"]],
        rows=[SheetRow(number, cells, dict(*bad) if bad else _NO_FAULTS) for number, cells, *bad in result["rows"]],
        hidden_rows=result["hidden_rows"],
        unnamed_columns=result["unnamed_columns"],
        target=AnnotationTarget(*result["place"]),
        merged=Cases(*result["merged"]),
        digits_lost=Cases(*result["digits_lost"]),
        others=[OtherSheet(*other) for other in result["others"]],
    )
