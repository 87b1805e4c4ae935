"""HTTP/1.1 as strangers may speak it: what is sent before anybody knows who asks has a size, a number and an end."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast

import httptools
import structlog
from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.core.trusted_proxies import TrustedProxies
from shared.http import lost_reader
from shared.http.problem_types import HEAD_TOO_LARGE, NOT_HTTP, TOO_MANY_CONNECTIONS, TOO_MANY_IN_LINE, TOO_SLOW
from shared.http.problems import Problem

log = structlog.stdlib.get_logger("shared.connections")

_LOST: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
"""RFC 5482; Linux has it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take. `connections` of a process, `per_address` of one address but a trusted proxy's (0: as
    many as that); the others in bytes and seconds.

    A body has `body_seconds`, and one more for each `body_rate` bytes of it: a large file may take hours, at a pace.
    """

    connections: int = 1_000
    per_address: int = 500
    head_bytes: int = 32 << 10
    head_seconds: float = 10
    body_seconds: float = 30
    body_rate: int = 4 << 10
    idle_seconds: int = 65
    """Longer than the 60 s of most proxies: who reuses a connection must be the one who ends it."""
    unread_seconds: float = 60
    """For a reader who takes nothing of an answer that waits, or acknowledges nothing of what was sent: they, or the
    way to them, are no more; nobody says so. TCP's own patience is a quarter of an hour."""
    lost_seconds: float = 10
    """The same of a stream, where that is no sign of a slow reader: with its heartbeat it is let go within 15 s."""
    in_line: int = 16
    """Requests on one connection that were sent before the answer to the first."""
    parting_seconds: float = 2
    """For a refused sender to read why: a socket that is closed with bytes unread throws the answer away, too."""


@dataclass(slots=True)
class Census:
    """How many connections each address has. One a process."""

    proxies: TrustedProxies
    of: Counter[str] = field(default_factory=Counter[str])

    def come(self, address: str) -> int:
        """One more; how many there are now, of a trusted proxy none."""
        if address in self.proxies:
            return 0
        self.of[address] += 1
        return self.of[address]

    def gone(self, address: str) -> None:
        """One fewer."""
        if address in self.of:
            self.of[address] -= 1
            if self.of[address] <= 0:
                del self.of[address]


class _Phase(Enum):
    IDLE = "between two requests"
    HEAD = "request line and headers are coming"
    BODY = "a body is coming"
    PARTING = "refused: nothing more is read of it"


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits. One connection; its callbacks are the parser's and the transport's."""

    def __init__(self, *args: Any, limits: Limits, census: Census, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._census = census
        self._phase = _Phase.HEAD
        self._since = 0.0
        self._body_bytes = 0
        self._not_understood = 0
        self._refusal: Problem | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._borne = 0.0
        self._read_anew = b""

    # Of the transport

    # Narrower than asyncio's, as uvicorn's own is: a server's connection can be written to.
    def connection_made(self, transport: asyncio.Transport) -> None:
        """Somebody connected."""
        super().connection_made(transport)
        of_theirs = self._census.come(self._address)
        limits = self._limits
        if len(self.connections) > limits.connections or (limits.per_address and of_theirs > limits.per_address):
            self._write(_TOO_MANY)
            self._log(_TOO_MANY)
            transport.close()
            return
        self._bear(limits.unread_seconds)
        self._enter(_Phase.HEAD, limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._census.gone(self._address)
        self._stop(self._deadline)
        self._stop(self._unread)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._phase is _Phase.IDLE and not data.strip(b"\r\n"):
            return  # some send a line break after a body, which begins nothing (RFC 9112, 2.2)
        self._unset_keepalive_if_required()
        if self._phase is _Phase.IDLE:
            self._enter(_Phase.HEAD, self._limits.head_seconds)
        portion = self._limits.head_bytes
        for start in range(0, len(data), portion):
            if self._phase is _Phase.PARTING or self.transport.is_closing():
                return
            self._feed(data[start : start + portion])

    def pause_writing(self) -> None:
        """The reader is slower than the answer."""
        super().pause_writing()
        self._stop(self._unread)
        self._unread = self.loop.call_later(self._limits.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has taken most of what waited."""
        self._stop(self._unread)
        super().resume_writing()

    def _feed(self, data: bytes) -> None:
        self._not_understood += len(data)
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal or _NOT_HTTP)
        else:
            if self._not_understood > self._limits.head_bytes:
                self._refuse(_too_long(self._limits))

    def _parse(self, data: bytes) -> bytes:
        """Read on; what is to be read next, where the parser stopped.

        It stops at the offer of another protocol, and takes the request to have no body then, whatever its head says.
        None is spoken here, so the request is read anew, without the offer.
        """
        parser: Any = self.parser
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            rest, self._read_anew = self._read_anew + data[offer.args[0] :], b""
            parser = self.parser = httptools.HttpRequestParser(self)
            parser.set_dangerous_leniencies(lenient_data_after_close=True)
            return rest
        return b""

    def _without_offer(self) -> bytes:
        """The request's head as it came, but that it offers no other protocol."""
        parser: Any = self.parser
        line = b"%s %s HTTP/%s\r\n" % (parser.get_method(), self.url, parser.get_http_version().encode())
        headers = (b"%s: %s\r\n" % (name, value) for name, value in self.headers if name != b"upgrade")
        return line + b"".join(headers) + b"\r\n"

    # Of the parser: what is raised in these arrives in `_feed`

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._bear(self._limits.unread_seconds)
        lost_reader.offer(cast("Scope", self.scope), lambda: self._bear(self._limits.lost_seconds))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after a body it is a trailer, which nobody here asks for."""
        if self._phase is not _Phase.BODY:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All of the head is there."""
        parser: Any = self.parser
        if parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers):
            self._read_anew = self._without_offer()
            return
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.head_bytes:
            self._refusal = _too_long(self._limits)
            raise self._refusal
        if len(self.pipeline) >= self._limits.in_line:
            self._refusal = _TOO_MANY_IN_LINE
            raise self._refusal
        self._not_understood = 0
        super().on_headers_complete()
        self._enter(_Phase.BODY, self._limits.body_seconds)

    def on_body(self, body: bytes) -> None:
        """Some of a body."""
        self._not_understood = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is there."""
        if self._read_anew:
            return
        self._not_understood = 0
        self._enter(_Phase.IDLE)
        answered = self.cycle.response_complete
        super().on_message_complete()
        if answered and not self.transport.is_closing():
            # Answered before its body had come: the bytes since then have ended the time that began with the answer.
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    # Time

    def _enter(self, phase: _Phase, seconds: float | None = None) -> None:
        self._phase, self._since, self._body_bytes = phase, self.loop.time(), 0
        self._stop(self._deadline)
        self._deadline = self.loop.call_later(seconds, self._expired) if seconds is not None else None

    def _expired(self) -> None:
        match self._phase:
            case _Phase.HEAD if not self._not_understood:
                self.transport.close()  # a connection made ahead of its use: nothing was asked
            case _Phase.HEAD:
                self._refuse(_TOO_SLOW)
            case _Phase.BODY if self._we_keep_it_waiting:
                self._enter(_Phase.BODY, self._limits.body_seconds)
            case _Phase.BODY:
                allowed = self._limits.body_seconds + self._body_bytes / self._limits.body_rate
                if (left := self._since + allowed - self.loop.time()) > 0:
                    self._deadline = self.loop.call_later(left, self._expired)
                else:
                    self._refuse(_TOO_SLOW)
            case _Phase.PARTING | _Phase.IDLE:
                self.transport.close()

    @property
    def _we_keep_it_waiting(self) -> bool:
        return self.flow.read_paused or self.cycle.waiting_for_100_continue

    def _bear(self, seconds: float) -> None:
        """So long the kernel goes on sending to who acknowledges nothing."""
        made = self.transport.get_extra_info("socket")
        if _LOST is None or made is None or seconds == self._borne:
            return
        made.setsockopt(socket.IPPROTO_TCP, _LOST, int(seconds * 1000))
        self._borne = seconds

    def _stop(self, timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

    # Refusing

    def _refuse(self, problem: Problem) -> None:
        """Say why, where that can be said, and read no more."""
        if self.transport.is_closing():
            return
        self._log(problem)
        cycle: Any = self.cycle  # None before the first request
        if self._phase is _Phase.BODY:
            said = not (cycle.response_started or self.pipeline)
        else:
            said = cycle is None or cycle.response_complete
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.pipeline.clear()
        if not said:
            self.transport.close()
            return
        self._write(problem)
        self._enter(_Phase.PARTING, self._limits.parting_seconds)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _write(self, problem: Problem) -> None:
        answer: Response = problem.response()
        headers = [*answer.raw_headers, (b"connection", b"close"), (b"cache-control", b"no-store")]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[problem.status] + lines + b"\r\n" + bytes(answer.body))

    def _log(self, problem: Problem) -> None:
        log.info("connection_refused", code=problem.code, status=problem.status)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""


def limited(limits: Limits, proxies: TrustedProxies) -> Callable[..., LimitedProtocol]:
    """What makes the protocol of each connection to a process: uvicorn's `http`."""
    census = Census(proxies)

    def make(*args: Any, **kwargs: Any) -> LimitedProtocol:
        return LimitedProtocol(*args, limits=limits, census=census, **kwargs)

    return make


_NOT_HTTP = NOT_HTTP()
_TOO_SLOW = TOO_SLOW()
_TOO_MANY = TOO_MANY_CONNECTIONS(headers={"Retry-After": "5"})
_TOO_MANY_IN_LINE = TOO_MANY_IN_LINE()


def _too_long(limits: Limits) -> Problem:
    return HEAD_TOO_LARGE(kib=limits.head_bytes >> 10)
