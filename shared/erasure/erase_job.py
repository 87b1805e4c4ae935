"""The job that goes through a service's places, and says in the service's own log that it has."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from shared.core.crash_points import reached
from shared.erasure import forgotten
from shared.erasure.events import PersonErased, erasure_stream
from shared.erasure.person import AddressDigests, Person
from shared.erasure.place import Places
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.jobs import queue
from shared.jobs.queue import Job, Retry
from shared.messaging.catch_up import Ends
from shared.messaging.consumed_record import Received
from usher_contracts import ErasureRequested

KIND: Final = "erase"
_BEHIND_SECONDS = 2.0
log = structlog.get_logger(__name__)


async def record(tx: Transaction[Any], received: Sequence[Received]) -> None:
    """A job for each request to forget somebody; and from now on what is read of them is read without them."""
    for r in received:
        if isinstance(r.event, ErasureRequested):
            await forgotten.keep(tx.conn, r.event)
            said = r.event.model_dump(mode="json")
            context = r.context(datetime.now(UTC))
            await queue.put(tx.conn, KIND, r.event.erasure_id, r.event.company_id, {"request": said}, context)


class Consumers(Protocol):
    """What a service hears of others, by all its consumers."""

    async def ends(self) -> Ends:
        """How far there is something to hear. Raises TimeoutError while that cannot be asked."""
        ...

    async def reach(self, ends: Ends) -> bool:
        """Whether all of that is applied, or is within a bounded time."""
        ...


class EraseJob:
    """Forgets a person in all places of a service, one after the other. What is done of them is kept with the job:
    broken off, it goes on at the place where it was.

    consumers: what they had still to apply when the job was first begun is applied before: it may speak of the person,
    and would be stored after they are forgotten. None: nothing is heard meanwhile.
    """

    def __init__(
        self, store: EventStore[Any], places: Places, digests: AddressDigests, consumers: Consumers | None = None
    ) -> None:
        self._store = store
        self._places = places
        self._digests = digests
        self._consumers = consumers

    async def __call__(self, job: Job) -> None:
        """Does the job. Raises Retry where consumers are behind."""
        person = Person.of(job.payload["request"], self._digests)
        await self._hear(job)
        counts: dict[str, int] = dict(job.payload.get("places", {}))
        for place in self._places:
            if place.name not in counts:
                counts[place.name] = await place.erase(self._store.pool, person)
                await self._keep(job, "places", counts)
                reached("erasure.place")
        await self._store.run(lambda tx: self._done(tx, job, person, counts))
        reached("erasure.done")
        log.info("person.erased", erasure_id=str(person.erasure_id), places=counts)

    async def _hear(self, job: Job) -> None:
        """Up to the same ends however often it is begun: consumers of whom more is asked all the time catch up, too."""
        if self._consumers is None:
            return
        ends: Ends | None = job.payload.get("ends")
        try:
            if ends is None:
                ends = await self._consumers.ends()
                await self._keep(job, "ends", ends)
            caught_up = await self._consumers.reach(ends)
        except TimeoutError:
            caught_up = False
        if not caught_up:
            log.info("erasure.waits_for_consumers", erasure_id=job.key)
            raise Retry(_BEHIND_SECONDS)

    async def _keep(self, job: Job, name: str, value: Mapping[str, int]) -> None:
        async with self._store.pool.acquire() as conn:
            await conn.execute(_KEEP, job.id, job.lease, name, json.dumps(value))

    async def _done(self, tx: Transaction[Any], job: Job, person: Person, counts: dict[str, int]) -> None:
        await say_done(tx, person, counts, job)
        await job.finish(tx.conn)


async def say_done(tx: Transaction[Any], person: Person, counts: dict[str, int], job: Job) -> None:
    """Appends that it is done: again, where it was done again."""
    stream = erasure_stream(person.erasure_id)
    version = len(await tx.load(stream))
    event = PersonErased(person.erasure_id, UUID(job.company_id), counts)
    await tx.append(stream, version, [event], job.context)


_KEEP = """
UPDATE jobs SET payload = payload || jsonb_build_object($3::text, $4::jsonb) WHERE id = $1 AND lease = $2
"""
