"""Heads of requests, and connections that ask nothing: how long we bear them."""

import asyncio
from dataclasses import replace

import pytest

from shared.core.settings import ServiceSettings
from shared.http.server_protocol import Limits
from tests.unit.shared.strangers import ROOMY, SOON, get, serving, stranger

pytestmark = pytest.mark.anyio


async def test_a_head_of_ordinary_size_is_answered_and_the_connection_goes_on() -> None:
    async with serving(replace(ROOMY, head_bytes=2_000)) as port, stranger(port) as one:
        for _ in range(5):
            await one.say(get("/livez", "X-Long: " + "a" * 1_500))
            assert (await one.hear())[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        get("/" + "a" * 3_000),
        get("/livez", "X-Long: " + "a" * 3_000),
        get("/livez", *(f"X-{number}: a" for number in range(300))),
        "GET /" + "a" * 3_000,
        "GET / HTTP/1.1\r\nX-Unfinished: " + "a" * 3_000,
        "\r\n" * 1_500,
        "X" * 3_000,
    ],
    ids=["address", "header", "headers", "unfinished address", "unfinished header", "empty lines", "method"],
)
@pytest.mark.parametrize("portion", [10_000, 700])
async def test_a_head_that_is_too_long_is_refused_with_a_sentence(head: str, portion: int) -> None:
    async with serving(replace(ROOMY, head_bytes=2_000, parting_seconds=SOON)) as port, stranger(port) as one:
        for start in range(0, len(head), portion):
            await one.say(head[start : start + portion])
            await asyncio.sleep(0)
        status, problem = await one.hear()
        assert status == problem["status"]
        assert (status, problem["code"]) in {(431, "head_too_large"), (400, "bad_request")}
        assert status == 431 or head.startswith("X")
        assert await one.is_left()


async def test_32_kib_is_the_limit_where_nothing_else_is_said() -> None:
    settings = ServiceSettings()
    assert Limits().head_bytes == 32 * 1024
    assert (Limits().head_seconds, Limits().body_seconds) == (10, 30)
    assert (settings.connections, settings.connections_per_address) == (Limits().connections, Limits().per_address)
    async with serving(ROOMY) as port:
        for length, status in ((31_000, 200), (33_000, 431)):
            async with stranger(port) as one:
                await one.say(get("/livez", "X-Long: " + "a" * length))
                assert (await one.hear())[0] == status


async def test_a_head_that_does_not_end_has_an_end() -> None:
    limits = replace(ROOMY, head_seconds=SOON, parting_seconds=SOON)
    async with serving(limits) as port, stranger(port) as one:
        await one.say("GET / HTTP/1.1\r\nX: ")
        status, problem = await one.hear()
        assert (status, problem["code"]) == (408, "too_slow")
        assert await one.is_left()


async def test_a_head_in_drops_is_not_given_more_time_for_each() -> None:
    async with serving(replace(ROOMY, head_seconds=SOON, parting_seconds=SOON)) as port, stranger(port) as one:
        heard = asyncio.create_task(one.hear())
        while not heard.done():
            await one.say("\r\n")
            await asyncio.sleep(SOON / 10)
        assert (await heard)[0] == 408


async def test_a_second_request_has_the_same_time_for_its_head() -> None:
    async with serving(replace(ROOMY, head_seconds=SOON, parting_seconds=SOON)) as port, stranger(port) as one:
        await one.say(get())
        assert (await one.hear())[0] == 200
        await one.say("GET /li")
        assert (await one.hear())[0] == 408


async def test_a_line_break_after_a_body_is_no_next_request() -> None:
    """Some clients send one that nobody counts (RFC 9112, 2.2); what they asked for may take its time."""
    async with serving(replace(ROOMY, head_seconds=SOON, parting_seconds=SOON)) as port, stranger(port) as one:
        await one.say("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        await asyncio.sleep(SOON)
        await one.say("\r\n")
        assert await one.hear() == (200, {"said": 1})
        await one.say("\r\n")
        await asyncio.sleep(SOON * 3)
        await one.say("\r\n" + get())
        assert (await one.hear())[0] == 200


async def test_line_breaks_do_not_keep_an_idle_connection_open() -> None:
    async with serving(replace(ROOMY, idle_seconds=1)) as port, stranger(port) as one:
        await one.say(get())
        assert (await one.hear())[0] == 200
        left = asyncio.create_task(one.is_left())
        while not left.done():
            one.writer.write(b"\r\n")
            await asyncio.sleep(SOON)
        assert await left


async def test_a_connection_that_asks_nothing_is_closed_without_a_word() -> None:
    async with serving(replace(ROOMY, head_seconds=SOON)) as port, stranger(port) as one:
        assert await one.reader.read() == b""


async def test_a_connection_that_asks_nothing_more_is_closed() -> None:
    async with serving(replace(ROOMY, idle_seconds=1)) as port, stranger(port) as one:
        await one.say(get())
        assert (await one.hear())[0] == 200
        assert await one.is_left()
