"""Logs in one form, with ids, and never with what opens a door."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import faststream
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.observability import (
    configure_logging,
    configure_tracing,
    current_traceparent,
    traceparent_or_new,
)
from shared.observability.logs import Redaction
from shared.observability.spans import within
from shared.people.access import LINK_PATHS

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
LINK = "0193-secret.part"
redact = Redaction(LINK_PATHS).redact


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a service would write to standard output, in production."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("test", json_lines=True, secret_paths=LINK_PATHS)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def last(lines: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"GET /join/{LINK} HTTP/1.1", "GET /join/[redacted] HTTP/1.1"),
        (f"https://x.example.com/join/{LINK}?a=1", "https://x.example.com/join/[redacted]?a=1"),
        (f"/api/v1/invitations/{LINK}/accept", "/api/v1/invitations/[redacted]/accept"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer [redacted]"),
        (f"bad token {TOKEN}", "bad token [redacted]"),
        ("postgresql://usher:pa55@db/usher", "postgresql://usher:[redacted]@db/usher"),
        ("/api/v1/team/42", "/api/v1/team/42"),
        ("/api/v1/individual-plans/ann@x.example.com", "/api/v1/individual-plans/[address]"),
    ],
)
def test_secrets_are_taken_out(said: str, kept: str) -> None:
    assert redact(said) == kept
    assert redact({"deep": [{"in": said}]}) == {"deep": [{"in": kept}]}


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEF0123456789-_.~%", min_size=1))
def test_no_part_of_a_personal_link_stays(link: str) -> None:
    assert redact(f"/join/{link}") == "/join/[redacted]"


@pytest.mark.parametrize("name", ["authorization", "Cookie", "token", "password"])
def test_fields_that_hold_secrets_are_taken_out(name: str) -> None:
    assert redact({name: "anything"}) == {name: "[redacted]"}


def test_file_contents_are_told_by_their_size() -> None:
    assert redact(b"abc") == "3 bytes"


def test_our_lines_and_the_libraries_are_json_of_one_form(lines: io.StringIO) -> None:
    structlog.stdlib.get_logger("ours").info("happened", path=f"/join/{LINK}")
    ours = last(lines)
    logging.getLogger("a.library").warning("went %s", f"to /join/{LINK}")
    theirs = last(lines)
    assert (ours["event"], ours["path"], ours["level"], ours["service"]) == (
        "happened",
        "/join/[redacted]",
        "info",
        "test",
    )
    assert (theirs["event"], theirs["level"], theirs["service"]) == ("went to /join/[redacted]", "warning", "test")
    assert set(ours) - {"path"} == set(theirs)


assert faststream.__name__, "imported: it puts up a handler of its own then"


@pytest.mark.parametrize("library", ["faststream.kafka", "aiokafka.consumer", "uvicorn.error"])
def test_a_library_with_a_handler_of_its_own_writes_as_all_do(lines: io.StringIO, library: str) -> None:
    logging.getLogger(library).warning("said")
    assert [json.loads(line)["logger"] for line in lines.getvalue().splitlines()] == [library]


def test_within_a_span_a_line_says_where_it_stands(lines: io.StringIO) -> None:
    configure_tracing("test")
    with within(GOOD, "job"):
        structlog.stdlib.get_logger("ours").info("done")
        inside = current_traceparent()
    assert f"00-{last(lines)['trace_id']}-{last(lines)['span_id']}-01" == inside
    structlog.stdlib.get_logger("ours").info("outside")
    assert "trace_id" not in last(lines)


def test_exceptions_are_told_without_secrets(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"no {TOKEN}")
    except ValueError as error:
        structlog.stdlib.get_logger("ours").error("failed", exc_info=error)
        logging.getLogger("aiokafka").error("failed", exc_info=error)
    assert "Traceback" in last(lines)["exception"]
    assert TOKEN not in lines.getvalue()


def test_uvicorns_access_lines_are_ours_instead(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /join/x?q=name")
    assert lines.getvalue() == ""


def test_bound_ids_are_on_every_line(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(correlation_id="batch-1"):
        logging.getLogger("aiokafka.x").warning("said")
    assert last(lines)["correlation_id"] == "batch-1"


GOOD = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.mark.parametrize("odd", [None, "", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01", GOOD + "-x", GOOD.upper()])
def test_a_trace_is_begun_where_none_is_given(odd: str | None) -> None:
    begun = traceparent_or_new(odd)
    assert begun != odd
    assert traceparent_or_new(begun) == begun
    assert traceparent_or_new(GOOD) == GOOD
    assert traceparent_or_new(current_traceparent())
