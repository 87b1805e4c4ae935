"""Server-sent events: the one place where streams are answered, counted and ended.

A stream ends when its reader leaves, when they may read no longer (signed out, deactivated, on another plan, their
token over) and when the process is told to stop. What it stands on, a watch of the database or a stream of another
service, is then closed to its end.
"""

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import structlog
from prometheus_client import Gauge
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.core.retry import TRANSIENT
from shared.http.auth import Principal
from shared.http.lost_reader import notice_soon
from shared.http.problem_types import TOO_MANY_STREAMS
from shared.http.problems import Problem
from shared.postgres.change_feed import watch
from shared.postgres.database import Listener

__all__ = ["CHANNEL", "HEARTBEAT", "Reader", "ServerSentEvent", "Streams", "pulled"]

T = TypeVar("T")

CHANNEL = "usher_readers"
"""NOTIFYs that somebody may perhaps read no longer. The payload is the `session` or the `company` of a Reader: their
streams ask `may` at once, in whichever process they are."""
HEARTBEAT = 5
"""Seconds between the comments that keep a quiet stream open through proxies, and by which a lost reader is noticed."""
_STUCK = 10
"""Seconds that a reader may take for one message or heartbeat before the stream is ended."""
_CLOSING = 5
"""Seconds that the end of a stream waits for what it stands on to be closed."""
_COME_BACK = 15
"""Seconds after which whoever had one stream too many may try again: what nobody reads any more has ended by then."""

STREAMS = Gauge("usher_streams_open", "Server-sent streams that somebody reads.")

log = structlog.stdlib.get_logger(__name__)
_closing: set[asyncio.Task[None]] = set()
"""What nobody waits for any more, and which has to come to its end all the same: the loop itself holds no task."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream. session: what counts as one of theirs. until: the end of their token. may: raises where they
    may not read, or no longer; it is asked before the stream begins, again every ten seconds, and at once when CHANNEL
    says so."""

    session: str
    company: str
    until: datetime | None
    may: Callable[[], Awaitable[object]]

    @staticmethod
    def of(who: Principal, may: Callable[[], Awaitable[object]]) -> "Reader":
        """A program, whose session is its access token."""
        return Reader(hashlib.sha256(who.token.encode()).hexdigest(), who.company, who.expires_at, may)


class Streams:
    """The streams of one process: so many for a session and a company, and no more. With several replicas the limits
    hold for each."""

    def __init__(self, listener: Listener, *, per_session: int = 10, per_company: int = 100) -> None:
        self._listener = listener
        self._most = {"session": per_session, "company": per_company}
        self._open: Counter[tuple[str, str]] = Counter()

    async def answer(self, reader: Reader, messages: AsyncGenerator[ServerSentEvent]) -> Response:
        """The answer that sends these messages for as long as the reader is there and may. Raises what `reader.may`
        raises; being sent, Problem 429 where too many streams are open already."""
        await reader.may()
        return _Stream(self, reader, messages)

    @contextmanager
    def place(self, reader: Reader) -> Generator[None]:
        """One of the streams of this session and this company, for as long as the block lasts. Problem 429."""
        keys = [("session", reader.session), ("company", reader.company)]
        for kind, whose in keys:
            if self._open[kind, whose] >= self._most[kind]:
                raise _too_many(kind, self._most[kind])
        self._open.update(keys)
        STREAMS.inc()
        try:
            yield
        finally:
            STREAMS.dec()
            self._open.subtract(keys)
            for key in keys:
                if not self._open[key]:
                    del self._open[key]

    async def may_no_longer(self, reader: Reader) -> None:
        """Returns when that is so."""
        left = None if reader.until is None else (reader.until - datetime.now(UTC)).total_seconds()
        try:
            async with (
                asyncio.timeout(left),
                aclosing(watch(self._listener, CHANNEL, reader.may, reader.session, reader.company)) as looks,
            ):
                async for _ in looks:
                    pass
        except Exception as refused:  # whatever it is, nobody may read on because of it
            log.info("stream_ended", reason=type(refused).__name__)


class _Stream(EventSourceResponse):
    """One stream: as the library's, but that it holds a place, and ends with a last chunk rather than in the middle."""

    def __init__(self, streams: Streams, reader: Reader, messages: AsyncGenerator[ServerSentEvent]) -> None:
        self._streams, self._reader = streams, reader
        self._stopping = anyio.Event()
        super().__init__(  # pyright: ignore[reportUnknownMemberType]: a bare dict in the library's
            self._until_the_end(messages),
            ping=HEARTBEAT,
            sep="\n",
            send_timeout=_STUCK,
            shutdown_event=self._stopping,
            # Of `_until_the_end`, which needs a moment.
            shutdown_grace_period=_CLOSING / 2,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await super().__call__(scope, receive, send)
            return
        with self._streams.place(self._reader):
            notice_soon(scope)
            try:
                await super().__call__(scope, receive, send)
            except SendTimeoutError:
                log.info("stream_not_read")

    async def _until_the_end(self, messages: AsyncGenerator[ServerSentEvent]) -> AsyncGenerator[ServerSentEvent]:
        ends = [
            asyncio.create_task(self._streams.may_no_longer(self._reader)),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            async with aclosing(pulled(messages, until=ends)) as read:
                async for message in read:
                    yield message
        except (Problem, *TRANSIENT) as error:
            # The reader has the beginning of a good answer. Asking again, they are told what is the matter.
            log.info("stream_broken_off", error=type(error).__name__)
        finally:
            for each in ends:
                each.cancel()


async def pulled(
    source: AsyncGenerator[T],
    *,
    newest: bool = False,
    again: float | None = None,
    until: list[asyncio.Task[None]] | None = None,
) -> AsyncGenerator[T]:
    """What `source` yields. Ends, and fails, as it does, and when one of `until` is done.

    The source runs in a task of its own, and is closed to its end there. In the reader's it would not be: when a reader
    leaves, anyio cancels their task again at each of its awaits, those of the closing too, and a connection that was
    being closed stays open for ever. newest: the source does not wait to be read, and what another one overtook
    meanwhile is left out. again: seconds after which what no other one followed comes once more; for the newest alone.
    """
    slot: deque[T] = deque(maxlen=1)
    given, wanted = asyncio.Event(), asyncio.Event()

    async def pull() -> None:
        async with aclosing(source):
            async for each in source:
                slot.append(each)
                given.set()
                if not newest:
                    await wanted.wait()
                    wanted.clear()

    pulling = asyncio.create_task(pull())
    pulling.add_done_callback(lambda _: given.set())
    for end in until or ():
        end.add_done_callback(lambda _: pulling.cancel())
    try:
        patience: float | None = None
        seen: Sequence[T] = ()
        while slot or not pulling.done():
            try:
                async with asyncio.timeout(patience):
                    await given.wait()
                patience = again
            except TimeoutError:
                # The next one may have come in the same turn: it is the newest.
                if not slot:
                    slot.extend(seen)
                    patience = None
            given.clear()
            if slot:
                seen = (slot.pop(),)
                yield seen[0]
                wanted.set()
        if not pulling.cancelled():
            pulling.result()
    finally:
        pulling.cancel()
        await _closed(pulling)


async def _closed(task: asyncio.Task[None]) -> None:
    """Waits for the end of a cancelled task, without cancelling it once more."""
    _closing.add(task)
    task.add_done_callback(_forget)
    with anyio.move_on_after(_CLOSING, shield=True):
        await asyncio.wait([task])


def _forget(task: asyncio.Task[None]) -> None:
    _closing.discard(task)
    if not task.cancelled():
        # Looked at, so that nobody reports it as lost: the reader has been told, or has gone.
        task.exception()


def _too_many(kind: str, most: int) -> Problem:
    whose = "in this session" if kind == "session" else "in your company"
    return TOO_MANY_STREAMS(most=most, whose=whose, headers={"Retry-After": str(_COME_BACK)})
