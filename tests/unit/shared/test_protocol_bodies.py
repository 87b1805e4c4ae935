"""Bodies of requests, and answers that nobody reads: how long we bear them."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from tests.unit.shared.strangers import ROOMY, SOON, get, serving, stranger, until

pytestmark = pytest.mark.anyio


async def test_a_small_body_has_its_time() -> None:
    async with serving(replace(ROOMY, body_seconds=SOON, parting_seconds=SOON)) as port, stranger(port) as one:
        await one.say("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        status, problem = await one.hear()
        assert (status, problem["code"]) == (408, "too_slow")
        assert await one.is_left()


async def test_who_leaves_in_the_middle_of_a_body_is_no_failure_of_ours() -> None:
    with capture_logs() as lines:
        async with serving(ROOMY) as port:
            async with stranger(port) as one:
                await one.say("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
                await asyncio.sleep(SOON)
            await until(lambda: any(line["event"] == "request" for line in lines))
    assert [line["status"] for line in lines if line["event"] == "request"] == [400]
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_large_body_may_take_long_as_long_as_it_comes_on() -> None:
    limits = replace(ROOMY, body_seconds=2, body_rate=50)
    async with serving(limits) as port, stranger(port) as one:
        await one.say("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n")
        for _ in range(20):
            await one.say("a" * 100)
            await asyncio.sleep(0.2)  # 4 s in all, twice of what a small one has
        assert await one.hear() == (200, {"said": 2000})


async def test_a_body_that_was_answered_before_it_came_is_not_waited_for_either() -> None:
    async with serving(replace(ROOMY, body_seconds=SOON)) as port, stranger(port) as one:
        await one.say("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        assert (await one.hear())[0] == 404
        assert await one.reader.read() == b"", "and nothing is said a second time"


async def test_a_connection_whose_body_came_after_its_answer_is_closed_when_idle() -> None:
    async with serving(replace(ROOMY, idle_seconds=1)) as port, stranger(port) as one:
        await one.say("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert (await one.hear())[0] == 404
        await one.say("defghij")
        assert await one.is_left()


@pytest.mark.parametrize("extra", ["1;" + "a" * 5_000, "0\r\nX-Trailer: " + "a" * 5_000], ids=["extension", "trailer"])
async def test_what_surrounds_a_body_has_a_size_too(extra: str) -> None:
    limits = replace(ROOMY, head_bytes=2_000, parting_seconds=SOON)
    async with serving(limits) as port, stranger(port) as one:
        await one.say("POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        await one.say(extra)
        assert (await one.hear())[0] == 431


async def test_a_trailer_is_no_header() -> None:
    async with serving(ROOMY) as port, stranger(port) as one:
        await one.say("POST /trailers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        await one.say("1\r\na\r\n0\r\nAuthorization: x\r\n\r\n")
        assert await one.hear() == (200, {"said": ["host", "transfer-encoding"]})


async def test_an_answer_that_nobody_reads_is_not_kept_for_ever() -> None:
    async with serving(replace(ROOMY, unread_seconds=SOON)) as port, stranger(port) as one:
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await one.say(get("/much"))
        await asyncio.sleep(SOON * 5)
        one.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await one.is_left()
