"""A sheet's rows as a table of people: the header among the first of them, and what stands below it."""

from collections.abc import Sequence
from typing import Any

from services.validation.domain.validation.workbook import ReadingLimits
from services.validation.formats.reading.header import certain, choose, likeliest
from services.validation.formats.reading.merged import Areas, Merged, bare, shown_in, spread
from services.validation.formats.reading.sheet import Layout
from shared.hostile_files.zip_reader import BYTES_OF_A_MARK, Gain
from shared.people.columns import Headers
from shared.people.text import clean, harmless
from shared.workbooks.cells import MAX_COLUMNS, BadSheet, Cells

_MARKS_OF_A_TEXT = 10
"""What a writer that repeats each text needs for a cell: six `<`, three attributes, and names."""
_MARKS_OF_A_BLANK, _MORE_BLANKS = 1, 50
"""Of a cell in a person's row that has a format only, beside what is plain; and how many more than columns."""
_SAMPLED, _VALUES, _LONGEST_VALUE = 200, 20, 120
"""Values that say what a column holds: from how many rows they are kept, how many of a column, how many characters."""
_LONGEST_TEXT = 1_000
_MARKS_BESIDE = 64
"""What else may come with a person: some conditional formats, merges, links. For a full sheet it is some seconds."""


class NoHeader(Exception):
    """No Email header where one may stand."""


class TooManyRows(Exception):
    """More than a file may have."""


class Table:
    """Takes a sheet's rows one after the other. `certain`: whether its header must surely have an Email column, or may
    have it in another language. `keeps`: whether it keeps them, or only counts.

    `merged` is known where the sheet is read for the second time: merges are told behind the rows.
    """

    def __init__(
        self, headers: Headers, limits: ReadingLimits, certain: bool, keeps: bool, merged: Merged, gain: Gain
    ) -> None:
        self._headers, self._limits, self._keeps, self._merged = headers, limits, keeps, merged
        self._certain = certain
        self._gain = gain
        self.anything = False
        self.count = 0
        self.header_row: int | None = None
        self._top = list[tuple[Cells, Areas]]()
        self._header = dict[int, str]()
        self._named = list[int]()
        self._ours = list[int]()
        self._samples = dict[int, dict[str, None]]()
        self._known = list[tuple[int, int]]()  # place among the named, column; those that mean a field
        self._rows = list[list[Any]]()
        self._hidden = list[int]()
        self._used = set[int]()
        self._spread = set[int](), set[int]()  # rows and columns
        self._lost = set[int](), set[int]()

    def take(self, cells: Cells) -> None:
        """One more row that is not blank. Raises NoHeader, TooManyRows, BadSheet."""
        self.anything = True
        areas = self._merged.at(cells)
        if self.header_row is None:
            if cells.number <= self._limits.header_within:
                self._top.append((cells, areas.copy()))
                return
            self.finish()
        self._add(cells, areas)

    def finish(self) -> None:
        """All rows were taken that can hold the header. Raises NoHeader."""
        if self.header_row is not None:
            return
        candidates = [shown_in(cells, areas) for cells, areas in self._top]
        chosen = choose(candidates, self._headers)
        if chosen is None or (self._certain and not certain(candidates[chosen], self._headers)):
            raise NoHeader
        self._set_header(self._top[chosen][0].number, candidates[chosen])
        for cells, areas in self._top:
            self._add(cells, areas)

    def likeliest(self) -> dict[str, Any] | None:
        """The row that looks most like a header, where none was found."""
        if self.header_row is not None:
            return None
        rows = [cells for cells, _ in self._top]
        at = likeliest([cells.texts for cells in rows], self._headers)
        if at is None:
            return None
        header = dict(sorted(rows[at].texts.items())[: self._limits.columns])
        self._samples = {column: dict[str, None]() for column in header}
        for cells in rows[at + 1 :]:
            self._sample(cells)
        columns = [[column, text, False, list(self._samples[column])] for column, text in header.items()]
        return {"row": rows[at].number, "columns": columns}

    def _set_header(self, row: int, texts: dict[int, str]) -> None:
        if len(texts) > self._limits.columns:
            raise BadSheet(f"it has more than {self._limits.columns:,} columns")
        self.header_row, self._header, self._named = row, texts, sorted(texts)
        meanings = self._headers.meanings([texts[column] for column in self._named])
        self._known = [(at, column) for at, column in enumerate(self._named) if meanings[at].key]
        self._ours = [column for at, column in enumerate(self._named) if meanings[at].ours]
        self._samples = {column: dict[str, None]() for column in self._named}
        self._used.update(self._named)

    def _add(self, cells: Cells, areas: Areas) -> None:
        assert self.header_row is not None
        if cells.number <= self.header_row:
            return
        self._used |= cells.texts.keys()
        if cells.faults:
            self._used |= cells.faults.keys()
        if areas:
            cells = bare(cells, areas)
        if not self._counts(cells):
            return
        self.count += 1
        characters = sum(map(len, cells.texts.values()))
        blank = min(cells.written, len(self._named) + _MORE_BLANKS)
        self._gain.kept += _MARKS_OF_A_TEXT * len(cells.texts) + characters // BYTES_OF_A_MARK
        self._gain.kept += _MARKS_OF_A_BLANK * blank + _MARKS_BESIDE
        if self._keeps:
            if self.count > self._limits.rows:
                raise TooManyRows
            self._keep(cells, areas, self.header_row)
            if self.count <= _SAMPLED:
                self._sample(cells)

    def _sample(self, cells: Cells) -> None:
        for column, text in cells.texts.items():
            found = self._samples.get(column)
            if found is not None and len(found) < _VALUES and (value := harmless(text[:_LONGEST_TEXT])):
                found[value[:_LONGEST_VALUE]] = None

    def _counts(self, cells: Cells) -> bool:
        """Whether anything stands in a column that means a field."""
        get, faults = cells.texts.get, cells.faults
        return any(column in faults or clean(get(column, "")) for _, column in self._known)

    def _keep(self, cells: Cells, areas: Areas, header_row: int) -> None:
        """The row with what it shows of the areas below the header."""
        if areas:
            known = [column for _, column in self._known]
            self._note(self._spread, cells.number, list(spread(cells, areas, known, below=header_row)))
        if cells.lost:
            self._note(self._lost, cells.number, [column for _, column in self._known if column in cells.lost])
        get, faults = cells.texts.get, cells.faults
        texts = [""] * len(self._named)
        for at, column in self._known:
            texts[at] = get(column, "")
        row: list[Any] = [cells.number, texts]
        if faults:
            row.append([[at, faults[column]] for at, column in self._known if column in faults])
        self._rows.append(row)
        if cells.hidden:
            self._hidden.append(cells.number)

    def _note(self, cases: tuple[set[int], set[int]], row: int, columns: Sequence[int]) -> None:
        if columns:
            cases[0].add(row)
            cases[1].update(columns)

    def result(self, sheet: str, part: str, layout: Layout) -> dict[str, Any]:
        """The rows as JSON that `read.decode` reads."""
        return {
            "sheet": sheet,
            "header_row": self.header_row,
            "columns": [
                [column, self._header[column], layout.hides(column), list(self._samples[column])]
                for column in self._named
            ],
            "rows": sorted(self._rows, key=lambda row: row[0]),
            "hidden_rows": sorted(self._hidden),
            "unnamed_columns": sorted(self._used.difference(self._named)),
            "place": self._place(part, layout),
            "merged": [sorted(each) for each in self._spread],
            "digits_lost": [sorted(each) for each in self._lost],
        }

    def _place(self, part: str, layout: Layout) -> list[Any]:
        """An earlier Errors column; else right of all that is used; else the first free one right of the headers. And
        where a column goes that is missing."""
        ours = self._ours
        last_named = max(at for at in self._named if at not in ours)
        right = max(max(self._used), layout.last_merged) + 1
        free: int | None = right
        if right >= MAX_COLUMNS:
            free = next((at for at in range(last_named + 1, MAX_COLUMNS) if at not in self._used), None)
        return [part, self.header_row, last_named, ours[0] if ours else free, bool(ours), free]
