"""Lists in pages: `?limit=` and an opaque `?cursor=`, as the HTTP interface has them everywhere."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from shared.http.problem_types import CURSOR_UNKNOWN
from shared.http.problems import Problem

T = TypeVar("T")

DEFAULT_LIMIT = 100
MAXIMUM_LIMIT = 1000

Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT, description="How many items a page has at most.")]
"""Use as `limit: Limit = DEFAULT_LIMIT`."""

Cursor = Annotated[
    str | None, Query(max_length=2000, description="`next_cursor` of the page before; its content has no meaning.")
]
"""Use as `cursor: Cursor = None` and read it with `decode_cursor`."""


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class CountedPage(Page[T], Generic[T]):
    """A page that also says how many items all pages have together."""

    total: int


def encode_cursor(*position: Any) -> str:
    """A cursor: where the next page starts (JSON values, as the sort order needs them), as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The values `encode_cursor` was given; None for the first page.

    `kinds` are the values' types, `object` for any. What no page has ever answered is a 422, never a query's error.
    """
    if cursor is None or cursor == "":
        return None
    try:
        values: Any = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise unknown_cursor() from None
    match values:
        case [*found] if len(found) == len(kinds) and all(map(_is_a, found, kinds)):
            return tuple(found)
        case _:
            raise unknown_cursor()


def page_of(found: Sequence[T], limit: int, position: Callable[[T], tuple[Any, ...]]) -> tuple[list[T], str | None]:
    """Split what a query for `limit + 1` items found into the page and the cursor of the next one."""
    items = list(found[:limit])
    more = len(found) > limit
    return items, encode_cursor(*position(items[-1])) if more and items else None


def _is_a(value: object, kind: type) -> bool:
    # JSON's true and false are ints to Python, and an int stands well where a float is wanted.
    if isinstance(value, bool) and kind is not bool and kind is not object:
        return False
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def unknown_cursor() -> Problem:
    return CURSOR_UNKNOWN()
