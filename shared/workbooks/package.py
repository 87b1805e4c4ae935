"""The zip around the sheet: which part refers to which, and what kind each is (ECMA-376 part 2)."""

import itertools
import posixpath
from collections.abc import Callable, Mapping

from shared.hostile_files.zip_reader import Archive, Gain
from shared.hostile_files.zip_writer import ArchiveWriter
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import Patch, elements, opened, utf8
from shared.workbooks.relations import Relation, relations, rels_part

TYPES = "[Content_Types].xml"
_NO_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


class Package:
    """A workbook's parts, changed and added to; what is not changed is copied as it stands in the file."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._changed = dict[str, tuple[str, Patch | bytes]]()  # by the name in lower case
        self._dropped = set[str]()  # likewise

    def read(self, part: str, *, judged: bool = False) -> bytes:
        """As it is by now, in UTF-8 if it is XML. Raises CannotPatch when there is none.

        `judged`: reading the workbook has seen what the part's work comes to, and let it through.
        """
        if changed := self._changed.get(part.lower()):
            return bytes(changed[1])
        entry = self._archive.find(part)
        if entry is None:
            raise CannotPatch("one of its parts is missing")
        return utf8(self._archive.read(entry, Gain(kept=2 * entry.file_size) if judged else None))

    def write(self, part: str, data: Patch | bytes) -> None:
        entry = self._archive.find(part)
        self._changed[part.lower()] = (entry.filename if entry else part, data)

    def has(self, part: str) -> bool:
        return part.lower() in self._changed or self._archive.find(part) is not None

    def relations(self, part: str) -> list[Relation]:
        """What a part of the workbook refers to, as it came."""
        return [each for each in relations(self._archive, part) if not each.external]

    def related(self, part: str, kind: str, identity: str | None = None) -> str | None:
        """The part of a kind that a part refers to, by a certain relation or by any; it may not be there."""
        found = (each for each in self.relations(part) if each.kind == kind and identity in (None, each.id))
        return next((each.target for each in found), None)

    def all_related(self, part: str, kind: str) -> list[str]:
        """All parts of a kind that a part refers to."""
        return [each.target for each in self.relations(part) if each.kind == kind]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Adds a relation, as relative as Excel writes it: some readers know no other; gives its id."""
        rels = rels_part(part)
        data = self.read(rels) if self.has(rels) else _NO_RELATIONS
        taken = {each.attributes.get(b"Id", b"") for each in elements(data)}
        identity = next(name for n in itertools.count(1) if (name := f"rIdUsher{n}").encode() not in taken)
        relative = posixpath.relpath(f"/{target}", f"/{posixpath.dirname(part)}")
        self._append(rels, data, f'Relationship Id="{identity}" Type="{kind}" Target="{relative}"')
        return identity

    def declare(self, part: str, kind: str) -> None:
        """Says what kind of content a new part has, unless that is said already."""
        data = self.read(TYPES)
        known = {each.attributes.get(b"PartName", b"").lower() for each in elements(data)}
        if f"/{part}".lower().encode() not in known:
            self._append(TYPES, data, f'Override PartName="/{part}" ContentType="{kind}"')

    def declare_extension(self, extension: str, kind: str) -> None:
        data = self.read(TYPES)
        known = {each.attributes.get(b"Extension", b"").lower() for each in elements(data)}
        if extension.encode() not in known:
            self._append(TYPES, data, f'Default Extension="{extension}" ContentType="{kind}"')

    def drop(self, part: str, kind: str) -> None:
        """Takes out the parts of a kind that a part refers to, and what is said of them."""
        gone = {target.lower() for target in self.all_related(part, kind) if self.has(target)}
        if not gone:
            return
        rels = rels_part(part)
        self._cut(rels, lambda each: each.get(b"Type", b"").endswith(f"/{kind}".encode()))
        self._cut(TYPES, lambda each: each.get(b"PartName", b"").lower().decode("utf-8", "replace").lstrip("/") in gone)
        self._dropped |= gone

    def free(self, pattern: str) -> str:
        """A part's name that is not taken: `xl/comments{}.xml`."""
        return next(name for n in itertools.count(1) if not self.has(name := pattern.format(n)))

    def finish(self) -> bytes:
        writer, left = ArchiveWriter(), dict(self._changed)
        for entry in self._archive.entries:
            key = entry.filename.replace("\\", "/").lstrip("/").lower()
            if key in self._dropped:
                continue
            if key not in self._changed:
                writer.copy(self._archive, entry)
            elif key in left:  # else the same part was in the file twice
                writer.add(entry.filename, _chunks(left.pop(key)[1]))
        for name, data in left.values():
            writer.add(name, _chunks(data))
        return writer.finish()

    def _cut(self, part: str, which: Callable[[Mapping[bytes, bytes]], bool]) -> None:
        patch = Patch(self.read(part))
        for each in elements(patch.data):
            if each.depth == 1 and which(each.attributes):
                patch.replace(each.start, each.end, b"")
        self.write(part, bytes(patch))

    def _append(self, part: str, data: bytes, element: str) -> None:
        patch = Patch(opened(data))
        *_, root = elements(patch.data)
        patch.append(root, b"<%b%b/>" % (root.prefix, element.encode()))
        self.write(part, bytes(patch))


def _chunks(data: Patch | bytes) -> "itertools.chain[bytes]":
    return itertools.chain((data,)) if isinstance(data, bytes) else itertools.chain(data.chunks())
