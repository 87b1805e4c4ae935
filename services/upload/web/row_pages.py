"""A batch's rows as the pages page through them: by outcome, by kind of error, or by a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from services.upload.web.dependencies import WebDependencies
from services.upload.web.ports import BatchRows, Row
from shared.http.auth import Principal
from shared.people.codes import KINDS, ROW_WARNINGS, kind_of

T = TypeVar("T")
PAGE = 50
"""Rows on a page: a few screens, and a few milliseconds."""


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[T]):
    """One page of a list whose length is known. Pages count from 1."""

    items: Sequence[T]
    page: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """Number of its first item, from 1; 0 when there is none."""
        return (self.page - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Number of its last item."""
        return self.first + len(self.items) - 1 if self.items else 0

    @property
    def previous(self) -> int | None:
        """The page before; None on the first."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after; None on the last."""
        return self.page + 1 if self.page * self.size < self.total else None


class RowPages:
    """The rows of one review, page by page."""

    def __init__(self, book: BatchRows) -> None:
        self._book = book

    @property
    def sheet(self) -> str | None:
        """The sheet that counted."""
        return self._book.sheet

    @property
    def kinds(self) -> dict[str, int]:
        """How many rows have an error of each kind; kinds without one are left out."""
        kinds = {kind: len(self._with_kind(kind)) for kind in KINDS}
        return {kind: count for kind, count in kinds.items() if count}

    def has(self, codes: frozenset[str]) -> bool:
        """Whether any row has an error with one of these codes."""
        return bool(self._book.with_a_code(codes))

    async def labelled(self, label: str, page: int, size: int = PAGE) -> NumberedPage[Row]:
        """Rows with that label (an outcome, or "warning"). A page that does not exist is the last one."""
        return await self._numbered(self._book.labelled(label), page, size)

    async def errors(
        self,
        kind: str | None,
        word: str,
        page: int,
        size: int = PAGE,
        *,
        column: str | None = None,
        among: Sequence[int] | None = None,
    ) -> NumberedPage[Row]:
        """Rows with errors: all, those of a kind, those in a column, or the rows in these places; and of these the ones
        that have `word` in them."""
        ordinals = self._with_kind(kind) if kind else self._book.labelled("error")
        if among is not None:
            ordinals = among
        elif column:
            in_column = self._book.labelled(f"column:{column}")
            ordinals = sorted(set(ordinals).intersection(in_column)) if kind else in_column
        if word:
            ordinals = await self._book.matching(ordinals, word)
        return await self._numbered(ordinals, page, size)

    async def user_ids(self, label: str) -> set[UUID]:
        """The users of all rows with that label."""
        return await self._book.user_ids(label)

    async def _numbered(self, ordinals: Sequence[int], page: int, size: int) -> NumberedPage[Row]:
        pages = max(1, -(-len(ordinals) // size))
        page = min(max(1, page), pages)
        rows = await self._book.rows(ordinals[(page - 1) * size : page * size])
        return NumberedPage(rows, page, size, len(ordinals))

    def _with_kind(self, kind: str) -> Sequence[int]:
        errors = self._book.codes.difference(ROW_WARNINGS)
        return self._book.with_a_code([code for code in errors if kind_of(code) == kind])


async def row_pages(deps: WebDependencies, who: Principal, batch_id: UUID) -> RowPages | None:
    """The pages of a batch's rows; None while there are none, and when they are no longer kept."""
    book = await deps.uploads.rows(who, batch_id)
    return RowPages(book) if book else None
