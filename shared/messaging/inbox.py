"""Taking events in, once: what a consumer has read is remembered in the transaction of its effects.

A polled batch is one transaction. When it fails it is rolled back and repeated record by record under savepoints:
a record that can never be applied becomes a dead letter and parks the later ones of its stream; what is only in the
way for the moment (a lock, a lost connection) makes the batch wait, and at last goes back to Kafka.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import asyncpg
import httpx
import structlog
from aiokafka.errors import KafkaError
from msgspec.structs import replace
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from shared.core.crash_points import reached
from shared.core.retry import Backoff
from shared.eventsourcing.event_store import EventStore, Transaction, VersionConflict
from shared.messaging import consumer_offsets, dead_letters
from shared.messaging.consumed_record import Arrival, Parse, Received, Record, read, said, traceparents
from shared.observability.spans import together
from shared.postgres.database import Connection

__all__ = ["Inbox", "Permanent", "Received", "Subscription", "subscription"]

E = TypeVar("E")

_BACKOFF = Backoff(first=0.25, cap=4.0)
PAUSES = (0.0, *(_BACKOFF.pause(attempts) for attempts in range(1, 6)))
"""Seconds before each repetition of a batch that failed. Then Kafka gives it again."""

_MOMENTARY = (
    VersionConflict,
    OSError,
    TimeoutError,
    KafkaError,
    httpx.TransportError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ObjectInUseError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidTransactionStateError,
    # A schema that is not migrated yet is the deployment's matter, not the event's.
    asyncpg.SyntaxOrAccessError,
)
"""What passes by itself or by an operator's hand. Any other error that stays through all repetitions is the event's."""

_OUTCOMES = ("unknown_type", "duplicate", "dead", "parked", "applied")
_records = Counter("usher_inbox_records_total", "Records read, by what became of them.", ["consumer", "outcome"])

log = structlog.stdlib.get_logger(__name__)


class Permanent(Exception):
    """Raised by a handler: this event can never be applied. It becomes a dead letter and parks its stream."""


class PublicEvent(Protocol):
    """The class of an event that services tell each other: it names its topic and its `ce_type`."""

    topic: ClassVar[str]
    type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Subscription(Generic[E]):
    """What a service wants to know of one topic.

    name: with the service's name the consumer group; never to be changed. types: the `ce_type`s that `handle` knows.
    handle: gets the new, known, decodable records of one polled batch in their order, inside the inbox transaction. On
    failure it is repeated record by record, so it must be correct for any split. Raises Permanent for what can never
    be applied. parse: how values are read where it is not a model of them that is wanted.
    """

    name: str
    topic: str
    types: frozenset[str]
    handle: Callable[[Transaction[E], Sequence[Received]], Awaitable[None]]
    parse: Parse | None = None


def subscription(
    name: str,
    handle: Callable[[Transaction[E], Sequence[Received]], Awaitable[None]],
    *events: type[PublicEvent],
) -> Subscription[E]:
    """The subscription to these events, which are of one topic. Raises ValueError where they are not."""
    (topic,) = {event.topic for event in events}
    return Subscription(name, topic, frozenset(event.type for event in events), handle)


class Inbox(Generic[E]):
    """One consumer of one service."""

    def __init__(
        self,
        store: EventStore[E],
        service: str,
        subscription: Subscription[E],
        parse: Parse,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.consumer = f"{service}.{subscription.name}"
        for outcome in _OUTCOMES:
            _records.labels(self.consumer, outcome)
        self.store = store
        self.subscription = subscription
        self._parse = subscription.parse or parse
        self._pauses = pauses
        self.attempt_began: float | None = None
        """When the attempt at a batch that is under way began, by the monotonic clock; None between attempts."""

    def read(self, record: Record) -> Arrival | None:
        """The record as this consumer understands it; None for a type it does not know."""
        return read(record, self.subscription.types, self._parse)

    async def take(self, records: Sequence[Record]) -> None:
        """Apply what is new of a polled batch. Raises only where nothing was applied and Kafka has to give it again."""
        if not records:
            return
        with structlog.contextvars.bound_contextvars(consumer=self.consumer), self._spans(records):
            try:
                await self._once(records, _together)
                reached("inbox.committed")
                return
            except Exception as error:
                log.warning("batch_failed", records=len(records), error=said(error), exc_info=_detail(error))
            await self._repeat(records)

    def _spans(self, records: Sequence[Record]) -> AbstractContextManager[None]:
        topic = self.subscription.topic
        attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": self.consumer,
            "messaging.batch.message_count": len(records),
        }
        causes = traceparents(records, self.subscription.types)
        return together(f"process {topic}", SpanKind.CONSUMER, causes, attributes)

    async def _repeat(self, records: Sequence[Record]) -> None:
        for attempt, pause in enumerate(self._pauses, 1):
            await asyncio.sleep(pause)
            last = attempt == len(self._pauses)
            try:
                await self._once(records, _each_alone(give_up=last))
                return
            except Exception as error:
                if last:
                    raise
                log.warning("records_failed", attempt=attempt, error=said(error))

    async def _once(self, records: Sequence[Record], handle: "_Handle[E]") -> None:
        self.attempt_began = time.monotonic()
        try:
            outcomes = (await self.store.run(lambda tx: self._apply(tx, records, handle))).result
        finally:
            self.attempt_began = None
        for outcome, count in outcomes.items():
            _records.labels(self.consumer, outcome).inc(count)

    async def _apply(self, tx: Transaction[E], records: Sequence[Record], handle: "_Handle[E]") -> dict[str, int]:
        arrivals = [arrival for record in records if (arrival := self.read(record))]
        new = await self._claim(tx.conn, arrivals)
        reached("inbox.claimed")
        held = await dead_letters.held_streams(tx.conn, self.consumer, {a.stream for a in new if a.stream})
        left, kept = _part(new, held)
        dead = await handle(tx, self.subscription, left)
        await dead_letters.put(tx.conn, self.consumer, sorted([*kept, *dead], key=_place))
        await consumer_offsets.advance(tx.conn, self.consumer, records)
        reached("inbox.applied")
        return {
            "unknown_type": len(records) - len(arrivals),
            "duplicate": len(arrivals) - len(new),
            "dead": sum(a.error is not None for a in [*kept, *dead]),
            "parked": sum(a.error is None for a in [*kept, *dead]),
            "applied": len(left) - len(dead),
        }

    async def _claim(self, conn: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Those not seen before; they are now. What has no id is known by its place."""
        ids = sorted({a.id for a in arrivals if a.id})
        claimed = {row["event_id"] for row in await conn.fetch(_CLAIM, self.consumer, ids)} if ids else set[Any]()
        past: Mapping[tuple[str, int], int] = {}
        if any(a.id is None for a in arrivals):
            past = await consumer_offsets.offsets(conn, self.consumer)
        new: list[Arrival] = []
        for a in arrivals:
            if a.id is None:
                if a.record.offset >= past.get((a.record.topic, a.record.partition), 0):
                    new.append(a)
            elif a.id in claimed:
                claimed.discard(a.id)
                new.append(a)
        return new

    async def claim_late(self, conn: Connection, arrival: Arrival) -> bool:
        """Claims what became readable only later: whether it is new after all."""
        return bool(await conn.fetch(_CLAIM, self.consumer, [arrival.id]))


_Handle = Callable[[Transaction[E], Subscription[E], Sequence[Arrival]], Awaitable[list[Arrival]]]
"""Applies arrivals that can be read; returns those that are kept instead: with an error, or parked behind one."""


async def _together(tx: Transaction[E], subscription: Subscription[E], arrivals: Sequence[Arrival]) -> list[Arrival]:
    if arrivals:
        await subscription.handle(tx, [a.received for a in arrivals if a.received])
    return []


def _each_alone(give_up: bool) -> _Handle[E]:
    """give_up: an error that is not momentary is taken for the event's, and makes it a dead letter."""

    async def handle(tx: Transaction[E], subscription: Subscription[E], arrivals: Sequence[Arrival]) -> list[Arrival]:
        kept: list[Arrival] = []
        held: set[str | None] = set()
        for arrival in arrivals:
            if arrival.stream in held:
                kept.append(arrival)
                continue
            error = await apply_one(tx, subscription, arrival, give_up=give_up)
            if error is not None:
                held.add(arrival.stream)
                kept.append(replace(arrival, error=error))
        return kept

    return handle


async def apply_one(
    tx: Transaction[E], subscription: Subscription[E], arrival: Arrival, *, give_up: bool
) -> str | None:
    """Apply one under a savepoint. Returns why it can never be applied, or None; raises what may pass."""
    received = arrival.received
    assert received is not None, "only what was read is applied"
    with structlog.contextvars.bound_contextvars(event_id=received.id, correlation_id=received.correlation_id):
        try:
            async with tx.savepoint():
                await subscription.handle(tx, [received])
            return None
        except Permanent as error:
            log.error("event_not_applicable", type=arrival.type, error=said(error))
            return said(error)
        except Exception as error:
            if not give_up or momentary(error):
                raise
            log.error("event_not_applicable", type=arrival.type, error=said(error), exc_info=error)
            return said(error)


def momentary(error: Exception) -> bool:
    """Whether the error is the surroundings' and not the event's."""
    # asyncpg calls an argument that Postgres cannot take an InterfaceError too, and a ValueError.
    return isinstance(error, _MOMENTARY) and not isinstance(error, ValueError)


def _part(new: Sequence[Arrival], held: set[str]) -> tuple[list[Arrival], list[Arrival]]:
    """What can be applied, and what is kept: unreadable, or of a stream that is held."""
    held = set(held)
    left: list[Arrival] = []
    kept: list[Arrival] = []
    for arrival in new:
        if arrival.error is not None and arrival.stream in held:
            # It is read again when its turn comes; until then it only waits.
            kept.append(replace(arrival, error=None))
        elif arrival.error is not None:
            log.error(
                "record_not_readable", topic=arrival.record.topic, offset=arrival.record.offset, error=arrival.error
            )
            held |= {arrival.stream} if arrival.stream else set()
            kept.append(arrival)
        elif arrival.stream in held:
            kept.append(arrival)
        else:
            left.append(arrival)
    return left, kept


def _place(arrival: Arrival) -> tuple[int, int]:
    return arrival.record.partition, arrival.record.offset


def _detail(error: Exception) -> Exception | None:
    return None if momentary(error) or isinstance(error, Permanent) else error


# What the owner's log lost in a restore is nobody's to apply (shared/messaging/restore.py).
_CLAIM = """
INSERT INTO inbox (consumer, event_id)
SELECT $1, id FROM unnest($2::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM orphans WHERE event_id = id)
ON CONFLICT DO NOTHING RETURNING event_id
"""
