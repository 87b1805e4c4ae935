"""Messages on the wire: CloudEvents 1.0 in Kafka's binary mode, with the headers of the events page."""

import hashlib
from collections.abc import Iterable
from datetime import UTC
from typing import Any, NamedTuple
from uuid import UUID

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.base import Format
from cloudevents.core.v1.event import CloudEvent

from shared.events import Outgoing, Recorded

SOURCE = "/usher/{service}"
MEDIA_TYPE = "application/json"
_ATTRIBUTES = (
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "companyid",
    "sequence",
    "correlationid",
    "causationid",
)
_NEEDED = ("specversion", "id", "source", "type", "time", "subject", "sequence")
_READ = frozenset(kafka.CE_PREFIX + name for name in _ATTRIBUTES)


class Wire(NamedTuple):
    """What a producer sends: `send(topic, value, key, headers=headers)`."""

    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


class _AsBytes(Format):
    """Event data passes through unparsed: it is JSON already on the way out, and its model reads it on the way in."""

    def read(self, event_factory: Any, data: str | bytes) -> BaseCloudEvent:
        raise NotImplementedError("messages are in binary mode")

    def write(self, event: BaseCloudEvent) -> bytes:
        raise NotImplementedError("messages are in binary mode")

    def write_data(self, data: Any, datacontenttype: str | None) -> bytes:
        return data or b""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:
        return body

    def get_content_type(self) -> str:
        return MEDIA_TYPE


BYTES = _AsBytes()


def encode(service: str, outgoing: Outgoing, recorded: Recorded[Any], *, first: bool) -> Wire:
    """The message of a stored event with a position, as `service` publishes it.

    first: this is the event's first message and takes its id; further ones, on other topics, take `derived_id`.
    """
    if recorded.position is None:
        raise ValueError("only what is committed has a place in the sequence")
    context = recorded.context
    extensions = {
        "subject": recorded.stream,
        "companyid": context.company_id,
        "sequence": str(recorded.position),
        "correlationid": context.correlation_id,
        "causationid": context.causation_id,
    }
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": str(recorded.id if first else derived_id(recorded.id, outgoing.topic)),
            "source": SOURCE.format(service=service),
            "type": outgoing.type,
            "time": context.at.astimezone(UTC),
            "datacontenttype": MEDIA_TYPE,
            **{name: value for name, value in extensions.items() if value is not None},
        },
        outgoing.data,
    )
    message = kafka.to_binary(event, BYTES)
    headers = [*message.headers.items(), ("traceparent", context.traceparent.encode())]
    # A tombstone has no value at all: an empty one would be kept by compaction.
    return Wire(outgoing.key.encode(), None if outgoing.data is None else message.value, headers)


def derived_id(event_id: UUID, topic: str) -> UUID:
    """The id of a stored event's message on another topic: a UUIDv7 of the same time, the same whenever it is asked."""
    digest = hashlib.sha256(event_id.bytes + topic.encode()).digest()
    tail = int.from_bytes(digest[:10], "big")
    # RFC 9562: 48 bits of time, version 7, 12 random bits, variant 10, 62 random bits.
    time_and_version = (event_id.int >> 76) << 76
    return UUID(int=time_and_version | (tail >> 68 & 0xFFF) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1))


def attributes(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, Any]:
    """The CloudEvents attributes of a record, by their names without prefix; `time` is a datetime.

    Headers that are not ours are not looked at, whatever bytes they hold. Raises what the CloudEvents library raises
    for an envelope that is none, and ValueError where an attribute that we promise is missing.
    """
    ours = {name: value for name, value in headers if name in _READ and value is not None}
    # Asked of the headers: the library makes up what an event cannot be without, a new id each time.
    if missing := [name for name in _NEEDED if not ours.get(kafka.CE_PREFIX + name)]:
        raise ValueError(f"the envelope has no {', '.join(missing)}")
    event = kafka.from_binary(kafka.KafkaMessage(ours, None, b""), BYTES)
    return dict(event.get_attributes())
