"""What a mistyped word or address was probably meant to be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_LONGEST = 260  # characters: nothing longer is an address, or a slip of a list's entry
_COMPARISONS = 1_000_000  # some tenths of a second: past this a file with so much unknown in it gets no more guesses
_NEAR = 75.0  # "Enginering" for "Engineering" is 95, "Sale" for "Sales" 89, "Perm" for "Permanent" 62
_SHORT = 6  # letters before the @: below this two slips make somebody else's name

Nearest = Callable[[str, Collection[str]], str | None]
"""The one of the known texts that is near enough to a text."""


def nearest_word(text: str, known: Collection[str]) -> str | None:
    """By the share of what is common."""
    found = process.extractOne(text, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return found[0] if found else None


def nearest_address(text: str, known: Collection[str]) -> str | None:
    """By slips: one, or two where the part before the @ is long enough."""
    slips = 1 if len(text.partition("@")[0]) < _SHORT else 2
    found = process.extractOne(text, known, scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found else None


class Guesses:
    """Guesses among what is known, by folded form with its spelling.

    Each guess looks at all of it, so their number is bounded by its size: a file of 150,000 wrong values must not cost
    more than one of 150,000 good ones. What was asked before costs nothing.
    """

    def __init__(self, known: Mapping[str, str], nearest: Nearest) -> None:
        self._known = known
        self._nearest = nearest
        self._found: dict[str, str | None] = {}
        self._left = _COMPARISONS // max(len(known), 1)

    def find(self, text: str) -> str | None:
        """The spelling of what `text` (folded) was probably meant to be; None without an idea."""
        if text not in self._found:
            if self._left <= 0 or len(text) > _LONGEST:
                return None
            self._left -= 1
            near = self._nearest(text, self._known.keys())
            self._found[text] = None if near is None else self._known[near]
        return self._found[text]
