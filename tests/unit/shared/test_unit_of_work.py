"""The unit of work: what is decided on streams in one transaction, and what of it is appended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.eventsourcing.decider import Decider
from shared.eventsourcing.events import Context, Recorded
from shared.eventsourcing.unit_of_work import Append, UnitOfWork

pytestmark = pytest.mark.anyio

CONTEXT = Context("request", None, "", None, datetime(2026, 11, 2, tzinfo=UTC))


class TooMany(Exception):
    """More than two would be taken."""


def take(count: int, taken: int) -> list[str]:
    if taken + count > 2:
        raise TooMany
    return ["taken"] * count


TAKING: Decider[int, int, str] = Decider(0, take, lambda taken, _: taken + 1)


@dataclass
class Memory:
    """A log in memory, which keeps what is appended and counts how often a stream is read."""

    streams: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    appended: list[Append[str]] = field(default_factory=list[Append[str]])
    loads: int = 0

    async def load(self, stream: str) -> Sequence[Recorded[str]]:
        self.loads += 1
        return [recorded(stream, n, event) for n, event in enumerate(self.streams.get(stream, ()), 1)]

    async def append_all(self, appends: Sequence[Append[str]]) -> Sequence[Recorded[str]]:
        self.appended += appends
        stored: list[Recorded[str]] = []
        for append in appends:
            events = self.streams.setdefault(append.stream, [])
            assert append.expected_version == len(events)
            events += append.events
            stored += [recorded(append.stream, len(events), event) for event in append.events]
        return stored


def recorded(stream: str, version: int, event: str) -> Recorded[str]:
    return Recorded(UUID(int=version), stream, version, event, CONTEXT)


async def test_a_loaded_stream_is_the_fold_of_its_events() -> None:
    tracked = await UnitOfWork(Memory({"a": ["taken", "taken"]})).load(TAKING, "a")
    assert (tracked.state, tracked.version) == (2, 2)


async def test_what_is_decided_is_appended_in_its_order_and_not_before() -> None:
    log = Memory({"a": ["taken"]})
    work = UnitOfWork(log)
    one, other = await work.load(TAKING, "a"), work.track(TAKING, "b", 0, 0)
    assert list(other.decide(1, CONTEXT)) == ["taken"]
    one.decide(1, CONTEXT)
    other.decide(1, CONTEXT)
    assert log.appended == []
    stored = await work.flush()
    assert [(each.stream, each.expected_version) for each in log.appended] == [("b", 0), ("a", 1), ("b", 1)]
    assert [each.stream for each in stored] == ["b", "a", "b"]


async def test_a_command_sees_what_was_decided_before_it() -> None:
    work = UnitOfWork(Memory())
    work.track(TAKING, "a", 0, 0).decide(2, CONTEXT)
    with pytest.raises(TooMany):
        (await work.load(TAKING, "a")).decide(1, CONTEXT)


async def test_a_stream_is_tracked_once_however_it_comes_in() -> None:
    log = Memory({"a": ["taken"]})
    work = UnitOfWork(log)
    tracked = await work.load(TAKING, "a")
    assert await work.load(TAKING, "a") is tracked
    assert work.track(TAKING, "a", 0, 7) is tracked
    assert log.loads == 1


async def test_after_a_flush_a_stream_goes_on_where_it_is() -> None:
    log = Memory()
    work = UnitOfWork(log)
    tracked = work.track(TAKING, "a", 0, 0)
    tracked.decide(1, CONTEXT)
    await work.flush()
    tracked.decide(1, CONTEXT)
    await work.flush()
    assert (await work.load(TAKING, "a")).state == 2
    assert log.streams == {"a": ["taken", "taken"]}


async def test_nothing_decided_is_nothing_appended() -> None:
    log = Memory()
    work = UnitOfWork(log)
    work.track(TAKING, "a", 0, 0).decide(0, CONTEXT)
    assert await work.flush() == ()
    assert log.appended == []
