"""Messages on the wire: CloudEvents 1.0 in Kafka's binary mode, with the headers of the AsyncAPI document.

Written and read here, not by the CloudEvents library: its event object cost 27 µs a message on the way out and 60 on
the way in, more than all else that relay and inbox do with one (docs/decisions/0016). The tests hold every message to
what the library would write, and to what it would refuse to read.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from shared.core.ids import FastUUID
from shared.eventsourcing.events import Context, Outgoing, Recorded

SOURCE = "/usher/{service}"
MEDIA_TYPE = "application/json"
_PREFIX = "ce_"
_SPECVERSION = "1.0"
_NEEDED = ("specversion", "id", "source", "type", "time", "subject", "sequence")
_READ = {_PREFIX + name: name for name in (*_NEEDED, "companyid", "correlationid", "causationid")}

Header = tuple[str, bytes]


class KafkaMessage(NamedTuple):
    """What a producer sends: `send(topic, value, key, headers=headers)`."""

    key: bytes
    value: bytes | None
    headers: list[Header]


class Envelope(NamedTuple):
    """The CloudEvents attributes of a record. `time` is aware; the last three are None where a record has none."""

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    sequence: str
    companyid: str | None
    correlationid: str | None
    causationid: str | None


def encode(service: str, outgoing: Outgoing, recorded: Recorded[Any], *, first: bool) -> KafkaMessage:
    """The message of a stored event with a position, as `service` publishes it.

    first: this is the event's first message and takes its id; further ones, on other topics, take `derived_id`.
    """
    if recorded.position is None:
        raise ValueError("only what is committed has a place in the sequence")
    id_ = recorded.id if first else derived_id(recorded.id, outgoing.topic)
    headers = [
        ("ce_id", str(id_).encode()),
        ("ce_type", outgoing.type.encode()),
        ("ce_subject", recorded.stream.encode()),
        ("ce_sequence", b"%d" % recorded.position),
        *_of_context(service, recorded.context),
    ]
    # A tombstone has no value at all: an empty one would be kept by compaction.
    return KafkaMessage(outgoing.key.encode(), outgoing.data, headers)


@lru_cache(256)
def _of_context(service: str, context: Context) -> tuple[Header, ...]:
    """The headers that all events of one batch or request share."""
    headers: list[tuple[str, str | None]] = [
        ("ce_specversion", _SPECVERSION),
        ("ce_source", SOURCE.format(service=service)),
        ("ce_time", context.at.astimezone(UTC).isoformat().replace("+00:00", "Z")),
        ("ce_companyid", context.company_id),
        ("ce_correlationid", context.correlation_id),
        ("ce_causationid", context.causation_id),
        ("traceparent", context.traceparent),
        ("content-type", MEDIA_TYPE),
    ]
    return tuple((name, value.encode()) for name, value in headers if value is not None)


def derived_id(event_id: UUID, topic: str) -> UUID:
    """The id of a stored event's message on another topic: a UUIDv7 of the same time, the same whenever it is asked."""
    digest = hashlib.sha256(event_id.bytes + topic.encode()).digest()
    tail = int.from_bytes(digest[:10], "big")
    # RFC 9562: 48 bits of time, version 7, 12 random bits, variant 10, 62 random bits.
    time_and_version = (event_id.int >> 76) << 76
    derived = time_and_version | (tail >> 68 & 0xFFF) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1)
    return FastUUID(derived.to_bytes(16, "big"))


def attributes(headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """The CloudEvents attributes of a record.

    Headers that are not ours are not looked at, whatever bytes they hold. Raises ValueError where an attribute that we
    promise is missing, is not text, or is not what CloudEvents 1.0 says it is.
    """
    found: dict[str, str] = {}
    for header, value in headers:
        if value and (name := _READ.get(header)) is not None:
            found[name] = value.decode()
    if missing := [name for name in _NEEDED if name not in found]:
        raise ValueError(f"the envelope has no {', '.join(missing)}")
    if found["specversion"] != _SPECVERSION:
        raise ValueError("the envelope is of another version of CloudEvents")
    return Envelope(
        found["id"], found["source"], found["type"], _time(found["time"]), found["subject"], found["sequence"],
        found.get("companyid"), found.get("correlationid"), found.get("causationid"),
    )  # fmt: skip


@lru_cache(256)
def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("the time of the envelope names no zone")
    return time.astimezone(UTC)
