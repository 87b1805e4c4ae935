"""From a raw Kafka record to an event that a handler understands, or to the reason why not."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
import orjson
from aiokafka import ConsumerRecord

from shared.core.ids import FastUUID
from shared.eventsourcing.events import Context
from shared.messaging.cloudevents import envelope_of, said_in
from shared.observability.spans import going_on
from shared.observability.tracing import traceparent_or_new

Record = ConsumerRecord[bytes, bytes]
Parse = Callable[[str, bytes], Any]
"""`parse(ce_type, value)` of the contracts: the event's model. Raises for what is not that type's data."""


class Received(msgspec.Struct, frozen=True):
    """A decoded contract event with its place in Kafka. `event` is the contracts' model of `type`; `value` its bytes as
    they came, from `source`."""

    id: str
    type: str
    topic: str
    partition: int
    offset: int
    subject: str
    company_id: str
    sequence: int
    time: datetime
    correlation_id: str
    traceparent: str
    event: Any
    source: str = ""
    value: bytes = b""

    def context(self, now: datetime) -> Context:
        """What a command brings that this event causes. now: the present time, aware and in UTC."""
        return Context(
            correlation_id=self.correlation_id,
            causation_id=self.id,
            traceparent=going_on(self.traceparent),
            company_id=self.company_id,
            at=now,
        )


class Arrival(msgspec.Struct, frozen=True):
    """A record as read: `received`, or `error` where that was not possible.

    id and stream are known (then later records of the stream are parked) where the headers are readable, the type is
    known and the value is JSON; of undecodable bytes they are None.
    """

    record: Record
    type: str | None
    id: UUID | None = None
    stream: str | None = None
    received: Received | None = None
    error: str | None = None


def read(record: Record, types: Collection[str], parse: Parse) -> Arrival | None:
    """The record as an Arrival; None for a type that is not among `types`: not for this reader."""
    headers = said_in(record.headers)
    try:
        type_ = headers.get("ce_type", b"").decode()
    except UnicodeDecodeError:
        return Arrival(record, None, error="the header ce_type is not text")
    if not type_:
        return Arrival(record, None, error="the header ce_type is missing")
    if type_ not in types:
        return None
    try:
        return _read_known(record, headers, type_, parse)
    except Exception as error:  # the libraries' errors for bytes that are not what they should be are of many kinds
        return Arrival(record, type_, error=said(error))


def _read_known(record: Record, headers: Mapping[str, bytes], type_: str, parse: Parse) -> Arrival:
    envelope = envelope_of(headers)
    event_id, stream, sequence = FastUUID(envelope.id), envelope.subject, int(envelope.sequence)
    if "\0" in stream or not 0 <= sequence < 2**63:
        raise ValueError("ce_subject or ce_sequence cannot be stored")
    company_id = FastUUID(envelope.companyid or _company_in(record.value))
    try:
        event = parse(type_, record.value or b"")
    except Exception as error:  # whatever the parser says, it is not this event's data
        _object(record.value)
        return Arrival(record, type_, event_id, stream, error=said(error))
    received = Received(
        id=str(event_id),
        type=type_,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        subject=stream,
        company_id=str(company_id),
        sequence=sequence,
        time=envelope.time,
        correlation_id=envelope.correlationid or str(event_id),
        traceparent=traceparent_or_new(headers.get("traceparent", b"").decode("ascii", "replace")),
        event=event,
        source=envelope.source,
        value=record.value or b"",
    )
    return Arrival(record, type_, event_id, stream, received)


def _object(value: bytes | None) -> dict[str, object]:
    """The JSON object that it is. Raises ValueError where it is none: then nothing is known of what it is about."""
    if not isinstance(data := orjson.loads(value or b""), dict):
        raise ValueError("the value is not a JSON object")
    return cast("dict[str, object]", data)


def _company_in(value: bytes | None) -> str:
    return str(_object(value).get("company_id", ""))


def traceparents(records: Sequence[Record], types: Collection[str]) -> list[str]:
    """What the records of these types came with, each once: the traces that go on where they are dealt with."""
    wanted = {type_.encode() for type_ in types}
    headers = (dict(record.headers) for record in records)
    found = (each.get("traceparent") for each in headers if each.get("ce_type") in wanted)
    return [value.decode("ascii", "replace") for value in dict.fromkeys(found) if value]


def said(error: Exception) -> str:
    """What to tell of an error: its kind, and its words unless they may quote the data."""
    quotes = isinstance(error, UnicodeDecodeError | orjson.JSONDecodeError)
    return type(error).__name__ if quotes else f"{type(error).__name__}: {error}".replace("\0", "")[:1000]
