"""What is known of a person is told of every place in which somebody can be forgotten, or of another with the same."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, get_type_hints

import anyio
import pytest

from deploy.operate.services import SERVICES
from shared.erasure.place import Telling

SAID_ELSEWHERE = {
    "notification": {"mails": "what is still to be sent stands in the log, as every mail does"},
    "licensing": {
        "listed_users": "who is on the list stands in the log",
        "own_views": "views stand in the log",
        "addresses": "application/known_of_person.py tells which plan an address has",
    },
    "upload": {
        "sessions": "sealed tokens of the issuer’s, for as long as they are signed in; the issuer tells of these"
    },
    "validation": {},
}
"""Places that tell nothing, and why nothing is missing."""


async def places() -> Mapping[str, Sequence[Any]]:
    """Each service's, as its composition root builds it, connected to nothing. Within a loop, which Kafka asks for."""
    found: dict[str, Sequence[Any]] = {}
    for service in SERVICES:
        build = import_module(f"services.{service}.main").build
        app: Any = build(get_type_hints(build)["settings"]())
        found[service] = app.state.connections.tasks._runs["erasures"].__self__._handlers["erase"]._places
    return found


@pytest.fixture(scope="module")
def found() -> Mapping[str, Sequence[Any]]:
    return anyio.run(places)


@pytest.mark.parametrize("service", SERVICES)
def test_every_place_tells_what_it_knows_or_another_does(found: Mapping[str, Sequence[Any]], service: str) -> None:
    silent = {place.name for place in found[service] if not isinstance(place, Telling)}
    assert silent <= SAID_ELSEWHERE[service].keys()
    assert any(isinstance(place, Telling) for place in found[service])
