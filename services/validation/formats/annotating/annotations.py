"""Which cells of the workbook are marked, with which words."""

from array import array
from collections.abc import Mapping, Sequence

from services.validation.domain.validation.judgement import JudgedRow, Judgement
from services.validation.domain.validation.sheet import Sheet
from services.validation.domain.validation.workbook import Column
from services.validation.formats.annotating import Annotation
from shared.people.columns import STANDARD, column_name
from shared.people.profile import EMAIL, METHODOLOGY_COLUMN


class AnnotationCollector:
    """Collects an annotation for each error of a row; where the file needs too many licenses, one for each new user,
    and where it needs too many seats of a methodology, one for each row that would take one."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        self._columns: Mapping[str, int] = {
            column_name(key): columns[at].index for key, at in sheet.layout.marked().items()
        }
        self._email = self._columns[STANDARD[EMAIL]]
        self._errors: list[Annotation] = []
        self._invited = array("I")
        self._granted = dict[str, "array[int]"]()
        self._words: dict[str, str] = {}

    def add(self, row: JudgedRow) -> None:
        """One more row."""
        if row.outcome == "invite":
            self._invited.append(row.number)
        for methodology_id in row.granted:
            self._granted.setdefault(methodology_id, array("I")).append(row.number)
        for error in row.errors:
            column = self._columns.get(error.column) if error.column else None
            # Most rows that are wrong are wrong in the same words.
            words = self._words.setdefault(error.message, error.message)
            self._errors.append(
                self._whole(row.number, words) if column is None else Annotation(row.number, column, words)
            )

    def of(self, judged: Judgement) -> list[Annotation]:
        """All of them, in the rows' order."""
        marked = list(self._errors)
        for error in judged.errors:
            if error.code == "licenses_exceeded":
                marked += [self._whole(number, error.message) for number in self._invited]
            elif error.methodology:
                column = self._columns[METHODOLOGY_COLUMN]
                marked += [
                    Annotation(number, column, error.message) for number in self._granted.get(error.methodology, ())
                ]
        return sorted(marked, key=lambda annotation: annotation.row)

    def _whole(self, row: int, words: str) -> Annotation:
        """Of what is said of somebody, not of a value: the note stands on who it is."""
        return Annotation(row, self._email, words, whole_row=True)
