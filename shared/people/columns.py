"""Which field a header means: without regard to case, spacing, `*` and word separators, with a few usual synonyms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from shared.people.model import CompanySettings, custom_key
from shared.people.profile import STANDARD_FIELDS
from shared.people.text import fold

STANDARD: Mapping[str, str] = {field.key: field.column for field in STANDARD_FIELDS}
"""The canonical name of each standard field's column, in the order of the template."""

_SEPARATORS = re.compile(r"[\s*_\-‐-―./\\:,;'’`＊﹡∗：]+")


_LONGEST_HEADER = 1_000
"""Characters: what is longer is no name of a column, and to compare it takes long."""


class Ignored(Enum):
    """A column that Usher wrote itself: nothing to read, nothing to warn about."""

    ERRORS = "errors"


def header_key(text: str) -> str:
    """The form in which headers are compared."""
    return _SEPARATORS.sub("", fold(text))


_CANONICAL = {header_key(column): key for key, column in STANDARD.items()}
_SYNONYM = {header_key(name): field.key for field in STANDARD_FIELDS for name in field.synonyms}


def reserved(name: str) -> bool:
    """Whether a custom field can't have this name: its header would mean a standard field, `Errors`, or nothing."""
    key = header_key(name)
    return not key or key in _CANONICAL or key == Ignored.ERRORS.value


class Headers:
    """The headers that one company's workbooks can have.

    A company's own field goes before a synonym ("Department" can be its own) and behind a standard name.
    """

    def __init__(self, company: CompanySettings) -> None:
        own = {header_key(field.name): custom_key(field.name) for field in company.custom_fields}
        self._known: dict[str, str | Ignored] = {**_SYNONYM, **own, **_CANONICAL, Ignored.ERRORS.value: Ignored.ERRORS}

    def match(self, text: str) -> str | Ignored | None:
        """The field's key that a header means, `Ignored`, or None for a column that is not known."""
        if len(text) > _LONGEST_HEADER:
            return None
        return self._known.get(header_key(text))
