"""A text with values (csv) without a person's rows: each other record stays as it is, to the byte."""

import io
from pathlib import Path

from shared.hostile_files.text_encoding import encoding_of
from shared.people.columns import ColumnMapping, Headers
from shared.people.mentions import keys_in, without
from shared.people.model import CompanySettings
from shared.people.profile import EMAIL
from shared.workbooks.erasing.model import Wanted
from shared.workbooks.errors import CannotPatch
from shared.workbooks.text_tables.records import Table

_HEADER_WITHIN = 20


def text_in(path: Path) -> tuple[str, str]:
    """The text and its encoding, of which the same bytes can be made again. Raises CannotPatch."""
    data = path.read_bytes()
    found = encoding_of(io.BytesIO(data))
    for encoding in (found, "utf-8" if found == "utf-8-sig" else None):
        if encoding is None:
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.encode(encoding) == data:
            return text, encoding
    # Big-endian with a mark: Python writes the mark of its own machine.
    if found == "utf-16" and data[:2] == b"\xfe\xff":
        return data.decode("utf-16-be"), "utf-16-be"
    raise CannotPatch("its characters are in no encoding in which it can be written again")


def erased_text(path: Path, wanted: Wanted) -> tuple[bytes, int]:
    """The text without what goes, and how many rows that were. Raises CannotPatch, BadSheet."""
    text, encoding = text_in(path)
    headers = Headers(CompanySettings(""), ColumnMapping(chosen=wanted.columns))
    place = wanted.place
    with path.open("rb") as file:
        table = Table(file, wanted.delimiter or headers.known_in)
        email, header_row = (place.email_column, place.header_row) if place else _header(path, table.delimiter, headers)
        at, count = len(table.told) + text.startswith("\ufeff"), 0
        made = [text[:at]]
        for number, (record, lines) in enumerate(table.with_lines(), 1):
            raw = "".join(lines)
            at += len(raw)
            cells = record if email is None else record[email : email + 1]
            first = next((found for cell in cells if (found := keys_in(cell))), set[str]())
            known = place is not None and number in wanted.rows
            if number > header_row and (known or not first.isdisjoint(wanted.keys)):
                raw, count = raw[len(raw.rstrip("\r\n")) :], count + 1
            made.append(without(raw, wanted.keys.__contains__, wanted.marker))
    return "".join((*made, text[at:])).encode(encoding), count


def _header(path: Path, delimiter: str, headers: Headers) -> tuple[int | None, int]:
    best, knows = (None, 0), 0
    with path.open("rb") as file:
        for number, record in enumerate(Table(file, delimiter).records(), 1):
            if number > _HEADER_WITHIN:
                break
            email = next((n for n, text in enumerate(record) if headers.likely(text) == EMAIL), None)
            if email is not None and (known := headers.known_in(record)) > knows:
                best, knows = (email, number), known
    return best
