"""Cells with a thread of comments. A spreadsheet program of today shows the thread and nothing else, so that a note of
ours on such a cell would be seen by nobody (MS-XLSX 2.1.64, "Threaded Comments")."""

from services.validation.formats.annotating.notes import Cell
from shared.workbooks.area import area
from shared.workbooks.markup import elements
from shared.workbooks.package import Package


def cells(package: Package, part: str) -> frozenset[Cell]:
    """Those of the sheet that is this part."""
    found = set[Cell]()
    for thread in package.all_related(part, "threadedComment"):
        for each in elements(package.read(thread)) if package.has(thread) else ():
            if each.name == b"threadedComment" and (at := area(each.attributes.get(b"ref"))):
                found.add((at.top, at.left))
    return frozenset(found)
