"""What the annotator is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Annotation:
    """One error: highlight and note on a cell, and its message in the row's `Errors` cell.

    `row` counts from 1 as in the sheet, `column` from 0. With `whole_row` the error is about no single cell: the row
    is highlighted as far as the headers go, and the note stands in `column` all the same.
    """

    row: int
    column: int
    message: str
    whole_row: bool = False
