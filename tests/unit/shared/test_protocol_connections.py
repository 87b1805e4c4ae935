"""Connections: how many, in which protocol, and until when a lost one is kept."""

import asyncio
import socket
from dataclasses import replace

import pytest

from shared.http.server_protocol import LimitedProtocol
from tests.patience import PATIENCE
from tests.unit.shared.strangers import LONG_ANSWER, ROOMY, SOON, get, serving, stranger

pytestmark = pytest.mark.anyio


async def test_so_many_requests_ahead_and_no_more() -> None:
    async with serving(replace(ROOMY, in_line=4)) as port, stranger(port) as one:
        await one.say(get() * 4)
        for _ in range(4):
            assert (await one.hear())[0] == 200
        await one.say(get() * 100)
        assert await one.is_left()


async def test_a_process_has_so_many_connections_and_says_so() -> None:
    async with serving(replace(ROOMY, connections=3)) as port:
        kept = [stranger(port) for _ in range(3)]
        for each in kept:
            await (await each.__aenter__()).say("GET /")
        async with stranger(port) as one:
            status, problem = await one.hear()
            assert (status, problem["code"]) == (503, "too_many_connections")
            assert await one.is_left()
        for each in kept:
            await each.__aexit__(None, None, None)
        status = 503
        async with asyncio.timeout(PATIENCE):
            while status == 503:
                async with stranger(port) as one:
                    await one.say(get())
                    status = (await one.hear())[0]
        assert status == 200


@pytest.mark.parametrize(("proxies", "status"), [("", 503), ("127.0.0.0/8", 200)])
async def test_an_address_has_its_share_but_a_trusted_proxy(proxies: str, status: int) -> None:
    async with (
        serving(replace(ROOMY, per_address=2), trusted_proxies=proxies) as port,
        stranger(port, "127.0.0.1"),
        stranger(port, "127.0.0.1"),
        stranger(port, "127.0.0.1") as third,
        stranger(port, "127.0.0.2") as other,
    ):
        for one, expected in ((third, status), (other, 200)):
            await one.say(get())
            assert (await one.hear())[0] == expected


async def test_what_is_no_http_is_a_problem_document() -> None:
    async with serving(replace(ROOMY, parting_seconds=SOON)) as port, stranger(port) as one:
        await one.say("hello\r\n\r\n")
        assert (await one.hear())[1]["code"] == "bad_request"


async def test_another_protocol_is_not_taken_up() -> None:
    upgrade = get("/livez", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    async with serving(ROOMY) as port, stranger(port) as one:
        await one.say(upgrade)
        assert (await one.hear())[0] == 200


@pytest.mark.parametrize("sent_together", [True, False])
@pytest.mark.parametrize(
    ("framing", "body"),
    [("Content-Length: 10", "GET / HTTP"), ("Transfer-Encoding: chunked", "a\r\nGET / HTTP\r\n0\r\n\r\n")],
    ids=["length", "chunked"],
)
async def test_the_body_that_comes_with_the_offer_of_another_protocol_is_read(
    framing: str, body: str, sent_together: bool
) -> None:
    """Java's client makes this offer with its first request to an http address."""
    head = "POST /size HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    async with serving(ROOMY) as port, stranger(port) as one:
        for _ in range(2):
            if sent_together:
                await one.say(f"{head}{framing}\r\n\r\n{body}")
            else:
                await one.say(f"{head}{framing}\r\n\r\n")
                await asyncio.sleep(SOON)
                await one.say(body)
            assert await one.hear() == (200, {"said": 10})
        await one.say(get())
        assert (await one.hear())[0] == 200


async def test_an_offer_of_another_protocol_is_limited_as_any_request_is() -> None:
    offer = ["Connection: Upgrade", "Upgrade: h2c"]
    async with serving(replace(ROOMY, head_bytes=2_000, in_line=4, parting_seconds=SOON)) as port:
        async with stranger(port) as one:
            await one.say(get("/livez", *offer) * 4)
            for _ in range(4):
                assert (await one.hear())[0] == 200
            await one.say(get("/livez", *offer) * 100)
            assert await one.is_left()
        async with stranger(port) as one:
            await one.say(get("/livez", *offer, "X-Long: " + "a" * 3_000))
            assert (await one.hear())[0] == 431


async def test_a_reader_who_is_lost_is_not_waited_for_as_long_as_tcp_would(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.Transport] = []
    connection_made = LimitedProtocol.connection_made

    def seen(self: LimitedProtocol, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        made.append(transport)

    def patience() -> float:
        kernel = made[0].get_extra_info("socket")
        return kernel.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000

    monkeypatch.setattr(LimitedProtocol, "connection_made", seen)
    limits = replace(ROOMY, lost_seconds=7, unread_seconds=77)
    async with serving(limits) as port, stranger(port) as one:
        for path, seconds in (("/livez", 77), ("/live", 7), ("/livez", 77)):
            await one.say(get(path))
            assert (await one.hear())[0] == 200
            assert patience() == seconds, path


async def test_who_stops_reading_for_a_while_has_the_rest_afterwards() -> None:
    limits = replace(ROOMY, lost_seconds=1)
    async with serving(limits) as port, stranger(port) as one:
        await one.say(get("/long"))
        await one.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(5)
        async with asyncio.timeout(PATIENCE):
            assert len(await one.reader.readexactly(LONG_ANSWER)) == LONG_ANSWER
