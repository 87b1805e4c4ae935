"""Whether the log stands on the server that wrote it last. Another one, which was a standby or has been restored, may
lack events that are published and effects whose offsets are committed: then the service stands still until an operator
has gone on (docs/decisions/0059). The database itself refuses positions and offsets meanwhile (0010.log-server.sql)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiokafka import TopicPartition
from prometheus_client import Gauge

from shared.messaging.lost_events import LostEvent
from shared.postgres.database import Connection

_lacking = Gauge(
    "usher_log_lacking",
    "What Kafka has and the log does not, events and consumers, since another server has taken the log over",
)

log = structlog.stdlib.get_logger(__name__)


class LogLacksEvents(Exception):
    """Another server has taken the log over and lacks something. The message says it to the operator."""

    def __init__(self, service: str, lost: Sequence[LostEvent], ahead: Sequence[str]) -> None:
        super().__init__(
            f"another database server has taken over {service}'s log, and it lacks {len(lost)} published events and "
            f"the effects of what {len(ahead)} consumers have read: stop the service, then ./usher restore {service} "
            "check and resume"
        )


FindLost = Callable[[Connection], Awaitable[Sequence[LostEvent]]]
Committed = Callable[[], Awaitable[Mapping[tuple[str, TopicPartition], int]]]
"""The offsets that each of the service's consumer groups has committed on Kafka."""


class LogServer:
    """Looks it up, and then lets the log go on. `find_lost` and `committed` ask Kafka."""

    def __init__(self, service: str, find_lost: FindLost, committed: Committed) -> None:
        self._service = service
        self._find_lost = find_lost
        self._committed = committed

    async def confirm(self, conn: Connection) -> None:
        """Returns when the log is known to be whole. Raises LogLacksEvents, and what asking Kafka raises."""
        if await conn.fetchval(_KNOWN):
            return
        log.warning("log.on_another_server")
        lost, ahead = await self._find_lost(conn), await self._ahead(conn)
        _lacking.set(len(lost) + len(ahead))
        if lost or ahead:
            raise LogLacksEvents(self._service, lost, ahead)
        await know(conn)
        log.info("log.goes_on_on_another_server")

    async def _ahead(self, conn: Connection) -> Sequence[str]:
        """Consumers that have committed more on Kafka than the database has the effects of."""
        rows = await conn.fetch("SELECT consumer, topic, partition, next_offset FROM applied_offsets")
        applied = {
            (row["consumer"], TopicPartition(row["topic"], row["partition"])): row["next_offset"] for row in rows
        }
        committed = await self._committed()
        return sorted({key[0] for key, offset in committed.items() if offset > applied.get(key, 0)})


async def know(conn: Connection) -> None:
    """From here on the log goes on on the server where it is."""
    await conn.execute("UPDATE log_server SET server = usher_server()")


_KNOWN = "SELECT EXISTS (SELECT FROM log_server WHERE server = usher_server())"
