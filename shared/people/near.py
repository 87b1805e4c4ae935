"""Whom a mistyped address was probably meant for."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORT = 6  # letters before the @: below this two slips make somebody else's name
_COMPARISONS = 2_000_000  # a third of a second: past this a file with so many unknown managers gets no more guesses


class Neighbours:
    """Known addresses by compare form. Looks among all of them, so the number of looks is bounded by their number."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._found: dict[str, str | None] = {}
        self._left = _COMPARISONS // max(len(addresses), 1)

    def find(self, key: str) -> str | None:
        """The known address, as it is shown, one slip from `key`, or two where it is long enough; None without one."""
        if key not in self._found:
            if self._left <= 0:
                return None
            self._left -= 1
            self._found[key] = self._look(key)
        return self._found[key]

    def _look(self, key: str) -> str | None:
        slips = 1 if len(key.partition("@")[0]) < _SHORT else 2
        near = process.extractOne(key, self._addresses.keys(), scorer=OSA.distance, score_cutoff=slips)
        return self._addresses[near[0]] if near else None
