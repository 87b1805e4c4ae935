"""A company's own fields as users have them: kept for good, shown while the company has the field.

Names compare without case: a field that comes back, or is spelled otherwise, has its values again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from shared.people.text import fold, meant

_fold = lru_cache(maxsize=4096)(fold)


def known(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The values of fields that there are, under the names that these have now."""
    if not values:
        return {}
    spelling = {_fold(name): name for name in names}
    return {now: value for name, value in values.items() if (now := spelling.get(_fold(name)))}


def kept(values: Mapping[str, str], names: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """All values, those of fields that there are under their present names; and the names of the others."""
    spelling = {_fold(name): name for name in names}
    shelved = tuple(name for name in values if _fold(name) not in spelling)
    return {spelling.get(_fold(name), name): value for name, value in values.items()}, shelved


def filled(values: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    """The values with what is given in them, as ``meant``, each under the name that its field has there."""
    spelling = {_fold(name): name for name in values}
    told = ((spelling.get(_fold(name), name), text) for name, text in given.items())
    return {**values, **{name: new for name, text in told if (new := meant(text, values.get(name)))}}


def value_of(values: Mapping[str, str], name: str) -> str:
    """The value of one field, "" where there is none."""
    if (value := values.get(name)) is not None:
        return value
    same = _fold(name)
    return next((value for other, value in values.items() if _fold(other) == same), "")


def without(values: Mapping[str, str], name: str) -> dict[str, str]:
    """The values of all other fields."""
    same = _fold(name)
    return {other: value for other, value in values.items() if _fold(other) != same}


def moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What fields are shown otherwise than before, in compared form: those that went, came, or are spelled anew."""
    was, now = ({_fold(name): name for name in names} for names in (before, after))
    return sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def has_any(values: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether there is a value of one of these fields, given in compared form."""
    return any(_fold(name) in names for name in values)
