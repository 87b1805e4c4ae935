"""The way from a workbook and its corrections to the corrected one. `correct` is called by the service, all else here
runs in the sandbox's child."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from shared.hostile_files.safe_xml import XmlRefused
from shared.hostile_files.zip_reader import Archive, ArchiveLimits, ArchiveRefused
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.area import Area
from shared.workbooks.correcting.model import BadCorrections, Corrections, row_set
from shared.workbooks.correcting.rows import Changes, CorrectedRows
from shared.workbooks.errors import CannotPatch
from shared.workbooks.package import Package
from shared.workbooks.relations import NotAWorkbook, workbook_part
from shared.workbooks.sheet import SheetPatch

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
    try:
        answer = await sandbox.run(correct_in_child, str(path), corrections, limits=process, reads=[path])
    except SandboxDied as death:
        log.warning("workbook.corrector_died", reason=death.reason, detail=death.detail)
        raise CannotPatch(_DEATHS.get(death.reason, "it is built in a way that stops what corrects it")) from None
    if answer[:1] == _REFUSED:
        raise CannotPatch(answer[1:].decode())
    (length,) = _LENGTH.unpack(answer[1 : 1 + _LENGTH.size])
    begin = 1 + _LENGTH.size
    return Corrected(answer[begin : begin + length], answer[begin + length :] or None)


def correct_in_child(path: str, corrections: bytes) -> bytes:
    """`+`, the length of the corrected workbook in eight bytes, it and that of the rows that were left out; or `-` and
    why there is none."""
    try:
        found = Corrections.loads(corrections)
        with Path(path).open("rb") as file:
            archive = Archive(file, _LIMITS)
            workbook = written(archive, found)
            rest = written(archive, found.rest()) if found.left_out else b""
            return b"".join((_DONE, _LENGTH.pack(len(workbook)), workbook, rest))
    except BadCorrections:
        return _REFUSED + b"its corrections are damaged"
    except (CannotPatch, ArchiveRefused, XmlRefused, NotAWorkbook) as refused:
        return _REFUSED + str(refused).encode()


def written(archive: Archive, corrections: Corrections) -> bytes:
    """The workbook with the corrections. Raises CannotPatch, NotAWorkbook, ArchiveRefused, XmlRefused."""
    package = Package(archive)
    sheet = SheetPatch(package.read(corrections.part, judged=True))
    gone = row_set(corrections.left_out)
    changes = Changes(
        corrections.cells(), corrections.headers(), gone, corrections.header_row, corrections.header_column
    )
    apart = frozenset(each for each in sheet.merged() if _changes(each, changes))
    rows = CorrectedRows(sheet.patch, sheet.scope, changes, apart, sheet.columns)
    rows.write(*sheet.span)
    sheet.take_apart(apart)
    for column in changes.headers:
        sheet.reach(column)
    if rows.lost_formulas:
        # The order to calculate in, which programs make anew.
        package.drop(workbook_part(archive), "calcChain")
    package.write(corrections.part, sheet.patch)
    return package.finish()


def _changes(merged: Area, changes: Changes) -> bool:
    """Whether a part of merged cells is changed, below the header."""
    if merged.top <= changes.header_row:
        return False
    return any(
        row in changes.gone or _among(changes.cells.get(row), merged) for row in range(merged.top, merged.bottom + 1)
    )


def _among(cells: Mapping[int, str] | None, merged: Area) -> bool:
    return cells is not None and any(merged.left <= column <= merged.right for column in cells)
