"""The unit of work: the streams that one transaction decides on, and the events that it then appends together.

A stream comes in by the fold of its events, or as a row that a projection keeps equal to that fold: then a command
costs the same whether a stream has ten events or a hundred thousand. Appending still names the version.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

from shared.eventsourcing.decider import Decider
from shared.eventsourcing.events import Context, Recorded

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
K = TypeVar("K")
"""The events of one kind of stream, among all that a log has."""


@dataclass(frozen=True, slots=True)
class Append(Generic[E]):
    """Events for one stream whose last version is ``expected_version`` (0: it does not exist)."""

    stream: str
    expected_version: int
    events: Sequence[E]
    context: Context


class Log(Protocol[E]):
    """The log as a transaction has it (shared/eventsourcing/event_store.py)."""

    async def load(self, stream: str) -> Sequence[Recorded[E]]: ...
    async def append_all(self, appends: Sequence[Append[E]]) -> Sequence[Recorded[E]]: ...


@dataclass(slots=True)
class TrackedStream(Generic[C, S, K]):
    """A stream in a unit of work: its state and version with all that was decided on it there."""

    name: str
    decider: Decider[C, S, K]
    state: S
    version: int
    _appends: list[Append[Any]] = field(repr=False)

    def decide(self, command: C, context: Context) -> Sequence[K]:
        """What the command gives, which the unit of work appends from now on. Raises what ``decide`` raises."""
        events = self.decider.decide(command, self.state)
        self.record(events, context)
        return events

    def record(self, events: Sequence[K], context: Context) -> None:
        """Adds events that were decided on its state."""
        if events:
            self._appends.append(Append(self.name, self.version, events, context))
            self.version += len(events)
            self.state = self.decider.fold(events, self.state)


class UnitOfWork(Generic[E]):
    """Tracks streams, each once, and appends what was decided on them."""

    def __init__(self, log: Log[E]) -> None:
        self._log = log
        self._tracked: dict[str, TrackedStream[Any, Any, Any]] = {}
        self._appends: list[Append[E]] = []

    async def load(self, decider: Decider[C, S, K], stream: str) -> TrackedStream[C, S, K]:
        """A stream by the fold of its events, which are all of the decider's kind."""
        if stream in self._tracked:
            return self._tracked[stream]
        history = await self._log.load(stream)
        return self.track(decider, stream, decider.fold(cast("K", r.event) for r in history), len(history))

    def track(self, decider: Decider[C, S, K], stream: str, state: S, version: int) -> TrackedStream[C, S, K]:
        """A stream whose present state and version were read. One that is tracked already stays as it is here."""
        tracked = self._tracked.get(stream)
        if tracked is None:
            tracked = self._tracked[stream] = TrackedStream(stream, decider, state, version, self._appends)
        return tracked

    async def flush(self) -> Sequence[Recorded[E]]:
        """Appends what was decided, in that order, and tracks nothing any more; returns it as it was stored. Raises
        VersionConflict where a stream has gone on meanwhile, and MessageTooLarge."""
        appends = list(self._appends)
        self._appends.clear()
        self._tracked.clear()
        return await self._log.append_all(appends) if appends else ()
