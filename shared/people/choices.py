"""Values of which a company keeps a list: matched without regard to case, stored as the list spells them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz, process

from shared.people.text import clean, fold

# "Enginering" for "Engineering" is 95, "Sale" for "Sales" 89, "Perm" for "Permanent" 62: above it is a slip.
_NEAR = 75.0
_LONGEST_GUESSED = 120


class Choices:
    """One list of a company. Equal only to itself, so that what was found near a text can be remembered with it."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values: tuple[str, ...] = tuple(clean(value) for value in values)
        self._spelling: dict[str, str] = {fold(value): value for value in reversed(self.values)}

    def match(self, text: str) -> str | None:
        """The value as the list spells it, None where the list has none like it."""
        return self._spelling.get(fold(text))

    def near(self, text: str) -> str | None:
        """The value that was probably meant."""
        return _near(self, fold(text)) if len(text) <= _LONGEST_GUESSED else None

    def folded(self) -> dict[str, str]:
        """Folded form → spelling."""
        return self._spelling


@lru_cache(maxsize=1024)
def _near(choices: Choices, folded: str) -> str | None:
    spelling = choices.folded()
    found = process.extractOne(folded, spelling.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return spelling[found[0]] if found else None
