"""Which cells of the workbook are marked, with which words."""

from collections.abc import Iterator, Mapping

from services.validation.annotate import Mark
from services.validation.reading import Reading
from services.validation.rules import JudgedRow, Judgement
from services.validation.sheet import Sheet, column_name


def marks_of(judged: Judgement, sheet: Sheet, reading: Reading) -> list[Mark]:
    """A mark for each error of a row; where the file needs too many licenses, one for each new user."""
    columns = {column_name(key): reading.columns[at].index for key, at in sheet.layout.places.items()}
    too_few = next((error.message for error in judged.errors if error.code == "licenses_exceeded"), None)
    return [mark for row in judged.rows for mark in _marks(row, columns, too_few)]


def _marks(row: JudgedRow, columns: Mapping[str, int], too_few: str | None) -> Iterator[Mark]:
    for error in row.errors:
        yield Mark(row.number, columns.get(error.column) if error.column else None, error.message)
    if too_few and row.outcome == "invite":
        yield Mark(row.number, None, too_few)
