"""Cursor pagination with a way back: a list knows its next page's cursor alone; the address carries the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

_SEPARATOR = "~"
_BEGINNING = "."
"""Stands for the first page, which has no cursor."""
_MAX_LENGTH = 12
"""Pages that can be gone back one by one; beyond that the first page is offered. Addresses stay below 4 KB."""


def address(path: str, places: Mapping[str, Any]) -> str:
    """A path with its query; what is None or empty is left out, several values follow each other."""
    query = urlencode({name: value for name, value in places.items() if value}, doseq=True)
    return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a pager shows: which items, of how many (None: not known), and where its links lead."""

    first: int
    last: int
    total: int | None
    start: str | None
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """Where in a list the reader is: this page's cursor, those of the pages before, and its first item's index."""

    cursor: str | None = None
    back: Sequence[str] = ()
    index: int = 0

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> "CursorPosition":
        """From an address's `cursor`, `back` and `from`; what makes no sense is the first page."""
        cursor = str(query.get("cursor") or "") or None
        back = str(query.get("back") or "").split(_SEPARATOR) if query.get("back") else []
        index = str(query.get("from") or "0")
        if cursor is None or not index.isdecimal() or len(index) > 9:
            return cls()
        return cls(cursor, tuple(back[-_MAX_LENGTH:]), int(index))

    def links(
        self,
        path: str,
        keep: Mapping[str, Any],
        *,
        shown: int,
        size: int,
        following: str | None,
        total: int | None = None,
    ) -> PageLinks:
        """The pager of a page with `shown` items, pages having `size`; `keep` are the filters that stay."""
        onward = (*self.back, self.cursor or _BEGINNING)[-_MAX_LENGTH:]
        ahead = {"cursor": following, "back": _SEPARATOR.join(onward), "from": str(self.index + shown)}
        return PageLinks(
            first=self.index + 1 if shown else 0,
            last=self.index + shown,
            total=total,
            start=address(path, keep) if self.cursor else None,
            previous=self._previous(path, keep, size) if self.back else None,
            next=address(path, {**keep, **ahead}) if following else None,
        )

    def _previous(self, path: str, keep: Mapping[str, Any], size: int) -> str:
        cursor = self.back[-1]
        if cursor == _BEGINNING:
            return address(path, keep)
        before = {"cursor": cursor, "back": _SEPARATOR.join(self.back[:-1]), "from": str(max(0, self.index - size))}
        return address(path, {**keep, **before})
