"""Telling users' states again, where nothing happened to them but to what is said of them: their manager's address, or
which of their company's own fields there are. The directory is as of now; the events of users say nothing then.

A leased job, a portion of users each time: the portion and the job of the next one are committed together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.licensing.application import stream_snapshots
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.commands import Restate
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from shared.core import crash_points
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context, Recorded
from shared.jobs import queue
from shared.jobs.queue import Job
from shared.people import own
from shared.postgres import row_security

KIND = "restate"
PORTION = 500
"""Users that are looked at in one transaction, in which the company is closed to others."""
_BEGINNING = UUID(int=0)


async def reports_of(uow: UnitOfWork, because: Recorded[Event], manager_id: UUID) -> None:
    """Whoever reports to this manager, whose address has changed."""
    await _put(uow, because, {"manager": str(manager_id)})


async def holders_of(uow: UnitOfWork, because: Recorded[Event], fields: Sequence[str]) -> None:
    """Whoever has a value in one of these own fields, given in compared form."""
    await _put(uow, because, {"fields": list(fields)})


async def _put(uow: UnitOfWork, because: Recorded[Event], whose: Mapping[str, Any]) -> None:
    await _next(uow, because.id, whose, _BEGINNING, replace(uow.context, causation_id=str(because.id)))


async def _next(uow: UnitOfWork, cause: UUID | str, whose: Mapping[str, Any], after: UUID, context: Context) -> None:
    payload = {**whose, "cause": str(cause), "after": str(after)}
    await queue.put(uow.conn, KIND, f"{cause}:{after}", str(uow.company_id), payload, context)


@dataclass(frozen=True, slots=True)
class RestateJob:
    """Does jobs of KIND."""

    store: EventStore[Event]
    policy: InvitationPolicy
    portion: int = PORTION

    async def __call__(self, job: Job) -> None:
        """One portion, and the job of the next where there may be one."""
        company_id = UUID(job.company_id)

        async def work(tx: Transaction[Event]) -> None:
            uow = UnitOfWork(tx, company_id, replace(job.context, at=datetime.now(UTC)), self.policy)
            # Alone: whoever began before the change was committed is done by now, and says nothing of before any more.
            await uow.lock_company("exclusive", None)
            seen, whom = await self._portion(uow, job.payload)
            for user_id, snapshot in (await stream_snapshots.users(uow.conn, company_id, whom)).items():
                uow.decide_user(user_id, snapshot, Restate(snapshot.state.profile))
            await uow.flush()
            crash_points.reached("restate.portion")
            if len(seen) == self.portion:
                whose = {name: job.payload[name] for name in ("manager", "fields") if name in job.payload}
                await _next(uow, job.payload["cause"], whose, seen[-1], job.context)
            await job.finish(tx.conn)

        with row_security.within(company_id):
            await self.store.run(work)

    async def _portion(self, uow: UnitOfWork, payload: Mapping[str, Any]) -> tuple[list[UUID], list[UUID]]:
        """The next users, and those of them whose state is told again."""
        where, values = "manager_id = $4", [UUID(payload["manager"])] if "manager" in payload else []
        if not values:
            where = "custom_fields <> '{}'"
        sql = _NEXT.format(where)
        rows = await uow.conn.fetch(sql, uow.company_id, UUID(payload["after"]), self.portion, *values)
        fields = payload.get("fields")
        whom = [r for r in rows if fields is None or own.has_any(orjson.loads(r["custom_fields"]), fields)]
        return [row["user_id"] for row in rows], [row["user_id"] for row in whom]


_NEXT = """
SELECT user_id, custom_fields FROM users WHERE company_id = $1 AND user_id > $2 AND {} ORDER BY user_id LIMIT $3
"""
