"""Values of which a company keeps a list: matched without regard to case, stored as the list spells them."""

from __future__ import annotations

from collections.abc import Iterable

from shared.people.near import Guesses, nearest_word
from shared.people.text import clean, fold


class Choices:
    """One list of a company."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values: tuple[str, ...] = tuple(clean(value) for value in values)
        self._spelling: dict[str, str] = {fold(value): value for value in reversed(self.values)}
        self._guesses = Guesses(self._spelling, nearest_word)

    def match(self, text: str) -> str | None:
        """The value as the list spells it, None where the list has none like it."""
        return self._spelling.get(fold(text))

    def near(self, text: str) -> str | None:
        """The value that was probably meant."""
        return self._guesses.find(fold(text))
