"""How an object of keys and values loses a person. Pure: the same object and person give the same object, and one that
has lost them already stays as it is.

Whose an object is, an id or an address in it says, or else the object around it (shared/people/personal.py). What is
theirs loses the texts that are known of them. Their address goes wherever it stands, in other people's objects and in
sentences. Keys, ids, numbers, times and codes stay, and so does the shape: who reads the object reads it as before.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from shared.erasure.person import ERASED, Person
from shared.people.personal import MEANINGS, OWNER_IDS, OWNER_OF, OWNERS_INSIDE, SAME_OWNER, Meaning

_CODE = re.compile(r"[a-z0-9_.:-]*")


def erase_in(document: Any, person: Person, *, theirs: bool = False) -> Any:
    """The document without the person: JSON, or a row as its columns. theirs: it is theirs, where it does not say whose
    it is."""
    match document:
        case Mapping():
            return _object(cast("Mapping[str, Any]", document), person, theirs)
        case str():
            return person.without_address(document)
        case list() | tuple():
            return [erase_in(each, person, theirs=theirs) for each in cast("Sequence[Any]", document)]
        case _:
            return document


def is_about(document: Mapping[str, Any], person: Person) -> bool:
    """Whether the object is theirs, as it says itself."""
    return is_owner(document, person) is True


def _object(document: Mapping[str, Any], person: Person, theirs: bool) -> dict[str, Any]:
    said = is_owner(document, person)
    return _fields(document, person, theirs if said is None else said)


def _fields(document: Mapping[str, Any], person: Person, theirs: bool) -> dict[str, Any]:
    return {key: _field(key, value, document, person, theirs) for key, value in document.items()}


def is_owner(document: Mapping[str, Any], person: Person) -> bool | None:
    """Whether the object is theirs; None where it does not say whose it is."""
    said = [person.has_id(value) for key in OWNER_IDS if (value := document.get(key)) is not None]
    for key in OWNERS_INSIDE:
        if isinstance(inside := document.get(key), Mapping):
            about = is_owner(cast("Mapping[str, Any]", inside), person)
            said += [] if about is None else [about]
    if not any(said):
        said += [
            person.has_address(value) or value == person.marker
            for key in _ADDRESSES
            if isinstance(value := document.get(key), str)
        ]
    return any(said) if said else None


_ADDRESSES = tuple(key for key, meaning in MEANINGS.items() if meaning is Meaning.ADDRESS)


def _field(key: str, value: Any, document: Mapping[str, Any], person: Person, theirs: bool) -> Any:
    meaning = MEANINGS.get(key)
    if isinstance(value, str):
        text = is_owned(key, document, person, theirs) and _erased(meaning, value, person)
        return text or person.without_address(value)
    if meaning is Meaning.BY_NAME:
        return erase_in(value, person)
    if meaning is Meaning.FIELDS and theirs and isinstance(value, Mapping):
        return _blank(value)
    if key in SAME_OWNER and isinstance(value, Mapping) and (theirs or is_owner(document, person) is False):
        inside = cast("Mapping[str, Any]", value)
        # What is sent to one may be about another, as a sample is: it says so by their address. Where an id says whose
        # it is, an address that they had once says nothing.
        by_address = all(document.get(key) is None for key in OWNER_IDS)
        return _fields(inside, person, theirs or (by_address and is_about(inside, person)))
    return erase_in(value, person, theirs=theirs)


def is_owned(key: str, document: Mapping[str, Any], person: Person, theirs: bool) -> bool:
    """Whether the text under a key is theirs: its object's, unless another key beside it says whose it is."""
    owner = document.get(OWNER_OF.get(key, ""))
    if owner is None or owner == "":
        return theirs
    return person.has_id(owner) or (isinstance(owner, str) and (owner == person.marker or person.has_address(owner)))


def _erased(meaning: Meaning | None, text: str, person: Person) -> str | None:
    """What stands in place of a text of theirs; None where it stays."""
    if not text:
        return None
    if meaning is Meaning.ADDRESS:
        return person.marker
    if meaning is Meaning.TEXT or (meaning is Meaning.SENTENCE and not _CODE.fullmatch(text)):
        return ERASED
    return None


def _blank(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _blank(inside) for key, inside in cast("Mapping[str, Any]", value).items()}
        case str():
            return ERASED if value else value
        case list() | tuple():
            return [_blank(each) for each in cast("Sequence[Any]", value)]
        case _:
            return value
