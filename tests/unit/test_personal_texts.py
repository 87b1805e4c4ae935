"""Every text that is kept is said to be personal or not: in stored events, in public ones, in rows of files and in
answers that are kept for who asks again."""

import dataclasses
import importlib
import json
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from pydantic import BaseModel

import usher_contracts as contracts
from services.licensing.api.bodies import ActionDone
from services.licensing.api.routes_access import Requested
from services.licensing.read_models.team.view import TeamUser
from services.upload.read_models.batches.view import Batch
from shared.erasure.documents import erase_in
from shared.erasure.person import AddressDigests, Person
from shared.eventsourcing.events import EventTypes
from shared.people.personal import MEANINGS, OWNER_OF

SERVICES = ("upload", "validation", "licensing", "notification")
UNIT = Path(__file__).parent
GOLDEN = {service: UNIT / service / "golden" for service in SERVICES} | {
    "notification": UNIT.parent / "contracts" / "golden" / "notification"
}
KEPT_ANSWERS: tuple[type[BaseModel], ...] = (TeamUser, ActionDone, Requested, Batch)
"""What is answered to who sends an idempotency key."""
BY_NAME = ("places",)
"""Keys of numbers by names that are the mechanism's."""


def _types(service: str) -> EventTypes[Any]:
    return importlib.import_module(f"services.{service}.domain.stored_events").TYPES


def _fields(kind: Any) -> dict[str, Any] | None:
    if not isinstance(kind, type):
        return None
    kind = cast("type[Any]", kind)
    if issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(kind)}
    if issubclass(kind, BaseModel):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {field.alias or name: hints[name] for name, field in kind.model_fields.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return None


def _texts(kind: Any, path: tuple[str, ...], above: tuple[Any, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths to all texts in a type: a name for each key, the last one that under which the text stands."""
    if typing.get_origin(kind) is typing.Annotated:
        yield from _texts(kind.__origin__, path, above)
    elif typing.get_origin(kind) is typing.Literal:
        return
    elif kind is str:
        yield path
    elif (fields := _fields(kind)) is not None:
        if kind not in above:
            for name, inside in fields.items():
                yield from _texts(inside, (*path, name), (*above, kind))
    elif typing.get_origin(kind) is not None or isinstance(kind, types.UnionType):
        for inside in typing.get_args(kind):
            yield from _texts(inside, path, above)


def _all_texts() -> Iterator[tuple[str, ...]]:
    for service in SERVICES:
        known = _types(service)
        for name, kind in known.classes.items():
            yield from _texts(kind, (f"{service}: {name}",))
    for event in contracts.EVENTS:
        yield from _texts(event, (event.type,))
    for row in (contracts.Row, contracts.UndoRow):
        yield from _texts(row, (row.__name__,))
    for answer in KEPT_ANSWERS:
        yield from _texts(answer, (answer.__name__,))


IDS = ("_id", "_ids")


def _is_id(key: str) -> bool:
    return key.endswith(IDS) or key in ("undoes", "replaces", "superseded_by", "id")


def test_every_text_has_a_meaning() -> None:
    unknown = {
        ".".join(path) for path in _all_texts() if path[-1] not in (*MEANINGS, *BY_NAME) and not _is_id(path[-1])
    }
    assert unknown == set(), "say in shared/people/personal.py whether it is known of a person"


def test_no_meaning_is_left_over() -> None:
    used = {path[-1] for path in _all_texts()} | {"email_key"}
    assert set(MEANINGS) - used == set()
    assert set(OWNER_OF) <= set(MEANINGS)


def _golden() -> Iterator[tuple[str, Path]]:
    for service, folder in GOLDEN.items():
        yield from ((service, path) for path in sorted(folder.iterdir()))


DIGESTS = AddressDigests("k" * 32)


@pytest.mark.parametrize(("service", "path"), list(_golden()), ids=lambda each: getattr(each, "stem", each))
def test_an_event_can_be_read_without_anybody_who_is_in_it(service: str, path: Path) -> None:
    """Whoever is forgotten: each of those whom the event names, one after the other."""
    stored = json.loads(path.read_text())
    name = ".".join(path.stem.split(".")[:2])
    for email, user_id in _people(stored):
        ids = frozenset({user_id}) if user_id else frozenset[UUID]()
        digests = frozenset({DIGESTS.of(email)[0]}) if email else frozenset[str]()
        person = Person(UUID(int=5), UUID(int=0), ids, digests, datetime(2030, 1, 1, tzinfo=UTC), DIGESTS)
        without = erase_in(stored, person)
        _types(service).load(name, json.dumps(without))
        if email:
            assert email.lower() not in json.dumps(without).lower()


def _people(value: Any) -> Iterator[tuple[str | None, UUID | None]]:
    match value:
        case dict():
            value = cast("dict[str, Any]", value)
            emails = [v for k, v in value.items() if k.endswith(("email", "recipient")) and v]
            yield from ((email, None) for email in emails)
            if value.get("user_id"):
                yield None, UUID(value["user_id"])
            for inside in value.values():
                yield from _people(inside)
        case list():
            for each in cast("list[Any]", value):
                yield from _people(each)
        case _:
            return
