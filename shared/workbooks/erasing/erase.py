"""The way from a file to the same without a person. `addresses` and `erase` are called by a service, all else here runs
in the sandbox's child."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog

from shared.hostile_files.safe_xml import XmlRefused
from shared.hostile_files.zip_reader import ArchiveRefused
from shared.people.mentions import keys_in
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.cells import BadSheet
from shared.workbooks.erasing.model import Wanted
from shared.workbooks.erasing.tables import erased_text, text_in
from shared.workbooks.erasing.workbook import addresses_in, erased_workbook, opened
from shared.workbooks.errors import CannotPatch
from shared.workbooks.relations import NotAWorkbook
from shared.workbooks.text_tables.convert import is_text

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("shared.workbooks.erasing.erase",)
"""What a sandbox that erases should have imported."""

_DONE, _REFUSED = b"+", b"-"


@dataclass(frozen=True, slots=True)
class Erased:
    """The file without them, and how many rows that were. What is not theirs is as it was."""

    file: bytes
    rows: int


async def addresses(sandbox: Sandbox, path: Path, process: Limits | None = None) -> frozenset[str]:
    """The addresses that the file has anywhere, by the form in which they are compared. Raises CannotPatch where it
    can't be looked through, and SandboxUnavailable."""
    return frozenset(orjson.loads(await _run(sandbox, addresses_in_child, path, b"", process)))


async def erase(sandbox: Sandbox, path: Path, wanted: Wanted, process: Limits | None = None) -> Erased:
    """The file without what is `wanted` gone. Raises CannotPatch where it can't be made, and SandboxUnavailable."""
    answer = await _run(sandbox, erase_in_child, path, wanted.dumps(), process)
    return Erased(answer[8:], int.from_bytes(answer[:8]))


async def _run(
    sandbox: Sandbox, function: Callable[[str, bytes], bytes], path: Path, wanted: bytes, process: Limits | None
) -> bytes:
    try:
        answer = await sandbox.run(function, str(path), wanted, limits=process, reads=[path])
    except SandboxDied as death:
        log.warning("workbook.eraser_died", reason=death.reason, detail=death.detail)
        raise CannotPatch("it takes more time or memory than a file of its kind should") from None
    if answer[:1] == _REFUSED:
        raise CannotPatch(answer[1:].decode())
    return answer[1:]


def addresses_in_child(path: str, _: bytes) -> bytes:
    """`+` and the addresses as JSON; or `-` and why there are none."""
    return _guarded(lambda: orjson.dumps(sorted(_addresses(Path(path)))))


def erase_in_child(path: str, wanted: bytes) -> bytes:
    """`+`, the number of rows in eight bytes, and the file; or `-` and why there is none."""

    def made() -> bytes:
        file, rows = _erased(Path(path), Wanted.loads(wanted))
        return rows.to_bytes(8) + file

    return _guarded(made)


def _guarded(work: Callable[[], bytes]) -> bytes:
    try:
        return _DONE + work()
    except (CannotPatch, ArchiveRefused, XmlRefused, NotAWorkbook, BadSheet) as refused:
        return _REFUSED + str(refused).encode()


def _addresses(path: Path) -> set[str]:
    if is_text(path):
        return keys_in(text_in(path)[0])
    with path.open("rb") as file:
        return addresses_in(opened(file))


def _erased(path: Path, wanted: Wanted) -> tuple[bytes, int]:
    if is_text(path):
        return erased_text(path, wanted)
    with path.open("rb") as file:
        return erased_workbook(opened(file), wanted)
