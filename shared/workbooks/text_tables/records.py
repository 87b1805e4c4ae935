"""A text with values as records, one a row: a comma, a semicolon or a tab parts the values (RFC 4180 in quotes)."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import BinaryIO

from shared.hostile_files.text_encoding import encoding_of, line_not_in_utf_8
from shared.workbooks.cells import BadSheet

Knows = Callable[[Sequence[str]], int]
"""How many of a row's values a header can have."""
DELIMITERS = ",;\t"
_LONGEST_LINE = 1_000_000
_LONGEST_VALUE = 32_767
"""Characters, as of a cell."""
_LOOKED_AT = 64 * 1024
_HEADER_WITHIN = 20
TOLD = re.compile(r'("?)sep=(?P<delimiter>[\x21-\x7e\t])\1(?:\r\n?|\n)', re.IGNORECASE)
"""By its first line a text can tell Excel what parts its values."""


class Table:
    """A text as a table. Raises BadSheet where its encoding is not known."""

    def __init__(self, file: BinaryIO, known: Knows | str) -> None:
        """`known`: what a header can have, by which it is told what parts the values; or what parts them."""
        encoding = encoding_of(file)
        if encoding is None:
            raise BadSheet("its characters are in no encoding that is known")
        if encoding == "utf-8-sig" and (line := line_not_in_utf_8(file)):
            raise BadSheet(f"line {line:,} is not in UTF-8 as the others are, so its accents must be typed anew")
        self._text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        head = self._text.read(_LOOKED_AT)
        told = TOLD.match(head)
        if isinstance(known, str):
            self.delimiter = known
        else:
            self.delimiter = told["delimiter"] if told else _likeliest(head, known)
        self._text.seek(0)
        self.told = told[0] if told else ""
        """The line that tells what parts the values, and is no record."""
        if told:
            self._text.readline(len(told[0]))

    def records(self) -> Iterator[Sequence[str]]:
        """All of them, blank ones too, so that they count as the rows that a spreadsheet program shows. Raises
        BadSheet."""
        return (record for record, _ in _parsed(self._text, self.delimiter))

    def with_lines(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """The same, each with the lines that it was read from. Raises BadSheet."""
        return ((record, tuple(lines)) for record, lines in _parsed(self._text, self.delimiter))


def _likeliest(head: str, knows: Knows) -> str:
    """What parts the values: with it a row is a header that knows most columns, else most rows are parted alike."""
    lines = head.splitlines(keepends=True)
    if len(head) == _LOOKED_AT and len(lines) > 1:
        lines.pop()

    def rank(delimiter: str) -> tuple[int, int, int]:
        rows = [row for row, _ in zip(_reader(iter(lines), delimiter), range(_HEADER_WITHIN), strict=False)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        alike = max(widths.values(), default=0)
        return max(map(knows, rows), default=0), alike, max((w for w in widths if widths[w] == alike), default=0)

    return max(DELIMITERS, key=rank)


def _parsed(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    lines = _Lines(text)
    row, widths = 0, set[int]()
    longest = csv.field_size_limit(_LONGEST_VALUE)
    try:
        for record in _reader(lines, delimiter):
            row += 1
            yield record, lines.taken
            _check_quotes(lines.taken, delimiter, row)
            if len(lines.taken) > 1 and any(_takes_in_rows(value, delimiter, widths) for value in record):
                raise BadSheet(_unclosed(row))
            widths.add(len(record))
            lines.taken.clear()
    except csv.Error:
        raise BadSheet(_unclosed(row + 1)) from None
    finally:
        csv.field_size_limit(longest)


def _check_quotes(lines: Sequence[str], delimiter: str, row: int) -> None:
    """A record of several lines is one by quotation marks, or because one of them is not closed and takes in what comes
    behind it: up to the next one, or to the end. So its marks must all be in order; those of a single line must end."""
    several = len(lines) > 1
    if not several and lines[0].count('"') % 2 == 0:
        return
    try:
        list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        if several or "unexpected end" in str(error):
            raise BadSheet(_unclosed(row)) from None


def _takes_in_rows(value: str, delimiter: str, widths: Collection[int]) -> bool:
    """Whether one of a value's further lines is a row: with an address, and parted as a row before it is."""
    return any(
        "@" in line and (parts := line.count(delimiter)) and parts + 1 in widths for line in value.splitlines()[1:]
    )


def _unclosed(row: int) -> str:
    return f"a value in row {row:,} is longer than a cell can be, or a quotation mark before it is not closed"


def _reader(lines: Iterator[str], delimiter: str) -> "Iterator[list[str]]":
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


class _Lines:
    """The lines of a text. `taken`: those since it was emptied."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.taken = list[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_LINE:
            raise BadSheet("one of its lines is longer than a row can be")
        self.taken.append(line)
        return line
