"""The zip around the sheet: which part refers to which, and what kind each is (ECMA-376 part 2)."""

import itertools

from services.validation.annotate.markup import Element, Patch, elements, prefix_of, qualified
from services.validation.annotate.model import CannotAnnotate
from services.validation.reading.parts import relations, rels_part
from shared.archive import Archive
from shared.archive_writer import ArchiveWriter

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

    def read(self, part: str) -> bytes:
        """As it is by now. Raises CannotAnnotate when there is none."""
        if changed := self._changed.get(part.lower()):
            return bytes(changed[1])
        entry = self._archive.find(part)
        if entry is None:
            raise CannotAnnotate("one of its parts is missing")
        return self._archive.read(entry)

    def write(self, part: str, data: Patch | bytes) -> None:
        entry = self._archive.find(part)
        self._changed[part.lower()] = (entry.filename if entry else part, data)

    def has(self, part: str) -> bool:
        return part.lower() in self._changed or self._archive.find(part) is not None

    def related(self, part: str, kind: str, identity: str | None = None) -> str | None:
        """The part of a kind that a part refers to, by a certain relation or by any."""
        for each in relations(self._archive, part):
            if each.kind == kind and not each.external and identity in (None, each.id):
                return each.target
        return None

    def relate(self, part: str, kind: str, target: str) -> str:
        """Adds a relation; gives its id."""
        rels = rels_part(part)
        data = self.read(rels) if self.has(rels) else _NO_RELATIONS
        found = list(elements(data))
        taken = {each.attributes.get(b"Id", b"") for each in found}
        identity = next(name for n in itertools.count(1) if (name := f"rIdUsher{n}").encode() not in taken)
        self._append(rels, data, found, f'Relationship Id="{identity}" Type="{kind}" Target="/{target}"')
        return identity

    def declare(self, part: str, kind: str) -> None:
        """Says what kind of content a new part has."""
        data = self.read(TYPES)
        self._append(TYPES, data, list(elements(data)), f'Override PartName="/{part}" ContentType="{kind}"')

    def declare_extension(self, extension: str, kind: str) -> None:
        data = self.read(TYPES)
        found = list(elements(data))
        known = {each.attributes.get(b"Extension", b"").lower() for each in found if each.name == b"Default"}
        if extension.encode() not in known:
            self._append(TYPES, data, found, f'Default Extension="{extension}" ContentType="{kind}"')

    def free(self, pattern: str) -> str:
        """A part's name that is not taken: `xl/comments{}.xml`."""
        return next(name for n in itertools.count(1) if not self.has(name := pattern.format(n)))

    def finish(self) -> bytes:
        writer, left = ArchiveWriter(), dict(self._changed)
        for entry in self._archive.entries:
            key = entry.filename.replace("\\", "/").lstrip("/").lower()
            if key not in self._changed:
                writer.copy(self._archive, entry)
            elif key in left:  # else the same part was in the file twice
                writer.add(entry.filename, _chunks(left.pop(key)[1]))
        for name, data in left.values():
            writer.add(name, _chunks(data))
        return writer.finish()

    def _append(self, part: str, data: bytes, found: list[Element], element: str) -> None:
        root = found[-1]
        patch = Patch(data)
        patch.append(root, b"<%b%b/>" % (prefix_of(qualified(root.tag)), element.encode()))
        self.write(part, bytes(patch))


def _chunks(data: Patch | bytes) -> "itertools.chain[bytes]":
    return itertools.chain((data,)) if isinstance(data, bytes) else itertools.chain(data.chunks())
