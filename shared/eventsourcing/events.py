"""Stored events: what surrounds one, how it is written down under a stable name, and what leaves as a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from pydantic import TypeAdapter
from pydantic_core import from_json

E = TypeVar("E")

AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment, as structs of stored events have it: one without a zone is refused."""
Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Takes the data of an old stored event; returns the name of its successor and the data in that shape."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a command brings from the edge, so that deciders need neither clock nor request.

    ``correlation_id`` is the batch or request all of this belongs to; ``causation_id`` the id of the event that caused
    it, None where a request did; ``traceparent`` a W3C trace context; ``at`` the present time, aware and in UTC;
    ``origin`` the way the command came in, as the edge says it, None where it says nothing.
    """

    correlation_id: str
    causation_id: str | None
    traceparent: str
    company_id: str | None
    at: datetime
    origin: str | None = None


class Recorded(msgspec.Struct, Generic[E], frozen=True):
    """A stored event. ``version`` counts within its stream from 1; ``position`` is its place in the whole log, known
    from the commit on, None before it."""

    id: UUID
    stream: str
    version: int
    event: E
    context: Context
    position: int | None = None


class _ContractEvent(Protocol):
    topic: ClassVar[str]
    type: ClassVar[str]

    @property
    def key(self) -> str: ...
    def model_dump_json(self) -> str: ...


class Outgoing(msgspec.Struct, frozen=True):
    """A message for other services, made of a stored event. ``data`` None is a tombstone of a compacted topic."""

    topic: str
    key: str
    type: str
    data: bytes | None

    @staticmethod
    def of(event: _ContractEvent) -> "Outgoing":
        """The message of a contract event."""
        return Outgoing(event.topic, event.key, event.type, event.model_dump_json().encode())


class _Codec(NamedTuple, Generic[E]):
    """How a class is written as JSON, read from it, and made of what an upcaster has lifted."""

    dump: Callable[[E], bytes]
    load: Callable[[str], E]
    convert: Callable[[Mapping[str, Any]], E]


def _codec(cls: type[E]) -> _Codec[E]:
    if issubclass(cls, msgspec.Struct):
        return _Codec(_encode, msgspec.json.Decoder(cls).decode, partial(msgspec.convert, type=cls))
    adapter = TypeAdapter(cls)
    return _Codec(adapter.dump_json, adapter.validate_json, adapter.validate_python)


_encode = msgspec.json.Encoder().encode


class EventTypes(Generic[E]):
    """The names under which events are stored. Names are explicit and versioned, never class paths: classes are
    renamed and moved, a log is for ever.

    An event is a dataclass, or a `msgspec.Struct` where there are many of it: those are read in half of the time, but
    stand in a union beside others only with a tag.
    """

    def __init__(self, types: Mapping[str, type[E]], upcasters: Mapping[str, Upcaster] | None = None) -> None:
        self._codecs = {name: _codec(cls) for name, cls in types.items()}
        self._names: dict[type[E], str] = {cls: name for name, cls in types.items()}
        self._upcasters = dict(upcasters or {})
        if len(self._names) != len(types):
            raise ValueError("an event class is registered under two names")

    @property
    def names(self) -> frozenset[str]:
        """Every name that is written today."""
        return frozenset(self._codecs)

    @property
    def classes(self) -> Mapping[str, type[E]]:
        """The class of each name that is written today."""
        return {name: cls for cls, name in self._names.items()}

    def dump(self, event: E) -> tuple[str, str]:
        """The event's name and its JSON. Raises KeyError for a class that is not registered."""
        name = self._names[type(event)]
        return name, self._codecs[name].dump(event).decode()

    def load(self, name: str, data: str) -> E:
        """The event that was stored as ``name``, old shapes lifted to the present one.
        Raises KeyError for a name that nobody knows: history must not be skipped in silence."""
        if name in self._upcasters:
            fields = from_json(data)
            while (upcast := self._upcasters.get(name)) is not None:
                name, fields = upcast(fields)
            return self._codecs[name].convert(fields)
        return self._codecs[name].load(data)
