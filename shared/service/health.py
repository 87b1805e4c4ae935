"""Health checks. `/livez`: nothing here needs a new process. `/readyz`: Kafka and Postgres answer and no background
task is down."""

import asyncio
import time

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.http.problem_types import NOT_ALIVE, NOT_READY
from shared.observability.metrics import DEPENDENCY_UP
from shared.service.lifespan import Connections

_CACHED_SECONDS = 1.0
_CHECK_SECONDS = 3.0
STUCK_SECONDS = 600.0
"""One attempt at a polled batch may last so long. Far more than any takes that waits for Postgres: each statement ends
after a minute, and with it the attempt."""


log = structlog.stdlib.get_logger(__name__)


class Health:
    """Answers both, the second from a check that is at most a second old. patience: see STUCK_SECONDS."""

    def __init__(self, connections: Connections, patience: float = STUCK_SECONDS) -> None:
        self._connections = connections
        self._patience = patience
        self._checked_at = float("-inf")
        self._reason: str | None = None
        self._checking = asyncio.Lock()

    async def livez(self, _: Request) -> Response:
        """200 as long as the event loop turns, consumers come on and tasks live, whatever is with Kafka and Postgres;
        else 503 with the reason."""
        reason = self.stuck()
        if reason is None:
            return JSONResponse({"status": "ok", "reason": None})
        log.error("not_alive", reason=reason)
        return NOT_ALIVE(reason=reason, extra={"reason": reason}).response()

    def stuck(self) -> str | None:
        """What will not go on in this process, or None. While Kafka or Postgres is away attempts fail and are made
        again: that is progress; one attempt that does not end is none."""
        if dead := self._connections.dead:
            return f"ended for good: {', '.join(dead)}"
        now = time.monotonic()
        hanging = [i.consumer for i in self._connections.inboxes if now - (i.attempt_began or now) > self._patience]
        return f"not a step further for {self._patience:.0f} s: {', '.join(hanging)}" if hanging else None

    async def readyz(self, _: Request) -> Response:
        """200, or 503 with the reason."""
        reason = await self.reason()
        if reason is None:
            return JSONResponse({"status": "ok", "reason": None})
        return NOT_READY(
            detail=f"Not ready: {reason}.", headers={"Retry-After": "1"}, extra={"reason": reason}
        ).response()

    async def reason(self) -> str | None:
        """What is missing, or None."""
        async with self._checking:
            if time.monotonic() - self._checked_at > _CACHED_SECONDS:
                reason = await self._check()
                if reason != self._reason:
                    log.info("readiness", reason=reason)
                self._reason = reason
                self._checked_at = time.monotonic()
        return self._reason

    async def _check(self) -> str | None:
        connections = self._connections
        database, kafka = await asyncio.gather(self._database_answers(), self._kafka_answers())
        DEPENDENCY_UP.labels("postgres").set(database)
        DEPENDENCY_UP.labels("kafka").set(kafka)
        if connections.missing:
            return connections.missing
        if not database:
            return "Postgres cannot be reached"
        if not kafka:
            return "Kafka cannot be reached"
        if failing := connections.tasks.failing:
            return "waiting to be started again: " + ", ".join(f"{n} ({error})" for n, error in failing.items())
        return None

    async def _database_answers(self) -> bool:
        pool = self._connections.pool
        if pool is None:
            return True
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                return await pool.fetchval("SELECT 1") == 1
        except Exception:  # whatever it is, it does not answer
            return False

    async def _kafka_answers(self) -> bool:
        broker = self._connections.broker
        if broker is None:
            return True
        try:
            return bool(await broker.ping(timeout=_CHECK_SECONDS))
        except Exception:  # whatever it is, it does not answer
            return False
