"""The errors of a review in groups, most rows first, as validation has gathered them."""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, Field

from services.upload.domain.corrections.state import Suggestion
from shared.http.pagination import Page
from shared.object_store.row_blocks import BlockReader

GroupBy = Annotated[Literal["column", "code", "value"], Field(title="GroupBy")]
Value = tuple[str, str | None]
"""A column, and what stands in it; None for a blank cell."""
_FEW = 20
"""Values that are looked for in the bytes of a group, before it is read."""
_SCANNED = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """One error of one value in one column, with the rows that have it."""

    column: str | None
    code: str
    value: str | None
    suggestion: str | None
    message: str
    rows: Sequence[int]

    @property
    def replaced(self) -> Value | None:
        """What would be replaced to correct all of it; None where it is about no column."""
        return None if self.column is None else (self.column, self.value)

    def summary(self) -> "ProblemGroup":
        """How it is shown."""
        return ProblemGroup(
            column=self.column,
            code=self.code,
            value=self.value,
            rows=len(self.rows),
            first_row=self.rows[0],
            suggestion=self.suggestion,
        )


class ProblemGroup(BaseModel):
    """Errors that are alike. By column and by code the other members are null."""

    column: str | None
    code: str | None
    value: str | None
    rows: int = Field(description="How many rows have one of them.")
    first_row: int
    suggestion: str | None


class ProblemPage(Page[ProblemGroup]):
    """Groups, those of most rows first."""


class Problems:
    """The groups of one review. Nothing is kept of them here: each question reads what it needs."""

    def __init__(self, groups: BlockReader) -> None:
        self._groups = groups

    @property
    def count(self) -> int:
        """How many values are wrong."""
        return self._groups.count

    @property
    def suggested_count(self) -> int:
        """How many errors carry a suggestion."""
        return self._groups.meta.get("suggested", 0)

    async def group(self, column: str, value: str | None) -> list[int]:
        """The rows that have an error for this value."""
        return (await self.found([(column, value)])).get((column, value), [])

    def sums(self, by: Literal["column", "code"]) -> Sequence[ProblemGroup]:
        """The rows of each column, or of each code."""
        found = self._groups.meta["columns" if by == "column" else "codes"]
        return [
            ProblemGroup(
                column=name if by == "column" else None,
                code=name if by == "code" else None,
                value=None,
                rows=rows,
                first_row=first,
                suggestion=None,
            )
            for name, rows, first in found
        ]

    async def groups(self, start: int, limit: int) -> list[Group]:
        """A page of groups: so many, from a place on."""
        records = await self._groups.records(range(start, min(self.count, start + limit)))
        return await asyncio.to_thread(lambda: [_group(data) for _, data in records])

    async def found(self, values: Collection[Value]) -> dict[Value, list[int]]:
        """The rows that have an error for one of these values; those without any are left out."""
        wanted, rows = frozenset(values), dict[Value, list[int]]()
        needles = [orjson.dumps(value) for _, value in wanted] if len(wanted) <= _FEW else []
        async for groups in self._portions(needles):
            for group in groups:
                if (key := group.replaced) in wanted and key:
                    rows.setdefault(key, []).extend(group.rows)
        return {key: sorted(set(numbers)) for key, numbers in rows.items()}

    async def all(self) -> list[Group]:
        """Every one, their rows packed."""
        return [replace(group, rows=array("I", group.rows)) async for groups in self._portions([]) for group in groups]

    async def suggestions(self) -> list[Suggestion]:
        """What they suggest."""
        found = list[Suggestion]()
        async for groups in self._portions([]):
            found += [
                Suggestion(group.column, group.code, group.value, group.suggestion, group.rows)
                for group in groups
                if group.column and group.suggestion
            ]
        return found

    async def of_column(self, column: str) -> list[Group]:
        """Those of one column."""
        found = list[Group]()
        async for groups in self._portions([orjson.dumps(column)]):
            found += [group for group in groups if group.column == column]
        return found

    async def _portions(self, needles: Sequence[bytes]) -> AsyncGenerator[list[Group]]:
        """All groups, a portion at a time; with `needles` those that hold one of them."""

        def read(records: Sequence[tuple[int, bytes]]) -> list[Group]:
            return [_group(data) for _, data in records]

        for start in range(0, self.count, _SCANNED):
            records = await self._groups.records(range(start, min(self.count, start + _SCANNED)), needles)
            yield await asyncio.to_thread(read, records)


def _group(data: bytes) -> Group:
    return Group(**orjson.loads(data))
