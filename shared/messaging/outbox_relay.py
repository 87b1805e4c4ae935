"""The relay: takes committed events from the log to Kafka, all of them, in order, by one leader a service.

It sends in the order of positions, waits for the broker's acknowledgement, and only then moves its checkpoint. When
anything fails it throws its producer away and begins again at the checkpoint: what was sent may be sent again
(deliveries are at least once), nothing is left out and nothing overtakes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge

from shared.core.crash_points import reached
from shared.core.retry import TRANSIENT
from shared.eventsourcing.event_store import APPENDED, EventStore
from shared.eventsourcing.events import Recorded
from shared.messaging.cloudevents import encode
from shared.messaging.log_server import LogServer
from shared.messaging.packed_records import KafkaMessage
from shared.messaging.producer_batch import ProducerBatch
from shared.observability.spans import Together
from shared.postgres.database import LOOK_ANYWAY, Connection, Listener, Pool, connect, wait_for_wakeup
from shared.postgres.wakeups import wake

log = structlog.get_logger(__name__)

E = TypeVar("E")

READER = "relay"
LEADER_LOCK = 0x05E1A
PUBLISHED = "events_published"
"""Channel on which the leader says the position up to which everything is acknowledged."""
CHUNK = 500
"""Events that are sent before the checkpoint moves: what a new leader may have to send again."""
_AT_A_STRETCH = 100
"""Events that are packed before anybody else's turn: some five milliseconds."""
LONGEST_SILENCE = 40
"""Seconds after which Postgres takes the lead from a leader that asks it nothing: its process is stopped, or cut off. A
leader that waits for Kafka is silent for 30 at most."""
RETRY_SECONDS = 1.0

_published = Counter("usher_relay_messages_total", "Messages acknowledged by Kafka")
_position = Gauge("usher_relay_position", "Position up to which the log is published")
_leads = Gauge("usher_relay_leads", "1 in the replica whose relay publishes")
_suspended = Counter(
    "usher_published_wait_suspended_total", "Answers that were given before the relay had published what they say"
)


class Relay(Generic[E]):
    """Run one in every replica: one leads, the others stand by."""

    def __init__(
        self,
        service: str,
        url: str,
        store: EventStore[E],
        make_producer: Callable[[], AIOKafkaProducer],
        listener: Listener,
        server: LogServer | None = None,
    ) -> None:
        """server: what is asked before it leads, whether the log lacks what was published."""
        self._service = service
        self._url = url
        self._store = store
        self._make_producer = make_producer
        self._listener = listener
        self._server = server

    async def run(self) -> None:
        """Leads whenever it can, until cancelled. Raises LogLacksEvents."""
        while True:
            try:
                await self._stand_for_election()
            except TRANSIENT as error:
                log.warning("relay.begins_again", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _stand_for_election(self) -> None:
        connection = await connect(self._url, "usher relay")
        try:
            # Stands in line as long as it takes: who is next leads the moment that the leader's connection ends.
            await connection.execute("SET lock_timeout = 0; SET statement_timeout = 0")
            await connection.execute(f"SET idle_session_timeout = '{LONGEST_SILENCE}s'")
            await connection.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)
            await connection.execute("RESET lock_timeout; RESET statement_timeout")
            if self._server is not None:
                await self._server.confirm(connection)
            log.info("relay.leads")
            _leads.set(1)
            await _until_connection_ends(connection, lambda: self._lead(connection))
        finally:
            _leads.set(0)
            connection.terminate()  # lets go of the leadership at once

    async def _lead(self, connection: Connection) -> None:
        producer = self._make_producer()
        try:
            await asyncio.wait_for(producer.start(), 20)
            async with self._listener.wakeups(APPENDED) as appended:
                await self._pump(connection, producer, appended)
        finally:
            await _throw_away(producer)

    async def _pump(self, connection: Connection, producer: AIOKafkaProducer, appended: asyncio.Event) -> None:
        checkpoint = await read_checkpoint(connection)
        while True:
            events, batch = await self._next(connection, producer, checkpoint)
            while events:
                acknowledgements = await batch.send()
                reached("relay.sending")
                checkpoint, count, spans = events[-1].position or checkpoint, batch.count, _spans(events)
                # The next chunk is read and packed while Kafka writes this one. It is sent only when this one is
                # acknowledged, and a failure ends both at once.
                (events, batch), _ = await asyncio.gather(
                    self._next(connection, producer, checkpoint),
                    asyncio.wait_for(asyncio.gather(*acknowledgements), 30),
                )
                reached("relay.acknowledged")
                spans.end()
                await connection.execute(_CHECKPOINT, READER, checkpoint)
                await wake(connection, PUBLISHED)
                reached("relay.checkpointed")
                _position.set(checkpoint)
                _published.inc(count)
            await wait_for_wakeup(appended, LOOK_ANYWAY)

    async def _next(
        self, connection: Connection, producer: AIOKafkaProducer, after: int
    ) -> tuple[Sequence[Recorded[E]], ProducerBatch]:
        events = await self._store.read(connection, after, CHUNK)
        batch = ProducerBatch(producer)
        for start in range(0, len(events), _AT_A_STRETCH):
            await batch.add(self._messages(events[start : start + _AT_A_STRETCH]))
            await asyncio.sleep(0)  # whoever else has work in this process
        return events, batch

    def _messages(self, events: Sequence[Recorded[E]]) -> Iterator[KafkaMessage]:
        for event in events:
            yield from encode(self._service, event, self._store.publish(event))


_CHECKPOINT = """
INSERT INTO checkpoints (reader, position) VALUES ($1, $2)
ON CONFLICT (reader) DO UPDATE SET position = excluded.position
"""


def _spans(events: Sequence[Recorded[Any]]) -> Together:
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.batch.message_count": len(events),
    }
    return Together("publish", SpanKind.PRODUCER, (event.context.traceparent for event in events), attributes)


async def _until_connection_ends(connection: Connection, lead: Callable[[], Awaitable[None]]) -> None:
    """Leads for as long as Postgres holds the lock for us. Whoever has lost it must not go on sending, even while
    Kafka is slow and the connection is not being used."""
    gone = asyncio.Event()
    connection.add_termination_listener(lambda _: gone.set())
    leading = asyncio.ensure_future(lead())
    ended = asyncio.ensure_future(gone.wait())
    try:
        await asyncio.wait((leading, ended), return_when=asyncio.FIRST_COMPLETED)
        if leading.done():
            leading.result()
        raise ConnectionError("the connection that holds the leadership has ended")
    finally:
        for task in (leading, ended):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _throw_away(producer: AIOKafkaProducer) -> None:
    """Ends a producer without flushing it. ``stop`` alone would first send what is still queued, behind a message that
    failed: then the later one would be in Kafka before the earlier one. So its sender is ended before."""
    sender = getattr(producer, "_sender", None)
    if sender is not None and sender.sender_task is not None:
        sender.sender_task.cancel()
    with suppress(Exception):
        await asyncio.wait_for(producer.client.close(), 2)
    with suppress(Exception, asyncio.CancelledError):
        await asyncio.wait_for(producer.stop(), 2)


class Published:
    """Lets an answer wait until what it says is on Kafka, whichever replica's relay leads."""

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool = pool
        self._listener = listener

    async def wait(self, position: int | None, timeout: float = 5.0, longest: float | None = None) -> bool:
        """True when everything up to ``position`` is acknowledged. False, and counted, after ``timeout`` seconds: the
        command is committed and will be published all the same. ``longest``: as many seconds as that, for as long as
        no ``timeout`` passes in which the relay publishes nothing: it is at work on what stands before."""
        if position is None:
            return True
        begun = moved = monotonic()
        async with self._listener.wakeups(PUBLISHED) as published:
            reached_before = -1
            while (there := await self._position()) < position:
                now = monotonic()
                if longest is not None and there > reached_before:
                    reached_before, moved = there, now
                left = min(moved + timeout, begun + (longest or timeout)) - now
                if left <= 0:
                    _suspended.inc()
                    log.warning("published.wait_suspended", position=position)
                    return False
                await wait_for_wakeup(published, min(left, 0.25))
        return True

    async def _position(self) -> int:
        async with self._pool.acquire() as connection:
            return await read_checkpoint(connection)


async def read_checkpoint(connection: Connection) -> int:
    """The position up to which everything is acknowledged by Kafka; 0 before the first event."""
    position: int | None = await connection.fetchval("SELECT position FROM checkpoints WHERE reader = $1", READER)
    return position or 0
