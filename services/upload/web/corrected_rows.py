"""A review's errors with the draft of corrections in them: what each cell is to become, and what is wrong with that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.upload.web.ports import CorrectedReview, Draft, Group, Row, ValueCheck, wrong_with
from usher_contracts import Finding

REPEATED = 8
"""Values that stand in several rows, of which each has a line of its own."""
_MOST_OPTIONS = 500
_CHOSEN_FROM = 30
"""A list up to this length is a drop-down in each cell; a longer one is offered while somebody types."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One error, and the field in which it is corrected. `corrected`: whether the draft has a value for it; `wrong`
    what is wrong with that. `replaced`: that value is a replacement's, of all rows that hold the same."""

    row: int
    error: Finding
    value: str
    corrected: bool
    replaced: bool
    wrong: Sequence[Finding]
    choices: Sequence[str]
    """The list that the column's values come from, where it is short enough to choose one from; else empty."""

    @property
    def chosen(self) -> str | None:
        """What of its list the field begins with: the value that it has by now, else what is suggested."""
        return self.value if self.corrected else self.error.suggestion

    @property
    def id(self) -> str:
        """The name of its field among the page's."""
        return f"c{self.row}-{_plain(self.error.column or '')}"


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row with its errors. `left_out`: it does not come along."""

    row: Row
    cells: Sequence[Cell]
    left_out: bool


@dataclass(frozen=True, slots=True)
class RepeatedValue:
    """A value that is wrong in several rows: one line, with the list that the right one comes from (empty: any text).
    `new` is what it becomes, None while that is not said."""

    group: Group
    choices: Sequence[str]
    new: str | None

    @property
    def id(self) -> str:
        """The name of its field among the page's."""
        return f"v{_plain(self.group.column or '')}-{_plain(self.group.value or '')}"


class CorrectedRows:
    """The draft laid over a review."""

    def __init__(self, review: CorrectedReview) -> None:
        self.draft: Draft = review.draft.draft
        self._check: ValueCheck = review.check

    def of(self, row: Row) -> WrongRow:
        """A row with the corrections in it."""
        return WrongRow(row, [self._cell(row, error) for error in row.errors], row.row in self.draft.left_out)

    def lists(self, rows: Collection[Row]) -> Mapping[str, Sequence[str]]:
        """The lists of the columns in which these rows are wrong, where they are offered while somebody types."""
        columns = dict.fromkeys(error.column for row in rows for error in row.errors if error.column)
        found = {column: self._check.choices(column)[:_MOST_OPTIONS] for column in columns}
        return {
            column: choices
            for column, choices in found.items()
            if len(choices) > _CHOSEN_FROM or (choices and self._check.several(column))
        }

    def repeated(self, group: Group) -> RepeatedValue:
        """A value that is wrong in several rows."""
        column = group.column or ""
        new = self.draft.replacements.get((column, group.value))
        if new is None and self.draft.accepts(column, group.code, group.value):
            new = group.suggestion
        return RepeatedValue(group, () if self._check.several(column) else self._check.choices(column), new)

    def _cell(self, row: Row, error: Finding) -> Cell:
        column = error.column or ""
        own = self.draft.cells.get((row.row, column))
        whole = self.draft.replacements.get((column, error.value))
        new = whole if own is None else own
        if new is None and self.draft.accepts_in(row.row, column, error.code, error.value):
            new = error.suggestion
        return Cell(
            row=row.row,
            error=error,
            value=(error.value or "") if new is None else new,
            corrected=new is not None,
            replaced=own is None and whole is not None,
            wrong=() if new is None else wrong_with(self._check, column, new, row),
            choices=self._chosen_from(column),
        )

    def _chosen_from(self, column: str) -> Sequence[str]:
        choices = self._check.choices(column)
        return choices if len(choices) <= _CHOSEN_FROM and not self._check.several(column) else ()


def _plain(name: str) -> str:
    """The same without what no id can have."""
    return "".join(each if each.isalnum() and each.isascii() else f"_{ord(each):x}" for each in name)
