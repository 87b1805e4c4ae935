"""Which field a column means: by its header, without regard to case, spacing, `*` and word separators, with a few usual
synonyms and with the words of fifteen languages; or by what an admin has said of such a header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Literal

from shared.people.choices import Choices
from shared.people.header_words import FULL_NAME_WORDS, NAME_WORDS, Words
from shared.people.methodologies import Methodologies
from shared.people.model import CUSTOM, CompanySettings, custom_key
from shared.people.profile import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    METHODOLOGIES,
    METHODOLOGY_COLUMN,
    METHODOLOGY_FIELD,
    STANDARD_FIELDS,
)
from shared.people.text import clean, fold, harmless, searched

STANDARD: Mapping[str, str] = {field.key: field.column for field in STANDARD_FIELDS}
"""The canonical name of each standard field's column, in the order of the template."""
FULL_NAME = "full_name"
"""What a column can mean beside a field: both names in one."""
FULL_NAME_COLUMN = "Full name"

_SEPARATORS = re.compile(r"[\s*_\-‐-―./\\:,;'’`＊﹡∗：]+")


_LONGEST_HEADER = 1_000
"""Characters: what is longer is no name of a column, and to compare it takes long."""
_SHORTEST_PART, _SHORTEST_IDEOGRAPHS = 5, 2
"""Characters of a word that is looked for inside of a header."""

By = Literal["name", "mapping", "guess"]
"""How it is known what a column means: by its header, by what an admin said, or by its header and those beside."""


class Ignored(Enum):
    """A column that Usher wrote itself: nothing to read, nothing to warn about."""

    ERRORS = "errors"


def header_key(text: str) -> str:
    """The form in which headers are compared."""
    return _SEPARATORS.sub("", fold(text))


def shown_header(text: str) -> str:
    """A header as it is shown, and as a choice names it: without what no page and no database takes."""
    return harmless(text) if len(text) <= _LONGEST_HEADER else harmless(text[:_LONGEST_HEADER])


def column_name(key: str) -> str:
    """The canonical name of a field's column."""
    if key in _OTHER_COLUMNS:
        return _OTHER_COLUMNS[key]
    return key[len(CUSTOM) :] if key.startswith(CUSTOM) else STANDARD[key]


def is_word(header: str) -> bool:
    """Whether a header is a word for a field in any list or language, or for a name."""
    if len(header) > _LONGEST_HEADER:
        return False
    words = _WORD.keys() | _METHODOLOGY_WORD.keys() | _FULL_NAME | _NAME
    return header_key(header) in _CANONICAL.keys() | _SYNONYM.keys() or _plain_key(header) in words


def split_name(name: str) -> tuple[str, str]:
    """A full name as first and last name, at its last space; without one it is a first name."""
    first, _, last = clean(name).rpartition(" ")
    return (first, last) if first else (last, "")


def _plain_key(text: str) -> str:
    """The same without accents, in which words of other languages are compared."""
    return _SEPARATORS.sub("", searched(text))


def _plain_keys(words: Words) -> Iterator[str]:
    for language, spellings in words.items():
        for word in spellings:
            yield _plain_key(word)
            if language == "de":
                yield _plain_key(word.translate(_DIGRAPHS))


_OTHER_COLUMNS = {FULL_NAME: FULL_NAME_COLUMN, METHODOLOGIES: METHODOLOGY_COLUMN}
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CANONICAL = {header_key(column): key for key, column in STANDARD.items()}
_SYNONYM = {header_key(name): field.key for field in STANDARD_FIELDS for name in field.synonyms}
_WORD = {key: field.key for field in STANDARD_FIELDS for key in _plain_keys(field.words)}
_METHODOLOGY = header_key(METHODOLOGY_COLUMN)
_METHODOLOGY_SYNONYM = dict.fromkeys(map(header_key, METHODOLOGY_FIELD.synonyms), METHODOLOGIES)
_METHODOLOGY_WORD = dict.fromkeys(
    [
        *_plain_keys(METHODOLOGY_FIELD.words),
        *(_plain_key(name) for name in (METHODOLOGY_COLUMN, *METHODOLOGY_FIELD.synonyms)),
    ],
    METHODOLOGIES,
)
_FULL_NAME = frozenset(_plain_keys(FULL_NAME_WORDS))
_NAME = frozenset(_plain_keys(NAME_WORDS))
_PARTS = {
    key: means
    for key, means in {
        **dict.fromkeys(_FULL_NAME, FULL_NAME),
        **_WORD,
        **{_plain_key(name): key for name, key in (*_SYNONYM.items(), *_CANONICAL.items())},
    }.items()
    if len(key) >= (_SHORTEST_PART if key.isascii() else _SHORTEST_IDEOGRAPHS)
}


def reserved(name: str) -> bool:
    """Whether a custom field can't have this name: its header would mean a standard field, `Errors`, or nothing."""
    key = header_key(name)
    taken = key in _CANONICAL or key == _METHODOLOGY or clean(name) == METHODOLOGIES
    return not key or taken or key == Ignored.ERRORS.value


Said = Mapping[str, "str | None"]
"""What admins have said of headers: the name of a field, or None for nothing."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What admins have said of a file's headers: `chosen` of this file, `remembered` of earlier ones."""

    chosen: Said = field(default_factory=dict[str, "str | None"])
    remembered: Said = field(default_factory=dict[str, "str | None"])


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column means: the key of a field, FULL_NAME, or None for nothing; and how that is known, None where
    nothing says anything. `remembered`: it was chosen for an earlier file."""

    key: str | None = None
    by: By | None = None
    remembered: bool = False
    ours: bool = False
    """It is a column that Usher wrote itself."""


class Headers:
    """The headers that one company's workbooks can have.

    A company's own field goes before a synonym ("Department" can be its own) and behind a standard name. Words of other
    lists and languages count where no column is surely known to mean the same: so a column that was ignored before it
    was known can't be in the way of one that was not. Where a company has no methodologies, only the standard name of
    their column means it, behind its own fields: who fills that in is told.
    """

    def __init__(self, company: CompanySettings, mapping: ColumnMapping | None = None) -> None:
        own = {header_key(field.name): custom_key(field.name) for field in company.custom_fields}
        standard, synonyms = {**_CANONICAL}, {**_SYNONYM, _METHODOLOGY: METHODOLOGIES}
        if company.methodologies:
            standard, synonyms = {**standard, _METHODOLOGY: METHODOLOGIES}, {**synonyms, **_METHODOLOGY_SYNONYM}
        self._known: dict[str, str | Ignored] = {**synonyms, **own, **standard, Ignored.ERRORS.value: Ignored.ERRORS}
        self._fields = {header_key(FULL_NAME_COLUMN): FULL_NAME, **own, **standard}
        self._company = company
        mapping = mapping or ColumnMapping()
        self._chosen, self._remembered = self._keys(mapping.chosen), self._keys(mapping.remembered)
        self._alike = {header_key(header): key for header, key in self._remembered.items() if header_key(header)}
        """What was remembered of headers that are spelled nearly so."""

    def _keys(self, said: Said) -> dict[str, str | None]:
        """By header and field's key, without the fields that the company no longer has."""
        found = ((shown_header(header), name, name and self.field(name)) for header, name in said.items())
        return {header: key for header, name, key in found if header and (key or name is None)}

    def field(self, name: str) -> str | None:
        """The key of the field with this name, or FULL_NAME; None where the company has none."""
        return self._fields.get(header_key(name)) if len(name) <= _LONGEST_HEADER else None

    @property
    def fields(self) -> Sequence[str]:
        """The keys of all that a column can mean."""
        own = (key for key in self._fields.values() if key.startswith(CUSTOM))
        return (*STANDARD, *([METHODOLOGIES] if self._company.methodologies else []), *own, FULL_NAME)

    @cached_property
    def lists(self) -> Sequence[tuple[str, Choices]]:
        """The fields that have a list, each with it."""
        standard = ((each.key, getattr(self._company, each.listed_in)) for each in STANDARD_FIELDS if each.listed_in)
        own = ((custom_key(each.name), each.values) for each in self._company.custom_fields)
        return [(key, Choices(values)) for key, values in (*standard, *own) if values]

    @cached_property
    def methodologies(self) -> Methodologies:
        """Those of the company, which a column may name."""
        return Methodologies(self._company.methodologies)

    def match(self, text: str) -> str | Ignored | None:
        """The field's key that a header surely means, `Ignored`, or None."""
        if len(text) > _LONGEST_HEADER:
            return None
        shown = shown_header(text)
        return self._chosen[shown] if shown in self._chosen else self._known.get(header_key(text))

    def likely(self, text: str) -> str | Ignored | None:
        """The same, or what it means by what was remembered and by the words of other languages."""
        if len(text) > _LONGEST_HEADER:
            return None
        sure = self.match(text)
        if sure is not None or shown_header(text) in self._chosen:
            return sure
        return self._alike.get(header_key(text)) or self._word(text)

    def known_in(self, row: Sequence[str]) -> int:
        """How many fields a row names, as far as its words say."""
        return len({key for text in row if isinstance(key := self.likely(text), str)})

    def guess(self, text: str) -> str | None:
        """What a header may mean: the longest word in it that means something."""
        if len(text) > _LONGEST_HEADER:
            return None
        key = _plain_key(text)
        if means := self._word(text):
            return means
        if key in _NAME:
            return FULL_NAME
        parts = {**_METHODOLOGY_WORD, **_PARTS} if self._company.methodologies else _PARTS
        found = max((part for part in parts if part in key), key=len, default=None)
        return parts[found] if found else None

    def meanings(self, headers: Sequence[str]) -> list[Meaning]:
        """What the columns with these headers mean, as they stand beside each other. Two can mean the same where it is
        as sure of both."""
        row = _Row(headers)
        row.put(lambda text: Meaning(ours=True) if self._known.get(header_key(text)) is Ignored.ERRORS else None)
        row.put(self._said)
        new = [text for text in headers if self._from_before(text) is None]
        row.put(lambda text: self._sure(text) if text in new else None)

        def remembered(text: str) -> Meaning | None:
            # What was remembered never takes the only addresses or names from a file that has them.
            before = self._from_before(text)
            return None if before and self._would_be_missed(text, before, row) else before

        row.put(remembered)
        row.put(remembered)  # now that it is known what those have that were remembered as something
        row.put(lambda text: self._sure(text) if remembered(text) else None)
        for known in (self._by_word, _by_full_name):
            row.put(lambda text, known=known: known(text) if text in new else None)
        row.put(remembered)
        for known in (self._sure, self._by_word, _by_full_name):
            row.put(known)
        missing = {FIRST_NAME, LAST_NAME} - row.taken
        if FULL_NAME not in row.taken and len(missing) == 1:
            other = Meaning(missing.pop(), "guess")
            row.put(lambda text: other if _plain_key(text) in _NAME else None)
        row.put(self._from_before)
        return [row.found.get(at, Meaning()) for at in range(len(headers))]

    def _said(self, text: str) -> Meaning | None:
        shown = shown_header(text)
        return Meaning(self._chosen[shown], "mapping") if shown in self._chosen else None

    def _from_before(self, text: str) -> Meaning | None:
        shown, key = shown_header(text), header_key(text)
        if shown in self._remembered:
            return Meaning(self._remembered[shown], "mapping", remembered=True)
        if key in self._alike and key not in self._known:
            return Meaning(self._alike[key], "mapping", remembered=True)
        return None

    def _would_be_missed(self, text: str, before: Meaning, row: _Row) -> bool:
        """Whether a column, read as before, would not be read as the addresses or names that no other has. What was
        said to be another name is that."""
        key = self._known.get(header_key(text)) or self._word(text) or (FULL_NAME if _plain_key(text) in _NAME else "")
        names = {FIRST_NAME, LAST_NAME}
        if key == EMAIL:
            return EMAIL not in row.taken
        if before.key or key not in {FULL_NAME, *names}:
            return False
        return not (key in row.taken or FULL_NAME in row.taken or (key == FULL_NAME and names <= row.taken))

    def _sure(self, text: str) -> Meaning | None:
        means = self._known.get(header_key(text))
        return _by_name(means) if isinstance(means, str) else None

    def _word(self, text: str) -> str | None:
        return self._word_of_field(text) or (FULL_NAME if _plain_key(text) in _FULL_NAME else None)

    def _word_of_field(self, text: str) -> str | None:
        key = _plain_key(text)
        return _WORD.get(key) or (_METHODOLOGY_WORD.get(key) if self._company.methodologies else None)

    def _by_word(self, text: str) -> Meaning | None:
        return _by_name(self._word_of_field(text))


def _by_full_name(text: str) -> Meaning | None:
    return _by_name(FULL_NAME) if _plain_key(text) in _FULL_NAME else None


def _by_name(key: str | None) -> Meaning | None:
    return Meaning(key, "name") if key else None


class _Row:
    """The columns of a header row, to which meanings are given from the surest on: what is `taken` is not given again,
    and both names in one only where one of them is not."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._headers = headers
        self.found = dict[int, Meaning]()
        self.taken = set[str]()

    def put(self, means: Callable[[str], Meaning | None]) -> None:
        """Gives columns without a meaning theirs."""
        given = {
            at: meaning
            for at, text in enumerate(self._headers)
            if at not in self.found
            and len(text) <= _LONGEST_HEADER
            and (meaning := means(text))
            and self._free(meaning)
        }
        self.found |= given
        self.taken |= {meaning.key for meaning in given.values() if meaning.key}

    def _free(self, meaning: Meaning) -> bool:
        if meaning.key == FULL_NAME and (meaning.remembered or meaning.by != "mapping"):
            return FULL_NAME not in self.taken and not {FIRST_NAME, LAST_NAME} <= self.taken
        return meaning.key not in self.taken
