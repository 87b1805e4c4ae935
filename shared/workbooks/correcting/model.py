"""What is to become of a workbook: the corrections as they travel, one JSON object."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError

from shared.workbooks.cells import MAX_COLUMNS, MAX_ROW

Row = Annotated[int, Ge(1), Le(MAX_ROW)]
Column = Annotated[int, Ge(0), Le(MAX_COLUMNS - 1)]
Range = tuple[Row, Row]


class BadCorrections(Exception):
    """The object holds no corrections of this workbook."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value for the same column of many rows; "" for a blank cell."""

    value: str
    rows: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class CorrectedColumn:
    """A column: where it is in the sheet, or with `header` where it is to be put, since the sheet has not got it."""

    index: Column
    values: tuple[Value, ...]
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Corrections:
    """`part` of the workbook is the sheet, with its header in `header_row`, the last of it in `header_column`.
    `left_out` are rows that go, `others` all that stay. `delimiter` parts the values where the file is a text."""

    part: str
    header_row: Row
    header_column: Column
    columns: tuple[CorrectedColumn, ...] = ()
    left_out: tuple[Range, ...] = ()
    others: tuple[Range, ...] = ()
    delimiter: str | None = None

    @staticmethod
    def loads(data: bytes) -> "Corrections":
        """Raises BadCorrections."""
        try:
            return _ADAPTER.validate_json(data)
        except ValidationError:
            raise BadCorrections from None

    def cells(self) -> dict[int, dict[int, str]]:
        """The new values by row and column."""
        found = dict[int, dict[int, str]]()
        for column in self.columns:
            for each in column.values:
                for row in numbers(each.rows):
                    found.setdefault(row, {})[column.index] = each.value
        return found

    def headers(self) -> Mapping[int, str]:
        """The headers that the sheet has not got, by column."""
        return {column.index: column.header for column in self.columns if column.header is not None}

    def rest(self) -> "Corrections":
        """What makes the workbook of the rows that were left out: all others go, and those stay as they are."""
        return Corrections(
            self.part, self.header_row, self.header_column, left_out=self.others, delimiter=self.delimiter
        )


_ADAPTER = TypeAdapter[Any](Corrections)


def numbers(ranges: Sequence[Range]) -> Iterator[int]:
    """The rows of these ranges."""
    return (row for first, last in ranges for row in range(first, last + 1))


def row_set(ranges: Sequence[Range]) -> Set[int]:
    """The same, to look one up."""
    return frozenset(numbers(ranges))
