"""The way from a file to its rows. `read` is called by the service, all else here runs in the sandbox's child."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from services.validation.reading import number_format, parts
from services.validation.reading.model import Column, Place, Reading, ReadingLimits, SheetRow, Unreadable
from services.validation.reading.parts import NotAWorkbook, Sheet
from services.validation.reading.sheet import MAX_COLUMNS, BadSheet, Cells, Layout, read_sheet
from shared.archive import Archive, ArchiveLimits, ArchiveRefused
from shared.people.columns import Headers, Ignored
from shared.people.model import EMAIL
from shared.people.text import clean
from shared.safe_xml import XmlRefused
from shared.sandbox import Limits, Sandbox, SandboxDied

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("services.validation.reading.read",)
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
        data = await sandbox.run(read_in_child, str(path), headers, limits or ReadingLimits(), limits=process)
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
    except (ArchiveRefused, XmlRefused, NotAWorkbook, BadSheet) as refused:
        return orjson.dumps({"unreadable": ["corrupt", str(refused)]})


def _read_workbook(archive: Archive, headers: Headers, limits: ReadingLimits) -> dict[str, Any]:
    workbook = parts.open_workbook(archive)
    texts = parts.strings(archive, workbook.strings)
    show = _shower(parts.formats(archive, workbook.styles), workbook.date1904)
    anything = False
    for sheet in workbook.sheets:
        if not sheet.visible:
            continue
        entry = archive.find(sheet.part)
        if entry is None:
            raise NotAWorkbook("one of its sheets is missing")
        table = _Table(headers, limits)
        try:
            layout = read_sheet(archive.chunks(entry), texts, show, table.take)
        except _NoHeader:
            anything = True
            continue
        except _TooManyRows:
            return {"unreadable": ["too_many_rows", f"it has more than {limits.rows:,} rows"]}
        if table.header is not None:
            return table.result(sheet, layout)
        anything = anything or table.rows_seen > 0
    code = "email_column_missing" if anything else "empty"
    return {"unreadable": [code, "no visible sheet has an Email header" if anything else "there is nothing in it"]}


class _NoHeader(Exception):
    """The sheet has content, but no Email header where one may stand."""


class _TooManyRows(Exception):
    pass


class _Table:
    """Finds the header among a sheet's first rows and keeps the rows below it."""

    def __init__(self, headers: Headers, limits: ReadingLimits) -> None:
        self._headers, self._limits = headers, limits
        self.header: Cells | None = None
        self.rows_seen = 0
        self._named = list[int]()
        self._foreign = list[int]()
        self._rows = list[list[Any]]()
        self._hidden = list[int]()
        self._used = set[int]()

    def take(self, cells: Cells) -> None:
        self.rows_seen += 1
        if self.header is None:
            self._look_for_header(cells)
            return
        self._used |= cells.texts.keys()
        if cells.faults:
            self._used |= cells.faults.keys()
        if len(self._rows) == self._limits.rows:
            raise _TooManyRows
        get = cells.texts.get
        texts = [get(column, "") for column in self._named]
        for at in self._foreign:
            texts[at] = clean(texts[at])[:1]
        row: list[Any] = [cells.number, texts]
        if cells.faults:
            row.append([[at, cells.faults[column]] for at, column in enumerate(self._named) if column in cells.faults])
        self._rows.append(row)
        if cells.hidden:
            self._hidden.append(cells.number)

    def _look_for_header(self, cells: Cells) -> None:
        if cells.number > self._limits.header_within:
            raise _NoHeader
        if not any(self._headers.match(text) == EMAIL for text in cells.texts.values()):
            return
        if len(cells.texts) > self._limits.columns:
            raise BadSheet(f"it has more than {self._limits.columns:,} columns")
        self.header = cells
        self._named = sorted(cells.texts)
        known = (self._headers.match(cells.texts[column]) for column in self._named)
        self._foreign = [at for at, meant in enumerate(known) if not isinstance(meant, str)]
        self._used.update(self._named)

    def result(self, sheet: Sheet, layout: Layout) -> dict[str, Any]:
        assert self.header is not None
        if not self._rows:
            return {"unreadable": ["empty", "there are no rows below the header"]}
        texts = self.header.texts
        return {
            "sheet": sheet.name,
            "header_row": self.header.number,
            "columns": [[column, texts[column], layout.hides(column)] for column in self._named],
            "rows": self._rows,
            "hidden_rows": self._hidden,
            "unnamed_columns": sorted(self._used.difference(self._named)),
            "place": self._place(sheet.part, self.header, layout),
        }

    def _place(self, part: str, header: Cells, layout: Layout) -> list[Any]:
        """An earlier Errors column; else right of all that is used; else the first free one right of the headers."""
        ours = [at for at in self._named if self._headers.match(header.texts[at]) is Ignored.ERRORS]
        last_named = max(at for at in self._named if at not in ours)
        right = max(max(self._used), layout.last_merged) + 1
        free: int | None = right
        if right >= MAX_COLUMNS:
            free = next((at for at in range(last_named + 1, MAX_COLUMNS) if at not in self._used), None)
        return [part, header.number, last_named, ours[0] if ours else free, bool(ours)]


def _shower(codes: list[str], date1904: bool) -> Callable[[int, str], str]:
    """The text of a number by its cell style; a style that is not there counts as General."""
    renderers = dict[int, Callable[[str], str]]()

    def show(style: int, stored: str) -> str:
        found = renderers.get(style)
        if found is None:
            code = codes[style] if style < len(codes) else "General"
            found = renderers[style] = number_format.renderer(code, date1904)
        return found(stored)

    return show


def decode(result: dict[str, Any]) -> Reading | Unreadable:
    if refusal := result.get("unreadable"):
        return Unreadable(*refusal)
    return Reading(
        sheet=result["sheet"],
        header_row=result["header_row"],
        columns=[Column(*column) for column in result["columns"]],
        rows=[SheetRow(number, cells, dict(*bad) if bad else _NO_FAULTS) for number, cells, *bad in result["rows"]],
        hidden_rows=result["hidden_rows"],
        unnamed_columns=result["unnamed_columns"],
        place=Place(*result["place"]),
    )
