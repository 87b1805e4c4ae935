"""The way from a text to a workbook. `workbook_of` is called by services, all else here runs in the sandbox's child."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from shared.hostile_files.zip_reader import SIGNATURES
from shared.sandbox.pool import Limits, Sandbox, SandboxDied
from shared.workbooks.cells import BadSheet
from shared.workbooks.text_tables.records import Knows, Table
from shared.workbooks.text_tables.write import write

log = structlog.stdlib.get_logger(__name__)

PRELOAD = ("shared.workbooks.text_tables.convert",)
"""What a sandbox that converts should have imported."""
MOST_BYTES = 512 * 1024 * 1024
"""Of the sheet's XML."""

SIGNATURE_BYTES = max(map(len, SIGNATURES))
_DONE, _REFUSED = b"+", b"-"


class CannotConvert(Exception):
    """The text makes no sheet. The message is a plain half sentence."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The workbook, and what parts the values of the text."""

    workbook: bytes
    delimiter: str


def is_text(path: Path) -> bool:
    """Whether the file is none of those that hold a workbook."""
    with path.open("rb") as file:
        return begins_text(file.read(SIGNATURE_BYTES))


def begins_text(head: bytes) -> bool:
    """The same of its first SIGNATURE_BYTES, or more."""
    return not head.startswith(SIGNATURES)


async def workbook_of(
    sandbox: Sandbox, path: Path, knows: Knows, most_bytes: int = MOST_BYTES, process: Limits | None = None
) -> Converted:
    """The text at `path` as a workbook of one sheet, in which each value stands as a text. `knows` says of a row's
    values how many of them a header can have: by that it is known what parts them.

    Raises CannotConvert, and SandboxUnavailable (try again later).
    """
    try:
        answer = await sandbox.run(convert_in_child, str(path), knows, most_bytes, limits=process, reads=[path])
    except SandboxDied as death:
        log.warning("text.converter_died", reason=death.reason, detail=death.detail)
        raise CannotConvert("reading it takes more time or memory than a text of its kind should") from None
    if answer[:1] == _REFUSED:
        raise CannotConvert(answer[1:].decode())
    return Converted(answer[2:], answer[1:2].decode())


def convert_in_child(path: str, knows: Knows, most_bytes: int) -> bytes:
    """`+`, what parts the values, and the workbook; or `-` and why there is none."""
    try:
        with Path(path).open("rb") as file:
            table = Table(file, knows)
            return _DONE + table.delimiter.encode() + write(table.records(), most_bytes)
    except BadSheet as refused:
        return _REFUSED + str(refused).encode()


def converted(path: Path, delimiter: str) -> bytes:
    """The workbook of a text of which it is known what parts its values. Raises BadSheet."""
    with path.open("rb") as file:
        return write(Table(file, delimiter).records(), MOST_BYTES)
