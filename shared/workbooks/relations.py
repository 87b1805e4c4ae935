"""Which part of a workbook refers to which (ECMA-376 part 2, "Relationships")."""

import posixpath
from dataclasses import dataclass

from shared.hostile_files.safe_xml import elements
from shared.hostile_files.zip_reader import Archive


class NotAWorkbook(Exception):
    """A part that every workbook has is missing or can't be understood. The message is a plain half sentence."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a part to another one."""

    id: str
    kind: str  # the last word of its type: worksheet, styles, comments, …
    target: str  # the part's name; of an external one the address, never followed
    external: bool


def rels_part(part: str) -> str:
    """The part that holds the relationships of a part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations(archive: Archive, part: str) -> list[Relation]:
    """What a part refers to, in its order; "" for the package itself."""
    found = list[Relation]()

    def take(name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        external = attributes.get("TargetMode") == "External"
        target = attributes.get("Target", "")
        resolved = target if external else posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target))
        kind = attributes.get("Type", "").rpartition("/")[2]
        found.append(Relation(attributes.get("Id", ""), kind, resolved.lstrip("/"), external))

    if entry := archive.find(rels_part(part)):
        elements(archive.chunks(entry), take)
    return found


def package_parts(archive: Archive) -> dict[str, str]:
    """The parts that the package itself refers to, by their kind."""
    return {each.kind: each.target for each in relations(archive, "") if not each.external}


def workbook_part(archive: Archive) -> str:
    """The part that says which sheets there are; it may not be there."""
    return package_parts(archive).get("officeDocument", "xl/workbook.xml")
