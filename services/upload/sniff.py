"""What an uploaded file is, by its content: only what must be said at once (domain.md, "Errors").

A zip that is cut off or damaged may have been a workbook: it passes here, and reading it says `corrupt`.
"""

from pathlib import Path
from typing import BinaryIO, Literal

from shared.archive import Archive, ArchiveLimits, ArchiveRefused
from shared.safe_xml import XmlRefused, elements
from shared.sandbox import Limits, Sandbox, SandboxDied

PRELOAD = ("services.upload.sniff",)
"""What a sandbox that sniffs should have imported."""

Objection = Literal["not_xlsx", "encrypted"]

_LIMITS = Limits(memory_bytes=384 * 1024 * 1024, cpu_seconds=10, wall_seconds=30.0)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2
_OLE_ENTRY = 128  # directory entries, each beginning with its name, are aligned to this: [MS-CFB] 2.6.1
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = ("vbaproject.bin", "xl/macrosheets/")


async def sniff(sandbox: Sandbox, path: Path) -> Objection | None:
    """None for what looks like an xlsx workbook. Raises SandboxUnavailable (try again later)."""
    try:
        answer = await sandbox.run(sniff_in_child, str(path), limits=_LIMITS, reads=[path])
    except SandboxDied:  # a zip that can't even be listed within the limits; reading it will say so
        return None
    match answer:
        case b"not_xlsx":
            return "not_xlsx"
        case b"encrypted":
            return "encrypted"
        case _:
            return None


def sniff_in_child(path: str) -> bytes:
    """The objection, or nothing."""
    with Path(path).open("rb") as file:
        head = file.read(8)
        if head == _OLE:
            return b"encrypted" if _holds_encrypted_package(file) else b"not_xlsx"
        if head[:4] not in _ZIP:
            return b"not_xlsx"
        try:
            return _sniff_zip(Archive(file, ArchiveLimits()))
        except (ArchiveRefused, XmlRefused):
            return b"" if head[:4] == _ZIP[0] else b"not_xlsx"


def _holds_encrypted_package(file: BinaryIO) -> bool:
    file.seek(0)
    data = file.read()
    at = data.find(_ENCRYPTED_PACKAGE)
    while at >= 0 and at % _OLE_ENTRY:
        at = data.find(_ENCRYPTED_PACKAGE, at + 1)
    return at >= 0


def _sniff_zip(archive: Archive) -> bytes:
    entry = archive.find("[Content_Types].xml")
    if entry is None:
        return b"not_xlsx"
    if entry.flag_bits & 1:
        return b"encrypted"
    workbook = False

    def look(_: str, attributes: dict[str, str]) -> None:
        nonlocal workbook
        workbook = workbook or attributes.get("ContentType") == _XLSX

    elements(archive.chunks(entry), look)
    macros = any(mark in each.filename.lower() for each in archive.entries for mark in _MACROS)
    return b"" if workbook and not macros else b"not_xlsx"
