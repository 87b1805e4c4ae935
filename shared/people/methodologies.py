"""Methodologies as people write them: which ones of a company's a text names, and how several are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.people import messages
from shared.people.fields import shown
from shared.people.model import Finding, Methodology
from shared.people.near import Guesses, nearest_word
from shared.people.profile import METHODOLOGY_COLUMN
from shared.people.text import clean, fold, has_illegal

_BREAKS = re.compile("[\n\x0b\x0c\r\x85\u2028\u2029]+")
_COMMAS = re.compile("([,;\uff0c\u3001\uff1b\uff64])")
_LONGEST = 10_000
"""Characters: the names of all methodologies that a company can have, and some more. What is longer is one name."""
_REMEMBERED, _SHORT = 5_000, 500
"""So many texts of up to so many characters are looked at once, however many rows have them."""
_JOINERS = (", ", "; ", "\n")


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names: the ids of methodologies, in the company's order, and what is none of them, as it stands."""

    ids: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class Methodologies:
    """Those of one company. Names and ids match without regard to case, as the values of lists do."""

    def __init__(self, methodologies: Iterable[Methodology]) -> None:
        self._names = {each.id: clean(each.name) for each in methodologies}
        by_id = {fold(key): key for key in self._names}
        self._ids = {**by_id, **{fold(name): key for key, name in reversed(self._names.items())}}
        self._span = 1 + max((len(_COMMAS.findall(name)) for name in self._names.values()), default=0)
        self._guesses = Guesses({known: self._names[key] for known, key in self._ids.items()}, nearest_word)
        self._remembered = dict[str, Named]()

    def name(self, methodology_id: str) -> str:
        """How a methodology is called; its id, where the company has none such."""
        return self._names.get(methodology_id, methodology_id)

    def read(self, text: str) -> Named:
        """What a text names, parted by commas, semicolons or line breaks. A name that holds one of these itself is
        found first."""
        if (known := self._remembered.get(text)) is not None:
            return known
        named = self._read(text)
        if len(text) <= _SHORT and len(self._remembered) < _REMEMBERED:
            self._remembered[text] = named
        return named

    def written(self, ids: Collection[str]) -> str:
        """These methodologies in words, in the company's order: `read` finds just them in it."""
        known = [key for key in self._names if key in ids]
        words = [self.name(key) for key in (*known, *sorted(set(ids) - set(known)))]
        fitting = [joiner for joiner in _JOINERS if not any(joiner.strip(" ") in word for word in words)]
        said = (joiner.join(words) for joiner in fitting)
        return next((text for text in said if self._read(text).ids == tuple(known)), ", ".join(words))

    def check(self, text: str) -> tuple[str, ...] | Finding:
        """The ids of what a text names that is not blank, or what is wrong with it. The suggestion is a text that names
        what was probably meant, all of it."""
        if has_illegal(clean(_BREAKS.sub(" ", text))):
            said = messages.illegal_characters(METHODOLOGY_COLUMN)
            return Finding("illegal_characters", METHODOLOGY_COLUMN, said, shown(clean(text)))
        named = self.read(text)
        if not named.unknown:
            return named.ids
        return self.unknown(named.unknown, ", ".join(clean(line) for line in _BREAKS.split(text) if clean(line)), named)

    def unknown(self, unknown: Sequence[str], value: str, named: Named = Named(())) -> Finding:
        """What is said of names that are not known, of a text or of a form; `named`: what is known beside them."""
        near = [self._guesses.find(fold(each)) for each in unknown]
        meant = [self._ids[fold(each)] for each in near if each]
        suggestion = self.written({*named.ids, *meant}) if len(meant) == len(near) else None
        said = messages.methodology_unknown(unknown, tuple(self._names.values()), suggestion)
        return Finding("methodology_unknown", METHODOLOGY_COLUMN, said, shown(value), suggestion)

    def _read(self, text: str) -> Named:
        if len(text) > _LONGEST:
            return Named((), (clean(text),))
        lines = _BREAKS.split(text)
        named = self._named(lines)
        if named.unknown and len(lines) > 1 and not (wrapped := self._named([" ".join(lines)])).unknown:
            return wrapped  # a name that goes on in the next line
        return named

    def _named(self, lines: Iterable[str]) -> Named:
        found, unknown = set[str](), dict[str, None]()
        for line in lines:
            for key, part in self._parts(_COMMAS.split(line)):
                if key:
                    found.add(key)
                elif part:
                    unknown[part] = None
        return Named(tuple(key for key in self._names if key in found), tuple(unknown))

    def _parts(self, tokens: Sequence[str]) -> Iterator[tuple[str | None, str]]:
        """Texts and, between them, what parts them: as many of them together as make a name."""
        at = 0
        while at < len(tokens):
            for end in range(min(at + 2 * self._span - 1, len(tokens)), at, -2):
                part = clean("".join(tokens[at:end]))
                if (key := self._ids.get(fold(part))) or end == at + 1:
                    yield key, part
                    at = end + 1
                    break
