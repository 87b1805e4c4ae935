"""Whose the rows of a sheet are, and the sheet without those that go."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from shared.people.columns import ColumnMapping, Headers
from shared.people.mentions import keys_in
from shared.people.model import CompanySettings
from shared.people.profile import EMAIL
from shared.workbooks.area import Area, area
from shared.workbooks.correcting.rows import Changes, CorrectedRows
from shared.workbooks.erasing.model import Place, Wanted
from shared.workbooks.erasing.strings import text_of
from shared.workbooks.erasing.texts import places, plain, unescaped
from shared.workbooks.markup import attributes, elements, with_attributes
from shared.workbooks.row_scanner import Row, RowScanner
from shared.workbooks.sheet import SheetPatch

_HEADER_WITHIN = 20
_SHARED_CELL = re.compile(
    rb"""<(?:[^\s<>/:]+:)?c\s[^<>]*?\bt\s*=\s*["']s["'][^<>]*(?<!/)>"""
    rb"""(?:(?!</(?:[^\s<>/:]+:)?c\s*>).)*?<(?:[^\s<>/:]+:)?v(?:\s[^<>]*)?>\s*(\d{1,9})\s*<""",
    re.DOTALL,
)
_PIECE = re.compile(rb"<(?:[^\s<>/:]+:)?r[\s>]")
_LINK = re.compile(rb"""<(?:[^\s<>/:]+:)?hyperlink\s(?:[^<>"']|"[^"]*"|'[^']*')*>""")

_BLANK_NOTE = {b"comment": b"<:text><:t/></:text>", b"threadedComment": b"<:text></:text>"}


def shared_by_cells(sheet: bytes) -> set[int]:
    """The numbers of all shared strings that cells of a sheet refer to."""
    return {int(each) for each in _SHARED_CELL.findall(sheet)}


@dataclass(slots=True)
class Gone:
    """What of a sheet goes: rows, the texts that stood in them, the shared strings that they referred to."""

    rows: set[int] = field(default_factory=set[int])
    texts: set[str] = field(default_factory=set[str])
    strings: set[int] = field(default_factory=set[int])


class Sheet:
    """One sheet of the workbook. `texts` are the shared strings, `mentioning` those with an address that goes."""

    def __init__(self, part: str, data: bytes, texts: list[str], mentioning: Collection[int], wanted: Wanted) -> None:
        self.part, self._wanted = part, wanted
        self._sheet = SheetPatch(data)
        self._data = self._sheet.patch.data
        self._scanner = RowScanner(self._data, self._sheet.scope)
        self._texts = texts
        numbers = b"|".join(b"%d" % n for n in sorted(mentioning))
        self._places = places(self._data, wanted.keys)
        # Texts of cells themselves, of which an address may be in several formats.
        self._in_pieces = b"inlineStr" in self._data and _PIECE.search(self._data) is not None
        self._refers = re.compile(rb">\s*(?:" + numbers + rb")\s*<") if numbers else None

    def gone(self) -> Gone:
        """The rows that are theirs."""
        place, found = self._place(), Gone()
        email_merges = [
            each for each in self._sheet.merged() if place is None or each.left <= place.email_column <= each.right
        ]
        known: Collection[int] = self._wanted.rows if self._is_place(place) else ()
        held = dict[int, Area]()
        for each in email_merges:
            held |= dict.fromkeys(range(each.top + 1, each.bottom + 1), each)
        for row in self._rows():
            below = place is None or row.number > place.header_row
            merged = held.get(row.number)
            theirs = row.number in known or (merged is not None and merged.top in found.rows)
            if below and (theirs or (self._may_mention(row) and self._is_theirs(row, place))):
                found.rows.add(row.number)
                for _, text, string in self._cells(row):
                    found.texts.add(text)
                    if string is not None:
                        found.strings.add(string)
        return found

    def without(self, gone: Collection[int]) -> tuple[bytes, bool]:
        """The sheet without the cells of these rows, whose numbers stay, and whether formulas are gone with them."""
        if not gone:
            return self._data, False
        sheet, rows = self._sheet, frozenset(gone)
        place = self._place()
        changes = Changes({}, {}, rows, place.header_row if place else 0, 0)
        apart = frozenset(
            each for each in sheet.merged() if any(row in rows for row in range(each.top, each.bottom + 1))
        )
        written = CorrectedRows(sheet.patch, sheet.scope, changes, apart, {}, sheet.columns)
        written.write(*sheet.span)
        sheet.take_apart(apart, {})
        return _without_links(bytes(sheet.patch), rows), written.lost_formulas

    def linked(self, gone: Collection[int]) -> set[bytes]:
        """The relations of links that stand in these rows."""
        return {found for _, has in _links(self._data, gone) if (found := _relation(has))}

    def _place(self) -> Place | None:
        place = self._wanted.place
        if place and place.part.lower() == self.part.lower():
            return place
        return self._by_header()

    def _is_place(self, place: Place | None) -> bool:
        return place is not None and place is self._wanted.place

    def _by_header(self) -> Place | None:
        headers = Headers(CompanySettings(""), ColumnMapping(chosen=self._wanted.columns))
        best, knows = None, 0
        for n, row in enumerate(self._rows()):
            if n >= _HEADER_WITHIN:
                break
            cells = [(column, text) for column, text, _ in self._cells(row)]
            email = next((column for column, text in cells if headers.likely(text) == EMAIL), None)
            known = headers.known_in([text for _, text in cells])
            if email is not None and known > knows:
                best, knows = Place(self.part, row.number, email), known
        return best

    def _rows(self) -> Iterator[Row]:
        return self._scanner.rows(*self._sheet.span)

    def _may_mention(self, row: Row) -> bool:
        if self._refers and self._refers.search(self._data, row.inside, row.end):
            return True
        at = bisect_left(self._places, row.inside)
        if at < len(self._places) and self._places[at] < row.end:
            return True
        return self._in_pieces and _PIECE.search(self._data, row.inside, row.end) is not None

    def _is_theirs(self, row: Row, place: Place | None) -> bool:
        for column, text, _ in self._cells(row):
            if place is not None and column != place.email_column:
                continue
            if found := keys_in(text):
                return not found.isdisjoint(self._wanted.keys)
        return False

    def _cells(self, row: Row) -> Iterator[tuple[int, str, int | None]]:
        """Columns with their texts, and the shared strings that these are."""
        for cell in self._scanner.cells(row):
            if not cell.holds:
                continue
            data = self._data[cell.start : cell.end]
            kind = attributes(cell.tag).get(b"t", b"n").strip()
            parts = list(elements(data, scope=self._sheet.scope))
            if kind == b"inlineStr":
                yield cell.column, text_of(data, None, parts), None
                continue
            value = next((data[e.inside : e.outside] for e in parts if e.main == b"v"), b"")
            text = unescaped(plain(value.decode("utf-8", "replace")))
            if kind == b"s":
                number = int(text) if text.strip().isdigit() and len(text) < 10 else -1
                if 0 <= number < len(self._texts):
                    yield cell.column, self._texts[number], number
            elif text:
                yield cell.column, text, None


def _links(data: bytes, rows: Collection[int]) -> Iterator[tuple[re.Match[bytes], Mapping[bytes, bytes]]]:
    for found in _LINK.finditer(data):
        has = attributes(found[0])
        over = area(has.get(b"ref"))
        if over and any(row in rows for row in range(over.top, min(over.bottom, over.top + 1000) + 1)):
            yield found, has


def _relation(has: Mapping[bytes, bytes]) -> bytes | None:
    return next((value for name, value in has.items() if name.rpartition(b":")[2] == b"id"), None)


def _without_links(data: bytes, rows: Collection[int]) -> bytes:
    """Links in these rows say nothing any more of where they lead."""
    made, at = list[bytes](), 0
    for found, _ in _links(data, rows):
        made += [data[at : found.start()], with_attributes(found[0], {"display": None, "tooltip": None})]
        at = found.end()
    return b"".join((*made, data[at:]))


def without_notes(data: bytes, rows: Collection[int]) -> bytes:
    """A part with notes or threads, those of cells in these rows blank."""
    made, at = list[bytes](), 0
    notes = (each for each in elements(data) if each.name in _BLANK_NOTE and not each.empty)
    for each in sorted(notes, key=lambda note: note.start):
        over = area(each.attributes.get(b"ref"))
        if over and over.top in rows:
            made += [data[at : each.inside], _BLANK_NOTE[each.name].replace(b":", each.prefix)]
            at = each.outside
    return b"".join((*made, data[at:]))
