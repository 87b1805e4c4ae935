"""The way from a workbook and its corrections to the corrected one. `correct` and `left_out` are called by a service,
all else here runs in the sandbox's child."""

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from shared.hostile_files.safe_xml import XmlRefused
from shared.hostile_files.zip_reader import Archive, ArchiveLimits, ArchiveRefused
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.area import Area
from shared.workbooks.cells import BadSheet
from shared.workbooks.correcting.model import BadCorrections, Corrections, row_set
from shared.workbooks.correcting.rows import Changes, CorrectedRows
from shared.workbooks.errors import CannotPatch
from shared.workbooks.package import Package
from shared.workbooks.relations import NotAWorkbook, workbook_part
from shared.workbooks.sheet import SheetPatch
from shared.workbooks.text_tables.convert import converted, is_text

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("shared.workbooks.correcting.correct",)
"""What a sandbox that corrects should have imported."""

_DEATHS = {
    "memory": "correcting it needs more memory than a workbook of its kind should",
    "cpu": "correcting it takes too long",
    "time": "correcting it takes too long",
    "result_too_large": "with the corrections it is too large",
}
_DONE, _REFUSED = b"+", b"-"
_LENGTH = struct.Struct(">Q")
_LIMITS = ArchiveLimits(idle_marks_per_byte=64)
"""Notes and formats are mostly the same; nobody says here what they come to."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected workbook, and one with the rows that were left out, where there are such."""

    workbook: bytes
    left_out: bytes | None


async def correct(sandbox: Sandbox, path: Path, corrections: bytes, process: Limits | None = None) -> Corrected:
    """The workbook at `path` with the corrections in it. Cells keep their formats, a formula's cell gets the value, all
    else stays as it is, to the byte.

    Raises CannotPatch, and SandboxUnavailable (try again later).
    """
    answer = await _run(sandbox, correct_in_child, path, corrections, process)
    (length,) = _LENGTH.unpack(answer[: _LENGTH.size])
    end = _LENGTH.size + length
    return Corrected(answer[_LENGTH.size : end], answer[end:] or None)


async def left_out(sandbox: Sandbox, path: Path, corrections: bytes, process: Limits | None = None) -> bytes:
    """The rows alone that the corrections leave out, as they are, in a workbook like the one at `path`. Raises as
    `correct`."""
    return await _run(sandbox, left_out_in_child, path, corrections, process)


async def _run(
    sandbox: Sandbox, function: Callable[[str, bytes], bytes], path: Path, corrections: bytes, process: Limits | None
) -> bytes:
    try:
        answer = await sandbox.run(function, str(path), corrections, limits=process, reads=[path])
    except SandboxDied as death:
        log.warning("workbook.corrector_died", reason=death.reason, detail=death.detail)
        raise CannotPatch(_DEATHS.get(death.reason, "it is built in a way that stops what corrects it")) from None
    if answer[:1] == _REFUSED:
        raise CannotPatch(answer[1:].decode())
    return answer[1:]


def correct_in_child(path: str, corrections: bytes) -> bytes:
    """`+`, the length of the corrected workbook in eight bytes, it and that of the rows that were left out; or `-` and
    why there is none."""

    def both(archive: Archive, found: Corrections) -> bytes:
        workbook = written(archive, found)
        rest = written(archive, found.rest()) if found.left_out else b""
        return b"".join((_LENGTH.pack(len(workbook)), workbook, rest))

    return _made(path, corrections, both)


def left_out_in_child(path: str, corrections: bytes) -> bytes:
    """`+` and the workbook of the rows that are left out; or `-` and why there is none."""
    return _made(path, corrections, lambda archive, found: written(archive, found.rest()))


def _made(path: str, corrections: bytes, make: Callable[[Archive, Corrections], bytes]) -> bytes:
    try:
        found = Corrections.loads(corrections)
        with _opened(Path(path), found.delimiter) as file:
            return _DONE + make(Archive(file, _LIMITS), found)
    except BadCorrections:
        return _REFUSED + b"its corrections are damaged"
    except (CannotPatch, ArchiveRefused, XmlRefused, NotAWorkbook, BadSheet) as refused:
        return _REFUSED + str(refused).encode()


def _opened(path: Path, delimiter: str | None) -> BinaryIO:
    """The workbook, or the one that is made of a text with values."""
    return io.BytesIO(converted(path, delimiter)) if delimiter and is_text(path) else path.open("rb")


def written(archive: Archive, corrections: Corrections) -> bytes:
    """The workbook with the corrections. Raises CannotPatch, NotAWorkbook, ArchiveRefused, XmlRefused."""
    package = Package(archive)
    sheet = SheetPatch(package.read(corrections.part, judged=True))
    gone = row_set(corrections.left_out)
    changes = Changes(
        corrections.cells(), corrections.headers(), gone, corrections.header_row, corrections.header_column
    )
    changed = [each for each in sheet.merged() if _changes(each, changes)]
    headers = {each: changes.header_row for each in changed if each.top <= changes.header_row}
    apart = frozenset(changed) - headers.keys()
    rows = CorrectedRows(sheet.patch, sheet.scope, changes, apart, headers, sheet.columns)
    rows.write(*sheet.span)
    sheet.take_apart(apart, headers)
    for column in changes.headers:
        sheet.reach(column)
    if rows.lost_formulas:
        # The order to calculate in, which programs make anew.
        package.drop(workbook_part(archive), "calcChain")
    package.write(corrections.part, sheet.patch)
    return package.finish()


def _changes(merged: Area, changes: Changes) -> bool:
    """Whether a part of merged cells is changed, below the header."""
    below = range(max(merged.top, changes.header_row + 1), merged.bottom + 1)
    return any(row in changes.gone or _among(changes.cells.get(row), merged) for row in below)


def _among(cells: Mapping[int, str] | None, merged: Area) -> bool:
    return cells is not None and any(merged.left <= column <= merged.right for column in cells)
