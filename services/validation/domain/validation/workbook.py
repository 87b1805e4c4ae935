"""What reading a workbook gives. Rows are numbered from 1 as in the sheet, columns from 0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

MIB = 1024 * 1024

UnreadableCode = Literal["corrupt", "empty", "too_many_rows", "email_column_missing"]


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """How much a workbook may hold (docs/security.md). Rows, columns and bytes are settings."""

    rows: int = 150_000  # that are not blank, below the header
    columns: int = 1_000  # that have a header
    unpacked_bytes: int = 512 * MIB  # of the parts that are read
    header_within: int = 20  # rows from the top of a sheet


@dataclass(frozen=True, slots=True)
class Column:
    """A column that has a header, whatever it means. `values`: some of what stands below it."""

    index: int
    header: str
    hidden: bool = False
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The row of a sheet that is its header, or looks most like one."""

    sheet: str
    row: int
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The workbook can't be judged row by row. `reason` is a plain half sentence for the admin ("it is cut off")."""

    code: UnreadableCode
    reason: str
    header: HeaderRow | None = None
    """With email_column_missing: the row that looks most like a header."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with something in a column that means a field: any other is blank, whatever stands in its other columns.

    `cells` has one text for each of `Reading.columns`, in their order, "" for a blank cell, for a faulty one, and in a
    column that means nothing: 150,000 notes would take 100 MB.
    `faults` has, by position in `cells`, what can't be taken as a value: an error value ("#N/A"), or
    "" for a formula without a stored result. Both are `cell_error`.
    """

    number: int
    cells: Sequence[str]
    faults: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Cases:
    """Cells of which something has to be said: their rows by number, their columns by index."""

    rows: Sequence[int] = ()
    columns: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class OtherSheet:
    """A visible sheet that could have counted: it has an Email header and this many rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class AnnotationTarget:
    """The place where the annotator writes: pass it on as it is."""

    part: str  # the sheet's part in the zip
    header_row: int
    header_column: int  # the last column with a header, an `Errors` column apart: its style is taken for the new one
    errors_column: int | None  # an earlier `Errors` column, else right of the last used one; None: no room
    replaces: bool  # whether errors_column is an earlier one
    free_column: int | None = None  # the first for a column that the sheet has not got; None: no room


@dataclass(frozen=True, slots=True)
class Reading:
    """The first visible sheet that has an Email header and rows below it, as text."""

    sheet: str
    header_row: int
    columns: Sequence[Column]
    rows: Sequence[SheetRow]
    hidden_rows: Sequence[int]  # of `rows`, by number
    unnamed_columns: Sequence[int]  # that have content below the header row, but no header
    target: AnnotationTarget
    merged: Cases = Cases()
    """Cells that have their value from the first of those that they are merged with."""
    digits_lost: Cases = Cases()
    """Numbers of more digits than a cell keeps."""
    others: Sequence[OtherSheet] = ()

    @property
    def header(self) -> HeaderRow:
        """Its header row."""
        return HeaderRow(self.sheet, self.header_row, self.columns)
