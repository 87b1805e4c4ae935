"""What the annotator is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """One error: highlight and note on a cell, and its message in the row's `Errors` cell.

    `row` counts from 1 as in the sheet, `column` from 0; None where the error is about the whole row: then there is
    no cell to highlight.
    """

    row: int
    column: int | None
    message: str


class CannotAnnotate(Exception):
    """The workbook is too unusual to be patched. The admin still has every error on the page and in the list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
