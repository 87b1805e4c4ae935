"""What an operator has to know of a service as a whole: how far its consumers and its relay are behind.

Every replica measures, and they all come to the same, since Kafka and the database are asked: so nothing is lost with a
replica, and it is measured too while the relay itself stands still.
"""

from collections.abc import Mapping

import structlog
from prometheus_client import Gauge

from shared.core.periodic import run_periodically
from shared.core.retry import TRANSIENT
from shared.core.settings import KafkaSettings
from shared.messaging import consumer_offsets
from shared.messaging.topic_reader import Extent, Offsets
from shared.postgres.database import Pool

INTERVAL_SECONDS = 10.0

LAG = Gauge(
    "usher_consumer_lag_records", "Records on Kafka that the consumer has not dealt with.", ["consumer", "topic"]
)
UNPUBLISHED = Gauge(
    "usher_relay_oldest_unpublished_seconds", "Age of the oldest committed event that is not published yet."
)

log = structlog.stdlib.get_logger(__name__)


class ConsumerLag:
    """A background task. consumers: the full name of each with its topic."""

    def __init__(self, settings: KafkaSettings, service: str, pool: Pool, consumers: Mapping[str, str]) -> None:
        self._offsets = Offsets(settings, f"usher-{service}-measures")
        self._pool = pool
        self._consumers = dict(consumers)

    async def run(self) -> None:
        """Measures until cancelled."""
        try:
            await run_periodically(INTERVAL_SECONDS, self.once)
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends its connection to Kafka."""
        await self._offsets.close()

    async def once(self) -> None:
        """Measures what can be asked now; what can't keeps its last value."""
        try:
            async with self._pool.acquire() as conn:
                UNPUBLISHED.set(await conn.fetchval(_UNPUBLISHED))
                reached = {consumer: await consumer_offsets.offsets(conn, consumer) for consumer in self._consumers}
            extents = await self._offsets.of(set(self._consumers.values()))
        except TRANSIENT as error:
            log.warning("not_measured", error=type(error).__name__)
            return
        for consumer, topic in self._consumers.items():
            LAG.labels(consumer, topic).set(lag(topic, extents, reached[consumer]))


def lag(topic: str, extents: Mapping[tuple[str, int], Extent], reached: Mapping[tuple[str, int], int]) -> int:
    """How many records of the topic's partitions are still to be read; those that Kafka has deleted are none."""
    return sum(
        max(0, extent.end - max(reached.get(place, 0), extent.begin))
        for place, extent in extents.items()
        if place[0] == topic
    )


# A range of the index, however long the log is. A commit that a restore has put in holds no events.
_UNPUBLISHED = """
WITH relay AS (SELECT coalesce((SELECT position FROM checkpoints WHERE reader = 'relay'), 0) AS at),
     holds AS (SELECT coalesce(max(first_position), 0) AS first FROM commits, relay WHERE first_position <= at + 1)
SELECT coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT committed_at FROM commits c, relay, holds
    WHERE first_position >= holds.first AND first_position + count > relay.at + 1
      AND EXISTS (SELECT FROM events WHERE commit_id = c.commit_id)
    ORDER BY first_position LIMIT 1
)), 0)::float8
"""
