"""Who would report to themselves: circles in the reporting graph, in which everyone has at most one manager."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def circles(starts: Iterable[K], manager_of: Callable[[K], K | None]) -> dict[K, tuple[K, ...]]:
    """Every member of every circle that can be reached from `starts`, with its circle in reporting order.

    `manager_of` is the combined graph: what the file says, else what is so today. Each member is asked about once, so
    the time grows with the people on the chains above `starts`, and nothing recurses: a chain can be 150,000 long.
    """
    seen: set[K] = set()
    found: dict[K, tuple[K, ...]] = {}
    for start in starts:
        path: list[K] = []
        place: dict[K, int] = {}
        person: K | None = start
        while person is not None and person not in seen:
            seen.add(person)
            place[person] = len(path)
            path.append(person)
            person = manager_of(person)
        if person is not None and person in place:
            circle = tuple(path[place[person] :])
            found.update(dict.fromkeys(circle, circle))
    return found
