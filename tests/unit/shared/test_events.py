"""Stored events under stable names."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared.eventsourcing.events import EventTypes


@dataclass(frozen=True)
class Opened:
    owner: str
    note: str | None = None


@dataclass(frozen=True)
class Closed:
    pass


def split_name(old: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "opened.v1", {"owner": f"{old['first']} {old['last']}"}


TYPES = EventTypes[Opened | Closed]({"opened.v1": Opened, "closed.v1": Closed}, {"opened.v0": split_name})


@pytest.mark.parametrize("event", [Opened("ann"), Opened("ann", "twice \u2028 ’"), Closed()])
def test_an_event_is_read_as_it_was_written(event: Opened | Closed) -> None:
    assert TYPES.load(*TYPES.dump(event)) == event


def test_an_old_shape_is_lifted_to_the_present_one() -> None:
    assert TYPES.load("opened.v0", '{"first": "Ann", "last": "Lee"}') == Opened("Ann Lee")


def test_a_field_that_came_later_has_its_default() -> None:
    assert TYPES.load("opened.v1", '{"owner": "ann"}') == Opened("ann", None)


def test_history_that_nobody_knows_is_not_skipped() -> None:
    with pytest.raises(KeyError):
        TYPES.load("renamed.v1", "{}")


def test_an_event_of_no_name_is_not_written() -> None:
    with pytest.raises(KeyError):
        EventTypes[Opened | Closed]({"opened.v1": Opened}).dump(Closed())


def test_one_class_has_one_name() -> None:
    with pytest.raises(ValueError, match="two names"):
        EventTypes({"opened.v1": Opened, "opened.v2": Opened})
