"""The headers of events.md, no more and no less; ids that stay the same."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Context, Outgoing, Recorded
from shared.kafka_wire import attributes, derived_id, encode

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
CONTEXT = Context("batch-1", "cause-1", TRACE, "company-1", datetime(2026, 1, 2, 3, 4, 5, 678900, UTC))
ID = UUID("01a208d6-3220-7602-959c-7cbfe531964b")
RECORDED = Recorded(ID, "user-1", 3, None, CONTEXT, 17)
MESSAGE = Outgoing("usher.users.v1", "company-1", "usher.UserInvited.v1", b'{"a":1}')

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
    wire = encode("licensing", MESSAGE, RECORDED, first=True)
    assert dict(wire.headers) == HEADERS
    assert len(wire.headers) == len(HEADERS)
    assert (wire.key, wire.value) == (b"company-1", b'{"a":1}')


def test_without_a_cause_there_is_no_causation_header() -> None:
    recorded = dataclasses.replace(RECORDED, context=dataclasses.replace(CONTEXT, causation_id=None))
    wire = encode("licensing", MESSAGE, recorded, first=True)
    assert dict(wire.headers) == {k: v for k, v in HEADERS.items() if k != "ce_causationid"}


def test_time_is_told_in_utc() -> None:
    at = CONTEXT.at.astimezone(timezone(timedelta(hours=5)))
    recorded = dataclasses.replace(RECORDED, context=dataclasses.replace(CONTEXT, at=at))
    assert dict(encode("licensing", MESSAGE, recorded, first=True).headers)["ce_time"] == HEADERS["ce_time"]


def test_a_tombstone_has_no_value_at_all() -> None:
    wire = encode("licensing", dataclasses.replace(MESSAGE, data=None), RECORDED, first=False)
    assert wire.value is None


def test_only_what_is_committed_is_published() -> None:
    with pytest.raises(ValueError, match="committed"):
        encode("licensing", MESSAGE, dataclasses.replace(RECORDED, position=None), first=True)


def test_what_is_written_is_read_back() -> None:
    wire = encode("licensing", MESSAGE, RECORDED, first=True)
    read = attributes([*wire.headers, ("x-other", b"\xff"), ("x-null", None)])
    assert read["id"] == str(ID)
    assert read["sequence"] == "17"
    assert read["time"] == CONTEXT.at


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "subject", "sequence"])
def test_an_envelope_without_what_we_promise_is_none(name: str) -> None:
    """The library would make up an id, and then no duplicate would ever be known as one."""
    wire = encode("licensing", MESSAGE, RECORDED, first=True)
    with pytest.raises(ValueError, match=name):
        attributes([h for h in wire.headers if h[0] != f"ce_{name}"])


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1), st.sampled_from(["a", "usher.directory.v1"]))
def test_a_derived_id_is_a_uuid7_of_the_same_time(time: int, random: int, topic: str) -> None:
    id_ = UUID(int=(time << 80 | random) & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 0b10 << 62)
    derived = derived_id(id_, topic)
    assert (derived.version, derived.variant) == (7, id_.variant)
    assert derived.int >> 80 == time
    assert derived == derived_id(id_, topic)
    assert len({id_, derived, derived_id(id_, topic + "2")}) == 3
