"""A row's cells as they were read, and where a cell can stand."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

MAX_COLUMNS = 16_384  # of a sheet, A to XFD
MAX_ROW = 1_048_576
_MOST_LETTERS = 3


class BadSheet(Exception):
    """The sheet's XML says what no sheet can say. The message is a plain half sentence."""


@dataclass(slots=True)
class Cells:
    """A row as it is passed on: texts by column, without the blank ones, and faults as in SheetRow. `lost`: columns
    with a number of more digits than a cell keeps. `written`: how many cells the row was written with."""

    number: int
    hidden: bool = False
    texts: dict[int, str] = field(default_factory=dict[int, str])
    faults: dict[int, str] = field(default_factory=dict[int, str])
    lost: list[int] = field(default_factory=list[int])
    written: int = 0

    def without(self, columns: Collection[int]) -> "Cells":
        """The row without these columns."""
        texts, faults = (
            {at: text for at, text in found.items() if at not in columns} for found in (self.texts, self.faults)
        )
        lost = [at for at in self.lost if at not in columns]
        return Cells(self.number, self.hidden, texts, faults, lost, self.written)


def column_number(letters: str) -> int:
    """A, a or $A → 0, XFD → 16383; MAX_COLUMNS or more for what no sheet has, -1 for no letters."""
    return _known_number(letters) if len(letters) <= _MOST_LETTERS else _number(letters)


def _number(letters: str) -> int:
    index, letters = 0, letters.replace("$", "").strip().upper()
    if len(letters) > _MOST_LETTERS:
        return MAX_COLUMNS
    for each in letters:
        index = index * 26 + ord(each) - 64 if "A" <= each <= "Z" and index <= MAX_COLUMNS else MAX_COLUMNS + 1
    return index - 1


_known_number = lru_cache(maxsize=1024)(_number)


def column_index(letters: str) -> int:
    """The same; raises BadSheet where no sheet has that column."""
    index = column_number(letters)
    if not 0 <= index < MAX_COLUMNS:
        raise BadSheet("a cell stands where no sheet has one")
    return index


def column_letter(index: int) -> str:
    """The name of a column as the admin sees it: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
