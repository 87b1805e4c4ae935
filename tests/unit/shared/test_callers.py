"""For whom a service calls another: believed where a service of ours says it, and nowhere else."""

from typing import Any

import h11
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.core.settings import ServiceKeySettings, ServiceSettings
from shared.http.callers import HEADER, CallerSeal
from shared.http.rate_limit import caller
from shared.service import create_app

pytestmark = pytest.mark.anyio


class Settings(ServiceKeySettings, ServiceSettings):
    """A service that others call."""


KEY = Settings().service_key.get_secret_value().encode()
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
MINE = {"X-Request-Id": "mine-1", "traceparent": TRACE}


def called() -> FastAPI:
    app = create_app(Settings(), "test", pool=None)

    @app.get("/who")
    async def who(request: Request) -> str:
        return caller(request)

    return app


async def ask(headers: dict[str, str]) -> tuple[str, bool, bool]:
    """Whom a service takes for the caller, and whether it took over the request's id and its trace."""
    transport: Any = httpx.ASGITransport(called(), client=("198.51.100.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/who", headers=headers)
    return (
        answer.json(),
        answer.headers["x-request-id"] == "mine-1",
        answer.headers["traceparent"].startswith(TRACE[:35]),
    )


async def test_a_strangers_id_and_trace_are_not_taken_over() -> None:
    assert await ask(MINE) == ("198.51.100.1", False, False)


async def test_a_service_says_for_whom_it_calls() -> None:
    assert await ask({**MINE, HEADER: CallerSeal([KEY]).seal("192.0.2.7")}) == ("192.0.2.7", True, True)
    assert await ask({**MINE, HEADER: CallerSeal([KEY]).seal("")}) == ("198.51.100.1", True, True)


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.7",
        CallerSeal([b"another key"]).seal("192.0.2.7"),
        CallerSeal([KEY]).seal("192.0.2.7").replace("192.0.2.7", "192.0.2.8"),
        CallerSeal([KEY], lambda: 1_000_000_000).seal("192.0.2.7"),
        "",
        "a b c",
    ],
    ids=["not signed", "another key", "another address", "long ago", "nothing", "nonsense"],
)
async def test_what_no_service_signed_says_nothing(value: str) -> None:
    assert await ask({**MINE, HEADER: value}) == ("198.51.100.1", False, False)


async def test_while_a_key_is_replaced_both_are_believed_and_the_new_one_signs() -> None:
    new = b"the key that takes its place"
    first, then = CallerSeal([KEY, new]), CallerSeal([new, KEY])
    assert await ask({**MINE, HEADER: then.seal("192.0.2.7")}) == ("198.51.100.1", False, False)
    for one, other in ((first, then), (then, first), (CallerSeal([KEY]), first), (CallerSeal([new]), then)):
        assert other.open(one.seal("192.0.2.7")) == "192.0.2.7"
    assert CallerSeal([new]).open(then.seal("192.0.2.7")) == "192.0.2.7"
    assert CallerSeal([new]).open(first.seal("192.0.2.7")) is None


@given(st.ip_addresses().map(str), st.text(max_size=100))
def test_for_whomever_a_service_calls_its_request_can_be_sent(address: str, no_address: str) -> None:
    def told(of: str) -> str | None:
        value = CallerSeal([KEY]).seal(of)
        h11.Request(method="GET", target="/", headers=[("Host", "licensing"), (HEADER, value)])  # raises
        return CallerSeal([KEY]).open(value)

    assert told(address) == address
    assert told(no_address) in ("", no_address)


@given(st.text(max_size=100))
def test_whatever_is_written_there_is_read_without_a_failure(value: str) -> None:
    assert CallerSeal([KEY]).open(value) is None
