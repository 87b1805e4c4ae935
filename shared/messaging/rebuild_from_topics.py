"""Rebuilding what is kept by subscribers: the topics are read again from their beginning into copies of the tables, by
the code that keeps them, and the copies take the place of the live ones.

The service reads on meanwhile. In the last transaction its consumers are held where they are, at the offsets that they
have written with their effects, and the copies are brought to exactly these.

What a topic no longer has is read from a replay of it, which has the same partitions: of each what stands before the
first record that the live topic still has.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any

import structlog
from aiokafka import TopicPartition

from shared.core.settings import KafkaSettings
from shared.eventsourcing.shadow_tables import ShadowTables, shadow_tables
from shared.messaging.consumed_record import Arrival, Parse, Received, Record, read
from shared.messaging.inbox import Permanent, Subscription
from shared.messaging.topic_reader import EndNotReached, Extent, PartitionOffsets, TopicReader, topic_reader
from shared.postgres.database import Connection

log = structlog.stdlib.get_logger(__name__)

Apply = Callable[[Connection, Sequence[Received]], Awaitable[None]]


class CannotRebuild(Exception):
    """The topics do not hold what the tables were made of. The message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One consumer of the service, and what its records do to the tables."""

    consumer: str
    topic: str
    types: frozenset[str]
    apply: Apply


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Tables that nothing but these feeds writes to."""

    name: str
    tables: Sequence[str]
    feeds: Sequence[Feed]


def read_model(
    name: str, tables: Sequence[str], service: str, subscriptions: Sequence[Subscription[Any]], fed: Mapping[str, Apply]
) -> ReadModel:
    """The read model that those of the service's subscriptions feed whose names are keys of `fed`."""
    by_name = {each.name: each for each in subscriptions}
    feeds = [Feed(f"{service}.{key}", by_name[key].topic, by_name[key].types, apply) for key, apply in fed.items()]
    return ReadModel(name, tables, feeds)


@dataclass(slots=True)
class _Progress:
    """How far one feed's records are in the copies, and which were left out since they are dead letters."""

    done: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    left_out: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])


class RebuildFromTopics:
    """One rebuild of one read model. `parse` is the contracts'; `replays` are names of replays by their topics.
    `forget` takes out of the copies, when they are complete, what the live tables no longer have though topics do."""

    def __init__(
        self,
        model: ReadModel,
        parse: Parse,
        settings: KafkaSettings,
        replays: Mapping[str, str] | None = None,
        forget: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self._model = model
        self._parse = parse
        self._settings = settings
        self._replays = replays or {}
        self._forget = forget

    async def run(self, url: str) -> int:
        """Rebuilds and swaps; returns how many records the tables stand at. Raises CannotRebuild."""
        async with self._rebuilt(url) as (copies, records):
            await copies.swap()
        log.info("read_model.rebuilt", read_model=self._model.name, records=records)
        return records

    async def differences(self, url: str) -> dict[str, int]:
        """Rows by table that the live tables and their rebuild do not share. Raises CannotRebuild."""
        async with self._rebuilt(url) as (copies, _):
            return await copies.differences()

    @asynccontextmanager
    async def _rebuilt(self, url: str) -> AsyncGenerator[tuple[ShadowTables, int]]:
        """The copies, complete, in a transaction that holds the live tables and their consumers."""
        model = self._model
        async with (
            shadow_tables(url, model.name, model.tables, helpers=("inbox",)) as copies,
            topic_reader(self._settings, "usher-rebuild", reset="none") as reader,
        ):
            progress = {feed.consumer: _Progress() for feed in model.feeds}
            await self._catch_up(copies.connection, reader, progress)
            async with copies.connection.transaction():
                # The tables first: a consumer that has written to them will ask for its offsets next.
                await copies.lock()
                await copies.connection.execute(_HOLD, [feed.consumer for feed in model.feeds])
                await self._catch_up(copies.connection, reader, progress)
                await self._same_dead_letters(copies.connection, progress)
                if self._forget is not None:
                    await self._forget(copies.connection)
                yield copies, sum(sum(each.done.values()) for each in progress.values())

    async def _catch_up(self, conn: Connection, reader: TopicReader, progress: Mapping[str, _Progress]) -> None:
        """Applies to the copies what the live consumers have applied by now."""
        for feed in self._model.feeds:
            rows = await conn.fetch(_APPLIED, feed.consumer, feed.topic)
            ends = {TopicPartition(feed.topic, row["partition"]): row["next_offset"] for row in rows}
            await self._replay(conn, reader, feed, ends, progress[feed.consumer])

    async def _replay(
        self, conn: Connection, reader: TopicReader, feed: Feed, ends: PartitionOffsets, at: _Progress
    ) -> None:
        missing = {place: end for place, end in ends.items() if at.done.get(place, 0) < end}
        extents = await reader.extents([feed.topic]) if missing else {}
        begins = {place: at.done.get(place, 0) for place in missing}
        gone = {place: extents[place] for place, begin in begins.items() if extents[place].begin > begin}
        if gone:
            await self._begin(conn, reader, feed, gone, at)
            begins |= {place: extent.begin for place, extent in gone.items()}
        try:
            async for records in reader.records(begins, missing):
                await self._take(conn, feed, records, at)
        except EndNotReached:
            raise CannotRebuild(f"{feed.topic} holds less than was applied once.") from None
        at.done.update(missing)

    async def _begin(
        self, conn: Connection, reader: TopicReader, feed: Feed, gone: Mapping[TopicPartition, Extent], at: _Progress
    ) -> None:
        """Applies what stood in these partitions before the first record that they still have."""
        topic, replay = feed.topic, self._replays.get(feed.topic)
        if replay is None:
            first = min(extent.begin for extent in gone.values())
            raise CannotRebuild(
                f"{topic} no longer goes back to its beginning: it begins at {first}. Publish it once more by ./usher"
                f" replay {topic} --into NAME, then rebuild with --from {topic}=NAME."
            )
        for place, extent in gone.items():
            if any(
                number == place.partition and offset < extent.begin
                for number, offset in await self._dead_letters(conn, feed)
            ):
                raise CannotRebuild(f"There are dead letters that {topic} no longer has: retry or drop them first.")
        beside = await reader.extents([replay])
        if len(beside) != len(await reader.extents([topic])):
            raise CannotRebuild(f"{replay} has not as many partitions as {topic}: it is no replay of it.")
        limits = {place.partition: await _first_sequence(reader, place, extent) for place, extent in gone.items()}
        wanted = {place: extent for place, extent in beside.items() if place.partition in limits}
        begins = {place: extent.begin for place, extent in wanted.items()}
        async for records in reader.records(begins, {place: extent.end for place, extent in wanted.items()}):
            earlier = [record for record in records if _sequence(record) < limits[record.partition]]
            await self._take(conn, feed, earlier, _Progress())

    async def _take(self, conn: Connection, feed: Feed, records: Sequence[Record], at: _Progress) -> None:
        arrivals = [found for record in records if (found := read(record, feed.types, self._parse))]
        dead = await self._dead_letters(conn, feed)
        at.left_out |= {place for found in arrivals if (place := _place(found)) in dead}
        new = [found for found in arrivals if _place(found) not in dead and found.received]
        async with conn.transaction():
            ids = {row["event_id"] for row in await conn.fetch(_CLAIM, feed.consumer, [found.id for found in new])}
            received: list[Received] = []
            for found in new:
                if found.received and found.id in ids:
                    ids.discard(found.id)
                    received.append(found.received)
            await _apply(conn, feed, received)

    async def _dead_letters(self, conn: Connection, feed: Feed) -> set[tuple[int, int]]:
        """Places of records that had no effect on the live tables, so far."""
        rows = await conn.fetch(_DEAD, feed.consumer, feed.topic)
        return {(row["partition"], row["offset"]) for row in rows}

    async def _same_dead_letters(self, conn: Connection, progress: Mapping[str, _Progress]) -> None:
        for feed in self._model.feeds:
            if not progress[feed.consumer].left_out <= await self._dead_letters(conn, feed):
                raise CannotRebuild("A dead letter was retried or dropped meanwhile. Rebuild once more.")


async def _apply(conn: Connection, feed: Feed, received: Sequence[Received]) -> None:
    """All at once; where that cannot be, one by one, without those that can never be applied."""
    if not received:
        return
    try:
        async with conn.transaction():
            await feed.apply(conn, received)
    except Permanent as error:
        if len(received) == 1:
            log.warning("event_left_out", consumer=feed.consumer, offset=received[0].offset, error=str(error))
            return
        for each in received:
            await _apply(conn, feed, [each])


async def _first_sequence(reader: TopicReader, place: TopicPartition, extent: Extent) -> float:
    """The `ce_sequence` of the first record that a partition still has; of an empty one all came before."""
    if extent.begin == extent.end:
        return inf
    async for records in reader.records({place: extent.begin}, {place: extent.begin + 1}):
        return min(_sequence(record) for record in records)
    return inf


def _sequence(record: Record) -> int:
    return int(dict(record.headers)["ce_sequence"] or b"0")


def _place(found: Arrival) -> tuple[int, int]:
    return found.record.partition, found.record.offset


# As the inbox claims, in the copy of its table: what comes twice counts once, what a restore took back not at all.
_CLAIM = """
INSERT INTO inbox (consumer, event_id)
SELECT $1, id FROM unnest($2::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM orphans WHERE event_id = id)
ON CONFLICT DO NOTHING RETURNING event_id
"""

_HOLD = "SELECT FROM applied_offsets WHERE consumer = ANY($1::text[]) ORDER BY consumer, topic, partition FOR UPDATE"

_APPLIED = "SELECT partition, next_offset FROM applied_offsets WHERE consumer = $1 AND topic = $2"

_DEAD = 'SELECT partition, "offset" FROM dead_letter WHERE consumer = $1 AND topic = $2'
