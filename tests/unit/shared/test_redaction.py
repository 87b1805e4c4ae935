"""What is written into a log costs time in proportion to its length, and its length has an end: strangers choose it."""

import re
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from deploy.docgen.settings_page import settings_of
from deploy.operate.services import SERVICES
from shared.core.settings import ServiceSettings
from shared.observability.logs import LONGEST_VALUE, Redaction
from shared.people.access import LINK_PATHS
from shared.service import create_app
from tests.unit.shared.steps import Counted

REDACTION = Redaction(LINK_PATHS)
redact, redact_line = REDACTION.redact, REDACTION.redact_line
PATTERNS = [pattern for pattern, _ in REDACTION.patterns]
PIECES = (
    "a",
    "J",
    "eyJ",
    "eyJaaaaaaaa",
    "-",
    ".",
    "_",
    "é",
    "1",
    "://",
    ":",
    "@",
    "/",
    "/join/",
    "bearer ",
    " ",
    '"',
    "?",
)
UNITS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
ENDS = st.sampled_from(["", " ", '"', "@", "/", "x@"])


def steps(pattern: re.Pattern[str], text: str) -> int:
    """How many steps it takes to look for the pattern everywhere in the text."""
    counted = Counted(pattern)
    assert counted.spans(text) == [found.span() for found in pattern.finditer(text)], "it matches as `re` does"
    return counted.steps


def grows_evenly(pattern: re.Pattern[str], unit: str, end: str) -> bool:
    """Whether a text twice as long takes no more than twice the steps, and a little."""
    times = 240 // len(unit)
    return steps(pattern, unit * 2 * times + end) <= 2.4 * steps(pattern, unit * times + end)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern)
@given(unit=UNITS, end=ENDS)
@example(unit="a", end="")
@example(unit="eyJa-", end="")
@example(unit="/", end="")
@example(unit="://a:", end=" ")
def test_twice_the_text_takes_twice_the_steps(pattern: re.Pattern[str], unit: str, end: str) -> None:
    assert grows_evenly(pattern, unit, end)


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r"(\w+://[^\s/:@]*:)[^\s/@]+@", "a"),
        (r"\beyJ[\w-]+\.[\w-]+\.[\w-]*", "eyJa-"),
        (r"\w+@", "a"),
    ],
)
def test_a_pattern_that_is_tried_from_each_letter_of_a_run_is_seen(pattern: str, unit: str) -> None:
    assert not grows_evenly(re.compile(pattern), unit, "")


def test_a_value_is_cut_before_any_pattern_sees_it() -> None:
    said = redact("word " * 10_000)
    assert said == "word " * (LONGEST_VALUE // 5) + "[48000 more characters]"
    assert redact("x" * LONGEST_VALUE) == "x" * LONGEST_VALUE


@pytest.mark.parametrize(
    "secret", ["postgresql://usher:pa55word@db/usher", "/join/pa55word-0193", "/users/pa55word@x.example.com"]
)
@given(before=st.integers(LONGEST_VALUE - 45, LONGEST_VALUE + 5), lead=st.sampled_from(["x" * 50 + " ", "/"]))
def test_no_half_of_a_secret_stays_where_a_value_is_cut(secret: str, before: int, lead: str) -> None:
    text = (lead * before)[: before - 1] + " " + secret + " and more" * 200
    assert "pa55" not in redact(text)


def test_half_a_token_is_none_to_be_kept() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0." + "c2ln" * 1_000
    assert "eyJ" not in redact("token=" + token)
    assert "eyJ" not in redact("x" * (LONGEST_VALUE - 30) + token)


def test_a_traceback_keeps_its_end_and_no_line_is_longer() -> None:
    lines = [f"line {number}" for number in range(150)] + ["ValueError: " + "x" * 5_000]
    said = redact_line(None, "", {"exception": "\n".join(lines)})["exception"].split("\n")
    assert said[0] == "[51 lines before]"
    assert said[1] == "line 51"
    assert said[-1] == "ValueError: [5000 more characters]"


@pytest.mark.anyio
async def test_the_path_of_a_request_is_cut_too(caplog: Any) -> None:
    transport = httpx.ASGITransport(create_app(ServiceSettings(), "test", pool=None))
    with capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.get("/" + "a" * 20_000)
    (line,) = [line for line in lines if line["event"] == "request"]
    assert redact_line(None, "", line)["path"] == "/[20000 more characters]"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_logs_a_personal_link(service: str) -> None:
    redaction = Redaction(settings_of(service).secret_paths)
    assert "0193" not in redaction.redact("GET /join/0193, POST /api/v1/invitations/0193/accept")
