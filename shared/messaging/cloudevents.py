"""Messages on the wire: CloudEvents 1.0 in Kafka's binary mode, with the headers of the AsyncAPI document.

Written and read here, not by the CloudEvents library: its event object cost 27 µs a message on the way out and 60 on
the way in, more than all else that relay and inbox do with one (docs/decisions/0016). The tests hold every message to
what the library would write, and to what it would refuse to read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from shared.core.ids import FastUUID
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.packed_records import VARINT, KafkaMessage, packed_header

SOURCE = "/usher/{service}"
MEDIA_TYPE = "application/json"
_PREFIX = "ce_"
_SPECVERSION = "1.0"
_NEEDED = ("specversion", "id", "source", "type", "time", "subject", "sequence")
_needed: Callable[[Mapping[str, bytes]], tuple[bytes, ...]] = itemgetter(*(_PREFIX + name for name in _NEEDED))
_OPTIONAL = tuple(_PREFIX + name for name in ("companyid", "correlationid", "causationid"))


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


def encode(service: str, recorded: Recorded[Any], messages: Sequence[Outgoing]) -> list[KafkaMessage]:
    """The messages of a stored event with a position, as `service` publishes them.

    The first takes the event's id; further ones, on other topics, take `derived_id`.
    """
    if recorded.position is None:
        raise ValueError("only what is committed has a place in the sequence")
    count, headers = _of_context(service, recorded.context)
    subject, sequence = recorded.stream.encode(), b"%d" % recorded.position
    shared = b"".join((_SUBJECT, VARINT[len(subject)], subject, _SEQUENCE, VARINT[len(sequence)], sequence, headers))
    own_id, encoded = str(recorded.id), list[KafkaMessage]()
    for each in messages:
        id_ = _derived(own_id, recorded.id.bytes, each.topic) if encoded else own_id
        packed = b"".join((count, _ID, id_.encode(), _type(each.type), shared))
        # A tombstone has no value at all: an empty one would be kept by compaction.
        encoded.append(KafkaMessage(each.topic, each.key.encode(), each.data, packed))
    return encoded


_ID = packed_header("ce_id", bytes(36))[:-36]
_SUBJECT, _SEQUENCE = (packed_header(name, b"")[:-1] for name in ("ce_subject", "ce_sequence"))
_OWN = 4
"""Headers that are a message's own: these three and its type."""


@lru_cache(256)
def _type(name: str) -> bytes:
    return packed_header("ce_type", name.encode())


@lru_cache(256)
def _of_context(service: str, context: Context) -> tuple[bytes, bytes]:
    """How many headers a message has in this context; and those that all events of one batch or request share."""
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
    said = [packed_header(name, value.encode()) for name, value in headers if value is not None]
    return VARINT[_OWN + len(said)], b"".join(said)


def derived_id(event_id: UUID, topic: str) -> UUID:
    """The id of a stored event's message on another topic: a UUIDv7 of the same time, the same whenever it is asked."""
    return FastUUID(_derived(str(event_id), event_id.bytes, topic))


def _derived(event_id: str, in_bytes: bytes, topic: str) -> str:
    # RFC 9562: 48 bits of time, version 7, 12 random bits, variant 10, 62 random bits. In hexadecimal digits, as it is
    # wanted for each user of a batch.
    digits = sha256(in_bytes + topic.encode()).hexdigest()
    variant = "89ab"[int(digits[4], 16) & 0b11]
    return f"{event_id[:15]}{digits[:3]}-{variant}{digits[5:8]}-{digits[8:20]}"


def attributes(headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """The CloudEvents attributes among a record's headers. Raises as `envelope_of`."""
    return envelope_of(said_in(headers))


def said_in(headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, bytes]:
    """The headers that say something, by name."""
    return {name: value for name, value in headers if value}


def envelope_of(headers: Mapping[str, bytes]) -> Envelope:
    """The CloudEvents attributes among headers that say something.

    Headers that are not ours are not looked at, whatever bytes they hold. Raises ValueError where an attribute that we
    promise is missing, is not text, or is not what CloudEvents 1.0 says it is.
    """
    try:
        version, id_, source, type_, time, subject, sequence = [value.decode() for value in _needed(headers)]
    except KeyError:
        missing = [name for name in _NEEDED if _PREFIX + name not in headers]
        raise ValueError(f"the envelope has no {', '.join(missing)}") from None
    if version != _SPECVERSION:
        raise ValueError("the envelope is of another version of CloudEvents")
    optional = [headers[name].decode() if name in headers else None for name in _OPTIONAL]
    return Envelope(id_, source, type_, _time(time), subject, sequence, *optional)


@lru_cache(256)
def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("the time of the envelope names no zone")
    return time.astimezone(UTC)
