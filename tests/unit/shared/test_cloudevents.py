"""The headers of events.md, no more and no less; ids that stay the same."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.base import Format
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.cloudevents import attributes, derived_id, encode
from shared.messaging.packed_records import KafkaMessage
from tests.spec import replace

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
CONTEXT = Context("batch-1", "cause-1", TRACE, "company-1", datetime(2026, 1, 2, 3, 4, 5, 678900, UTC))
ID = UUID("01a208d6-3220-7602-959c-7cbfe531964b")
RECORDED = Recorded(ID, "user-1", 3, None, CONTEXT, 17)
MESSAGE = Outgoing("usher.users.v1", "company-1", "usher.UserInvited.v1", b'{"a":1}')


def one(recorded: Recorded[None], message: Outgoing) -> KafkaMessage:
    """The event's only message."""
    (wire,) = encode("licensing", recorded, [message])
    return wire


class _AsBytes(Format):
    """The library's part in a message is its envelope: data is bytes, in and out."""

    def read(self, event_factory: Any, data: str | bytes) -> Any:
        raise AssertionError("messages are in binary mode")

    def write(self, event: Any) -> bytes:
        raise AssertionError("messages are in binary mode")

    def write_data(self, data: Any, datacontenttype: str | None) -> bytes:
        return data or b""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:
        return body

    def get_content_type(self) -> str:
        return "application/json"


AS_BYTES = _AsBytes()
HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": str(ID).encode(),
    "ce_source": b"/usher/licensing",
    "ce_type": b"usher.UserInvited.v1",
    "ce_time": b"2026-01-02T03:04:05.678900Z",
    "ce_subject": b"user-1",
    "ce_companyid": b"company-1",
    "ce_sequence": b"17",
    "ce_correlationid": b"batch-1",
    "ce_causationid": b"cause-1",
    "traceparent": TRACE.encode(),
    "content-type": b"application/json",
}


def test_headers_are_those_of_the_events_page() -> None:
    wire = one(RECORDED, MESSAGE)
    assert dict(wire.headers) == HEADERS
    assert len(wire.headers) == len(HEADERS)
    assert (wire.key, wire.value) == (b"company-1", b'{"a":1}')


def test_without_a_cause_there_is_no_causation_header() -> None:
    recorded = replace(RECORDED, context=replace(CONTEXT, causation_id=None))
    wire = one(recorded, MESSAGE)
    assert dict(wire.headers) == {k: v for k, v in HEADERS.items() if k != "ce_causationid"}


def test_time_is_told_in_utc() -> None:
    at = CONTEXT.at.astimezone(timezone(timedelta(hours=5)))
    recorded = replace(RECORDED, context=replace(CONTEXT, at=at))
    assert dict(one(recorded, MESSAGE).headers)["ce_time"] == HEADERS["ce_time"]


def test_a_tombstone_has_no_value_at_all() -> None:
    wire = one(RECORDED, replace(MESSAGE, data=None))
    assert wire.value is None


def test_further_messages_of_an_event_have_ids_of_their_own() -> None:
    elsewhere = replace(MESSAGE, topic="usher.directory.v1", key="user-1")
    first, second = encode("licensing", RECORDED, [MESSAGE, elsewhere])
    assert (second.topic, second.key) == ("usher.directory.v1", b"user-1")
    derived = str(derived_id(ID, "usher.directory.v1")).encode()
    assert dict(second.headers) == {**dict(first.headers), "ce_id": derived} and derived != HEADERS["ce_id"]


def test_the_id_of_a_further_message_is_the_same_for_ever() -> None:
    """What is published again after years is known as what it was."""
    assert str(derived_id(ID, "usher.directory.v1")) == "01a208d6-3220-7a7e-966a-67161f6b3d73"


def test_only_what_is_committed_is_published() -> None:
    with pytest.raises(ValueError, match="committed"):
        one(replace(RECORDED, position=None), MESSAGE)


def test_what_is_written_is_read_back() -> None:
    wire = one(RECORDED, MESSAGE)
    read = attributes([*wire.headers, ("x-other", b"\xff"), ("x-null", None)])
    assert read[:6] == (str(ID), "/usher/licensing", "usher.UserInvited.v1", CONTEXT.at, "user-1", "17")
    assert read[6:] == ("company-1", "batch-1", "cause-1")


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "subject", "sequence"])
def test_an_envelope_without_what_we_promise_is_none(name: str) -> None:
    """An id that is made up would never make a duplicate known as one."""
    wire = one(RECORDED, MESSAGE)
    with pytest.raises(ValueError, match=name):
        attributes([h for h in wire.headers if h[0] != f"ce_{name}"])


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
CONTEXTS = st.builds(
    Context,
    TEXTS,
    st.none() | TEXTS,
    st.just(TRACE),
    st.none() | TEXTS,
    st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-3)))),
)


@given(st.builds(Outgoing, TEXTS, TEXTS, TEXTS, st.binary()), CONTEXTS, st.uuids(), TEXTS, st.integers(1, 2**62))
def test_a_message_is_what_the_library_for_cloudevents_makes_of_it(
    message: Outgoing, context: Context, id_: UUID, stream: str, position: int
) -> None:
    wire = one(Recorded(id_, stream, 1, None, context, position), message)
    theirs = kafka.from_binary(
        kafka.KafkaMessage({k: v for k, v in wire.headers if k != "traceparent"}, None, wire.value or b""), AS_BYTES
    )
    again = kafka.to_binary(theirs, AS_BYTES)
    assert {**again.headers, "traceparent": TRACE.encode()} == dict(wire.headers)
    assert again.value == wire.value == message.data
    assert theirs.get_time() == context.at


@given(st.dictionaries(st.sampled_from(sorted(HEADERS)), st.binary(max_size=20) | st.sampled_from([*HEADERS.values()])))
def test_an_envelope_that_the_library_refuses_is_refused(changed: dict[str, bytes]) -> None:
    headers = HEADERS | changed
    try:
        ours = attributes(headers.items())
    except ValueError:
        return
    read = {name: value for name, value in headers.items() if name.startswith("ce_")}
    theirs = kafka.from_binary(kafka.KafkaMessage(read, None, b""), AS_BYTES, CloudEvent)
    assert (ours.id, ours.source, ours.type, ours.subject) == (
        theirs.get_id(),
        theirs.get_source(),
        theirs.get_type(),
        theirs.get_subject(),
    )
    assert ours.time == theirs.get_time()


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1), st.sampled_from(["a", "usher.directory.v1"]))
def test_a_derived_id_is_a_uuid7_of_the_same_time(time: int, random: int, topic: str) -> None:
    id_ = UUID(int=(time << 80 | random) & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 0b10 << 62)
    derived = derived_id(id_, topic)
    assert (derived.version, derived.variant) == (7, id_.variant)
    assert derived.int >> 80 == time
    assert derived == derived_id(id_, topic)
    assert len({id_, derived, derived_id(id_, topic + "2")}) == 3
