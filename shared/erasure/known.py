"""What is known of a person: all that an object says of them, and nothing that it says of others. The other side of
`documents`: what is told here is what would be taken out there, with the ids, times and numbers beside it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from msgspec import Struct

from shared.erasure.documents import is_owned, is_owner
from shared.erasure.person import Person
from shared.people.personal import OWNER_OF, SAME_OWNER

_NAMES_SOMEBODY = frozenset(OWNER_OF.values())
"""Keys that say whose the text beside them is."""


class Known(Struct, frozen=True):
    """Something that is kept of a person. ``place``: as `Place.name`; ``id``: which of the things in it; ``type``: of
    an event, its stored name; ``at``: since when, where that is kept. ``values`` are texts by where they stand in it
    ("after.profile.first_name"). ``theirs``: it is about them, and does not only speak of them."""

    place: str
    id: str
    values: Mapping[str, str]
    type: str | None = None
    at: datetime | None = None
    theirs: bool = False


def known_in(document: Any, person: Person, *, theirs: bool = False) -> dict[str, str]:
    """What an object says of a person, by where it says so; empty where it does not. theirs: it is theirs though it
    does not say so."""
    return dict(_walk("", document, person, theirs))


def _walk(path: str, value: Any, person: Person, theirs: bool) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            document = cast("Mapping[str, Any]", value)
            said = is_owner(document, person)
            yield from _fields(path, document, person, theirs if said is None else said)
        case str():
            if value and (theirs or person.without_address(value) != value):
                yield path, value
        case list() | tuple():
            for number, each in enumerate(cast("Sequence[Any]", value)):
                yield from _walk(_below(path, str(number)), each, person, theirs)
        case None:
            pass
        case _:
            if theirs:
                yield path, _text(value)


def _fields(path: str, document: Mapping[str, Any], person: Person, theirs: bool) -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        below = _below(path, key)
        if key in SAME_OWNER and theirs and isinstance(value, Mapping):
            yield from _fields(below, cast("Mapping[str, Any]", value), person, theirs)
        elif isinstance(value, str):
            mine = is_owned(key, document, person, theirs) and not (key in _NAMES_SOMEBODY and "@" in value)
            yield from _walk(below, value, person, mine)
        else:
            yield from _walk(below, value, person, theirs)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
