"""A workbook without a person: its sheets, and whatever else in it says something of them."""

import io
from collections.abc import Collection, Iterator
from typing import BinaryIO

from shared.hostile_files.zip_reader import SIGNATURES, Archive, ArchiveLimits
from shared.people.mentions import keys_in
from shared.workbooks.erasing import texts
from shared.workbooks.erasing.model import Wanted
from shared.workbooks.erasing.sheets import Gone, Sheet, shared_by_cells, without_notes
from shared.workbooks.erasing.strings import SharedStrings
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import utf8, with_attributes
from shared.workbooks.package import Package
from shared.workbooks.relations import rels_part, workbook_part

_LIMITS = ArchiveLimits(idle_marks_per_byte=64)
_XML = (".xml", ".rels", ".vml")
_COPIES = ("/pivotcache/", "/charts/", "/externallinks/", "/querytables/")
"""Parts that keep copies of cells."""
_SHORTEST_COPY = 3


def addresses_in(archive: Archive) -> set[str]:
    """All addresses of a workbook, by the form in which they are compared."""
    found = _in_parts(archive)
    if part := _strings_part(Package(archive), archive):
        found |= {key for text in SharedStrings(_read(archive, part)).texts for key in keys_in(text)}
    return found


def opened(file: BinaryIO) -> Archive:
    """The workbook, within what erasing may cost."""
    return Archive(file, _LIMITS)


def erased_workbook(archive: Archive, wanted: Wanted) -> tuple[bytes, int]:
    """The workbook without them, and how many rows that were. Raises CannotPatch, ArchiveRefused, XmlRefused,
    NotAWorkbook, BadSheet."""
    made, rows = _Workbook(archive, wanted).erased()
    if _holds(Archive(io.BytesIO(made), _LIMITS), wanted.keys):
        raise CannotPatch("it holds an address in a part that can't be written")
    return made, rows


def _in_parts(archive: Archive) -> set[str]:
    found = set[str]()
    for name, data in _parts(archive):
        if name.lower().endswith(_XML):
            found |= texts.keys(data)
        elif data.startswith(SIGNATURES):
            found |= _in_parts(Archive(io.BytesIO(data), _LIMITS))
        else:
            found |= _in_bytes(data)
    return found


def _holds(archive: Archive, keys: Collection[str]) -> bool:
    for name, data in _parts(archive):
        if name.lower().endswith(_XML):
            if texts.places(data, keys):
                return True
        elif data.startswith(SIGNATURES):
            if _holds(Archive(io.BytesIO(data), _LIMITS), keys):
                return True
        elif not _in_bytes(data).isdisjoint(keys):
            return True
    return False


def _in_bytes(data: bytes) -> set[str]:
    return keys_in(data.decode("latin-1")) | keys_in(data.decode("utf-16-le", "ignore"))


def _parts(archive: Archive) -> Iterator[tuple[str, bytes]]:
    for entry in archive.entries:
        data = archive.read(entry)
        yield entry.filename, utf8(data) if entry.filename.lower().endswith(_XML) else data


def _read(archive: Archive, part: str) -> bytes:
    entry = archive.find(part)
    if entry is None:
        raise CannotPatch("one of its parts is missing")
    return utf8(archive.read(entry))


def _strings_part(package: Package, archive: Archive) -> str | None:
    part = package.related(workbook_part(archive), "sharedStrings")
    return part if part and package.has(part) else None


class _Workbook:
    """One workbook."""

    def __init__(self, archive: Archive, wanted: Wanted) -> None:
        self._archive, self._wanted = archive, wanted
        self._package = Package(archive)
        self._workbook = workbook_part(archive)
        parts = self._package.all_related(self._workbook, "worksheet")
        self._sheets = [part for part in dict.fromkeys(parts) if self._package.has(part)]
        self._strings_part = _strings_part(self._package, archive)
        self._strings = SharedStrings(self._package.read(self._strings_part)) if self._strings_part else None
        self._mentioning = self._strings.mentioning(wanted.keys) if self._strings else frozenset[int]()

    def erased(self) -> tuple[bytes, int]:
        gone = {part: self._rows_of(part) for part in self._sheets}
        rows = sum(len(each.rows) for each in gone.values())
        self._write_strings(gone)
        self._write_others({part.lower() for part in gone})
        if rows:
            self._refuse_copies(gone)
        return self._package.finish(), rows

    def _rows_of(self, part: str) -> Gone:
        data = self._package.read(part)
        texts_of_cells = self._strings.texts if self._strings else []
        sheet = Sheet(part, data, texts_of_cells, self._mentioning, self._wanted)
        gone = sheet.gone()
        new, lost_formulas = sheet.without(gone.rows)
        new = texts.erased(new, self._wanted.keys, self._wanted.marker)
        if new != data:
            self._package.write(part, new)
        if lost_formulas:
            self._package.drop(self._workbook, "calcChain")
        if gone.rows:
            self._write_links(part, sheet.linked(gone.rows))
            self._write_notes(part, gone.rows)
        return gone

    def _write_links(self, part: str, linked: Collection[bytes]) -> None:
        rels = rels_part(part)
        if not linked or not self._package.has(rels):
            return
        data = self._package.read(rels)
        for each in linked:
            at = data.find(b'Id="%b"' % each)
            start, end = data.rfind(b"<", 0, at), data.find(b">", at) + 1
            if at >= 0 and b"/hyperlink" in data[start:end]:
                tag = with_attributes(data[start:end], {"Target": f"mailto:{self._wanted.marker}"})
                data = data[:start] + tag + data[end:]
        self._package.write(rels, data)

    def _write_notes(self, part: str, rows: Collection[int]) -> None:
        for kind in ("comments", "threadedComment"):
            for notes in self._package.all_related(part, kind):
                if self._package.has(notes):
                    data = self._package.read(notes)
                    self._package.write(notes, without_notes(data, rows))

    def _write_strings(self, gone: dict[str, Gone]) -> None:
        if self._strings is None or self._strings_part is None:
            return
        blank = set[int]()
        if any(each.rows for each in gone.values()):
            used = set[int]().union(*(shared_by_cells(self._package.read(part)) for part in gone))
            said = set[str]().union(*(each.texts for each in gone.values()))
            blank = {n for n, text in enumerate(self._strings.texts) if text in said and n not in used}
        if blank or self._mentioning:
            new = self._strings.erase(self._mentioning, blank, self._wanted.keys, self._wanted.marker)
            self._package.write(self._strings_part, new)

    def _write_others(self, done: Collection[str]) -> None:
        strings = self._strings_part.lower() if self._strings_part else None
        for entry in self._archive.entries:
            name = entry.filename.replace("\\", "/").lstrip("/").lower()
            if not name.endswith(_XML) or name in done or name == strings:
                continue
            data = self._package.read(entry.filename)
            new = texts.erased(data, self._wanted.keys, self._wanted.marker)
            if new != data:
                self._package.write(entry.filename, new)

    def _refuse_copies(self, gone: dict[str, Gone]) -> None:
        """A pivot table, a chart or a query that keeps what stood in these rows alone: nobody can say here what it
        would come to without."""
        copies = [e for e in self._archive.entries if any(each in f"/{e.filename.lower()}" for each in _COPIES)]
        if not copies:
            return
        said = {text.strip() for each in gone.values() for text in each.texts}
        said = {text for text in said if len(text) >= _SHORTEST_COPY and not text.replace(".", "").isdigit()}
        for part in self._sheets:
            said -= self._kept(part, said)
        for entry in copies:
            if entry.filename.lower().endswith(_XML) and not said.isdisjoint(
                texts.runs(self._package.read(entry.filename))
            ):
                raise CannotPatch("a pivot table or a chart keeps a copy of its rows")

    def _kept(self, part: str, said: Collection[str]) -> set[str]:
        """Which of these texts a sheet still has."""
        data = self._package.read(part)
        found = set(texts.runs(data)) & set(said)
        if self._strings:
            found |= {
                self._strings.texts[n].strip() for n in shared_by_cells(data) if n < len(self._strings.texts)
            } & set(said)
        return found
