"""What a stranger sends over a real socket, and how long we bear it. Limits are lowered, and little goes past them."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from structlog.testing import capture_logs

from shared.core.settings import ServiceSettings
from shared.http import lost_reader
from shared.http.server_protocol import LimitedProtocol, Limits
from shared.service import create_app
from shared.service.process import server_config
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio

LONG = 600.0
"""Seconds: for limits that a test is not about."""
ROOMY = Limits(head_seconds=LONG, body_seconds=LONG, idle_seconds=600, unread_seconds=LONG, parting_seconds=LONG)
SOON = 0.3
LONG_ANSWER = 3_000_000
"""Bytes: more than the reader's kernel takes before the reader does."""


def application(settings: ServiceSettings) -> FastAPI:
    app = create_app(settings, "test", pool=None, unlimited_paths=frozenset({"/size"}))

    @app.post("/size")
    async def size(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    @app.get("/trailers")
    @app.post("/trailers")
    async def headers(request: Request) -> list[str]:
        await request.body()
        return list(request.headers)

    @app.get("/much")
    async def much() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    @app.post("/slow")
    async def slow() -> int:
        await asyncio.sleep(SOON * 5)
        return 1

    @app.get("/long")
    async def long() -> Response:
        return Response(b"x" * LONG_ANSWER)

    @app.get("/live")
    async def live(request: Request) -> int:
        lost_reader.notice_soon(request.scope)
        return 1

    return app


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (nothing there tells)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(limits: Limits, **settings: Any) -> AsyncGenerator[int]:
    """A service on a free port; gives the port."""
    told = ServiceSettings(port=0, shutdown_seconds=0, **settings)
    server = uvicorn.Server(server_config(application(told), told, limits))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = server.force_exit = True
    await task


class Stranger:
    """One connection, as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def hear(self) -> tuple[int, dict[str, Any]]:
        """The next answer: its status and its document."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            document = json.loads(await self.reader.readexactly(length))
        return int(head.split()[1]), {"said": document} if not isinstance(document, dict) else cast("Any", document)

    async def is_left(self) -> bool:
        """Whether the other side has ended the connection, after whatever it still said."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True


@asynccontextmanager
async def stranger(port: int, host: str | None = None) -> AsyncGenerator[Stranger]:
    local = (host, 0) if host else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
    yield Stranger(reader, writer)
    writer.close()


def get(path: str = "/livez", *headers: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""])


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
