"""Content sniffing: what an uploaded file is, whatever it is called: only what is answered at once (docs/errors.md).

A text with values (csv) is taken in as well, if its first lines look like one. A zip that is cut off or damaged may
have been a workbook: it passes here, and reading it says `corrupt`.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import BinaryIO, Final, Literal

from shared.hostile_files.safe_xml import XmlRefused, elements
from shared.hostile_files.text_encoding import encoding_of
from shared.hostile_files.zip_reader import LOCAL, SIGNATURES, Archive, ArchiveLimits, ArchiveRefused
from shared.people.columns import is_word
from shared.people.messages import NotXlsx
from shared.workbooks.text_tables.records import DELIMITERS, TOLD

Encrypted = Literal["password", "label"]
Objection = NotXlsx | Encrypted
"""What a file is instead of a workbook that can be read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2
_OLE_ENTRY = 128  # directory entries, each beginning with its name, are aligned to this: [MS-CFB] 2.6.1
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage"  # [MS-OFFCRYPTO] 2.3.4.4
_BY_LABEL: Final = "DRMEncryptedDataSpace"  # [MS-OFFCRYPTO] 2.2.1; of a password it is StrongEncryptionDataSpace
_OLD = ("Workbook", "Book")  # [MS-XLS] 2.1.2
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = ("vbaproject.bin", "xl/macrosheets/")
_OTHER_TYPES: Mapping[str, NotXlsx] = {
    "application/vnd.ms-excel.sheet.macroenabled.main+xml": "xlsm",
    "application/vnd.ms-excel.sheet.binary.macroenabled.main": "xlsb",
}
_WORKBOOKS = frozenset((_XLSX, *_OTHER_TYPES))
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_LOCK_SIZE = 165  # of Excel's: the length of the owner's name, the name in 54 bytes, and both again in UTF-16
_OTHER_LOCK = re.compile(rb",[^\r\n]*;\s*")  # LibreOffice's: name, host and date of who has it open
_NO_VALUES = ("%PDF", "<", "{", "[", "#!")
_IN_BRACKETS = re.compile(r"""\[[^][{}",;|\s][^][{}",;|\t\r\n]*\]\s*(?:[,;|\t\r\n]|$)""")
"""A header that begins as a list of JSON does."""
_ADDRESS = re.compile(r"\S+@\S+")
_LOOKED_AT = 4096


def sniff(path: str) -> bytes:
    """The objection to the file at `path`, or nothing. As bytes: it runs in a sandbox, which answers so."""
    with Path(path).open("rb") as file:
        return (_objection(file) or "").encode()


def _objection(file: BinaryIO) -> Objection | None:
    head = file.read(_LOOKED_AT)
    if head.startswith(_OLE):
        return _sniff_ole(head + file.read())
    if not head.startswith(SIGNATURES):
        return _sniff_other(head, file)
    try:
        return _sniff_zip(Archive(file, ArchiveLimits()))
    except (ArchiveRefused, XmlRefused):
        return None if head.startswith(LOCAL) else "other"


def _sniff_ole(data: bytes) -> Objection:
    if _has_entry(data, _ENCRYPTED_PACKAGE):
        return "label" if _BY_LABEL.encode("utf-16-le") in data else "password"
    return "xls" if any(_has_entry(data, name) for name in _OLD) else "other"


def _has_entry(data: bytes, name: str) -> bool:
    """Whether the directory of an OLE file has it."""
    entry = f"{name}\0".encode("utf-16-le")
    at = data.find(entry)
    while at >= 0 and at % _OLE_ENTRY:
        at = data.find(entry, at + 1)
    return at >= 0


def _sniff_other(head: bytes, file: BinaryIO) -> NotXlsx | None:
    if not head:
        return "empty"
    if len(head) == _LOCK_SIZE and 0 < head[0] < 55 and head[1 + head[0] : 55].strip() == b"":
        return "lock"
    if _OTHER_LOCK.fullmatch(head):
        return "lock"
    encoding = encoding_of(file)
    if encoding is None:
        return "csv" if _holds_values(head.decode("latin-1")) and b"\0" not in head else "other"
    return None if _holds_values(head.decode(encoding, "ignore")) else "other"


def _holds_values(text: str) -> bool:
    """Whether a text is a table of values: its lines are parted, the first or several alike; or each is an address."""
    told = TOLD.match(text)
    text = text[told.end() :] if told else text
    if text.lstrip().startswith(_NO_VALUES) and not _IN_BRACKETS.match(text.lstrip()):
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    for delimiter in told["delimiter"] if told else DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        if sum(map(bool, map(str.strip, lines[0].split(delimiter)))) > 1 or any(
            one == other > 0 for one, other in pairwise(counts)
        ):
            return True
    return _holds_addresses([line.strip() for line in lines])


def _holds_addresses(lines: Sequence[str]) -> bool:
    """Whether each line is an address, below a header and what stands above that. The last one may be cut off."""
    whole = lines[:-1] if len(lines) > 2 else lines
    above = sum(1 for _ in takewhile(lambda line: not _ADDRESS.fullmatch(line), whole))
    return (
        1 < len(lines) > above
        and all(map(_ADDRESS.fullmatch, whole[above:]))
        and (above <= 1 or is_word(whole[above - 1]))
    )


def _sniff_zip(archive: Archive) -> Objection | None:
    entry = archive.find("[Content_Types].xml")
    if entry is None:
        return _sniff_other_zip(archive)
    if entry.flag_bits & 1:
        return "password"
    found = set[str]()

    def look(_: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType")
        if kind and (kind := kind.lower()) in _WORKBOOKS:
            found.add(kind)

    elements(archive.chunks(entry), look)
    for kind in found & _OTHER_TYPES.keys():
        return _OTHER_TYPES[kind]
    if any(mark in each.filename.lower() for each in archive.entries for mark in _MACROS):
        return "xlsm"
    return None if _XLSX in found else "other"


def _sniff_other_zip(archive: Archive) -> NotXlsx:
    if archive.find("Index/Document.iwa") or archive.find("Index.zip"):
        return "numbers"
    entry = archive.find("mimetype")
    return "ods" if entry and next(iter(archive.chunks(entry)), b"").startswith(_ODS) else "other"
