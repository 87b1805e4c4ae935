"""What mails about mails say: in the manner of each mail system, and of none."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.formats.bounces.reader import MAX_BOUNDARIES, MAX_BYTES, read_report
from services.notification.formats.bounces.reasons import MAX_REASON, plain, reason_of
from services.notification.formats.bounces.report import Bounce, NoReport, Report
from services.notification.formats.bounces.statuses import any_status, enhanced
from tests.unit.notification.bounces.corpus import CORPUS, PERSON, POSTFIX, fields, report


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in CORPUS], ids=[case[0] for case in CORPUS])
def test_it_is_read(raw: bytes, said: Report) -> None:
    assert read_report(raw) == said


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in CORPUS], ids=[case[0] for case in CORPUS])
def test_lines_may_end_in_either_way(raw: bytes, said: Report) -> None:
    assert read_report(raw.replace(b"\n", b"\r\n")) == said


@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    assert isinstance(read_report(raw), Report)


@given(st.sampled_from(CORPUS), st.data())
def test_no_damage_to_a_report_breaks_the_reader(case: tuple[str, bytes, Report], data: st.DataObject) -> None:
    raw = case[1]
    at = data.draw(st.integers(0, len(raw)))
    gone = data.draw(st.integers(0, 60))
    put = data.draw(st.binary(max_size=20))
    assert isinstance(read_report(raw[:at] + put + raw[at + gone :]), Report)


@given(st.text(max_size=400), st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True))
def test_a_reason_is_a_short_line_of_plain_text(said: str, status: str) -> None:
    reason = reason_of(status, said)
    assert reason and len(reason) <= MAX_REASON
    assert reason.splitlines() == [reason]
    assert "\x00" not in reason and "\u202e" not in reason


@given(st.emails(), st.text(alphabet=st.characters(categories=["L", "Zs"]), max_size=30))
def test_no_address_is_in_a_reason(address: str, around: str) -> None:
    assert address not in plain(f"{around} <{address}> {around}")


def test_a_report_within_a_report_says_nothing_of_ours() -> None:
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("See below.")
    outer.add_attachment(POSTFIX, maintype="application", subtype="octet-stream")
    assert read_report(outer.as_bytes()) == NoReport()


def test_what_is_too_large_is_not_read() -> None:
    assert read_report(POSTFIX + b"x" * MAX_BYTES) == NoReport()


def test_what_is_nested_too_deeply_is_not_read() -> None:
    assert read_report(POSTFIX + b"boundary" * MAX_BOUNDARIES) == NoReport()


def test_the_reason_stays_where_a_status_is_unknown() -> None:
    raw = report("It did not work.", fields("failed", "5.9.99", "smtp; 599 The moon is full"))
    assert read_report(raw) == Bounce("5.9.99", "The mail could not be delivered (599 The moon is full)")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("(#4.2.2)", "4.2.2"),
        ("host [5.1.2.3] said no", None),
        ("version 15.1.1", None),
        ("since 5.1.2026.1", None),
    ],
)
def test_a_status_is_told_from_other_numbers(text: str, status: str | None) -> None:
    assert enhanced(text) == status


@pytest.mark.parametrize(("text", "status"), [("550 no", "5.1.1"), ("at 10.550.1", None), ("571 no", "5.0.0")])
def test_a_reply_stands_for_a_status(text: str, status: str | None) -> None:
    assert any_status(text) == status


def test_who_it_was_for_is_not_repeated() -> None:
    for name, raw, _ in CORPUS:
        said = read_report(raw)
        assert not isinstance(said, Bounce) or PERSON not in said.reason, name
