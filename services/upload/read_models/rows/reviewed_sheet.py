"""The sheet of a review as corrections need it: its rows by number, its columns, and where both stand in the
workbook."""

import asyncio
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.upload.read_models.rows.problems import Problems, Value
from services.upload.read_models.rows.query import BatchRows, Records
from services.upload.read_models.rows.view import Row
from shared.people.columns import STANDARD
from shared.people.methodologies import Methodologies
from shared.people.model import Methodology
from shared.people.profile import EMAIL, METHODOLOGIES, METHODOLOGY_COLUMN

_KEYS = {**{column: key for key, column in STANDARD.items()}, METHODOLOGY_COLUMN: METHODOLOGIES}


_LOOK_UP = 16
"""To find one row takes as long as to pass so many."""


class RowNumbers(Collection[int]):
    """The numbers of a sheet's rows, rising; their places are those of the rows."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and self.place(row) is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, place: int) -> int:
        return self._numbers[place]

    def place(self, row: int) -> int | None:
        """Where the row of that number is; None where there is none."""
        at = bisect_left(self._numbers, row)
        return at if at < len(self._numbers) and self._numbers[at] == row else None

    def places(self, rows: Iterable[int]) -> list[int]:
        """The same of several, rising; without those that there are not."""
        wanted = set(rows)
        if len(wanted) * _LOOK_UP > len(self._numbers):
            return [at for at, row in enumerate(self._numbers) if row in wanted]
        return sorted({at for row in wanted if (at := self.place(row)) is not None})


@dataclass(frozen=True, slots=True)
class ReviewedSheet:
    """One review's. `fields` are the columns of the sheet by canonical name."""

    book: BatchRows
    numbers: RowNumbers
    problems: Problems
    fields: Mapping[str, int]
    place: Mapping[str, Any]

    @staticmethod
    async def of(book: BatchRows) -> "ReviewedSheet | None":
        """None for the review of a release that knew no corrections: to check the file again makes another."""
        reader = book.reader
        packed, problems = await reader.section("numbers"), await reader.nested("problems")
        if packed is None or problems is None or "place" not in reader.meta:
            return None
        numbers = await asyncio.to_thread(_unpacked, packed)
        return ReviewedSheet(book, RowNumbers(numbers), Problems(problems), reader.meta["fields"], reader.meta["place"])

    async def rows(self, numbers: Iterable[int]) -> dict[int, Row]:
        """The rows of these numbers."""
        return {row.row: row for row in await self.book.rows(self.numbers.places(numbers))}

    async def found(self, values: Collection[Value]) -> dict[Value, Sequence[int]]:
        """The rows of each of these values: those for which it is an error, else all that hold it."""
        rows: dict[Value, Sequence[int]] = {**await self.problems.found(values)} if values else {}
        fine = {value: list[int]() for value in values if value not in rows}
        if any(text for _, text in fine):
            await self._gather(fine)
        return {**rows, **fine}

    async def _gather(self, wanted: Mapping[Value, list[int]]) -> None:
        """Adds the rows that hold each of these values, which are fine: by one pass, however many they are."""
        columns = {column: _KEYS.get(column) for column, _ in wanted}
        named = self.book.reader.meta.get("methodologies", {})
        methodologies = Methodologies(Methodology(key, name) for key, name in named.items())

        def gather(records: Records) -> None:
            for _, data in records:
                record = orjson.loads(data)
                for column, key in columns.items():
                    if key == METHODOLOGIES:
                        text = methodologies.written(record["values"].get(key, ()))
                    else:
                        text = _text(record, column, key)
                    if text and (rows := wanted.get((column, text))) is not None:
                        rows.append(record["row"])

        async for records in self.book.records():
            await asyncio.to_thread(gather, records)

    def wrong(self, corrected: Mapping[str, Collection[int]]) -> set[int]:
        """The rows that have an error in a column in which they are not corrected."""
        rows = set[int]()
        for label, places in self.book.reader.labels.items():
            if label.startswith(_COLUMN):
                fine = corrected.get(label.removeprefix(_COLUMN), ())
                rows.update(row for place in places if (row := self.numbers[place]) not in fine)
        return rows


_COLUMN = "column:"


def _text(record: Mapping[str, Any], column: str, key: str | None) -> str | None:
    """What a stored row has in that column; `key` is that of a standard field."""
    if key == EMAIL:
        return record["email"]
    values = record["values"]
    return values.get(key) if key else values.get("custom_fields", {}).get(column)


def _unpacked(packed: bytes) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(zlib.decompress(packed))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
