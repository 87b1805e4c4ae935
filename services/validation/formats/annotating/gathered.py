"""What becomes of the annotations: where each can be seen."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating.model import Annotation
from services.validation.formats.annotating.notes import Cell
from services.validation.formats.annotating.rows import RowAnnotations
from shared.workbooks.area import Area
from shared.workbooks.errors import CannotPatch

MAX_NOTES = 20_000  # spreadsheet programs take minutes to open more; the `Errors` column says everything anyway


@dataclass(frozen=True, slots=True)
class Gathered:
    """What each row gets, and the words of each note."""

    rows: Mapping[int, RowAnnotations]
    notes: Mapping[Cell, str]


def gather(
    annotations: Sequence[Annotation], target: AnnotationTarget, merged: Iterable[Area], threads: Set[Cell]
) -> Gathered:
    """Of merged cells the first is seen, so that one is highlighted and has the note. A cell with a thread of comments
    shows no note: its whole row is highlighted, and the note stands on the row's `Errors` cell."""
    if target.errors_column is None:
        raise CannotPatch("it has no free column for the errors")
    shown = _shown({(annotation.row, annotation.column) for annotation in annotations}, merged)
    rows, said, notes = dict[int, RowAnnotations](), dict[int, dict[str, None]](), dict[Cell, dict[str, None]]()
    for annotation in annotations:
        row = rows.setdefault(annotation.row, RowAnnotations())
        said.setdefault(annotation.row, {})[annotation.message] = None
        cell = shown.get((annotation.row, annotation.column), (annotation.row, annotation.column))
        rows.setdefault(cell[0], RowAnnotations()).columns.add(cell[1])
        row.whole = row.whole or annotation.whole_row or cell in threads
        noted = (annotation.row, target.errors_column) if cell in threads else cell
        if noted in notes or len(notes) < MAX_NOTES:
            notes.setdefault(noted, {})[annotation.message] = None
    for number, words in said.items():
        rows[number].words = " ".join(words)
    return Gathered(rows, {cell: "\n".join(words) for cell, words in notes.items()})


def _shown(cells: Iterable[Cell], merged: Iterable[Area]) -> Mapping[Cell, Cell]:
    """Of those cells that are covered: the one that is seen instead."""
    wanted, found = sorted(cells), dict[Cell, Cell]()
    for each in merged:
        first, last = bisect_left(wanted, (each.top, each.left)), bisect_right(wanted, (each.bottom, each.right))
        for cell in wanted[first:last]:
            if each.left <= cell[1] <= each.right:
                found[cell] = each.top, each.left
    return found
