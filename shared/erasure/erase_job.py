"""The job that goes through a service's places, and says in the service's own log that it has."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog

from shared.core.crash_points import reached
from shared.erasure import forgotten
from shared.erasure.events import PersonErased, erasure_stream
from shared.erasure.person import AddressDigests, Person
from shared.erasure.place import Places
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.jobs import queue
from shared.jobs.queue import Job
from shared.messaging.consumed_record import Received
from usher_contracts import ErasureRequested

KIND: Final = "erase"
log = structlog.get_logger(__name__)


async def record(tx: Transaction[Any], received: Sequence[Received]) -> None:
    """A job for each request to forget somebody; and from now on what is read of them is read without them."""
    for r in received:
        if isinstance(r.event, ErasureRequested):
            await forgotten.keep(tx.conn, r.event)
            said = r.event.model_dump(mode="json")
            context = r.context(datetime.now(UTC))
            await queue.put(tx.conn, KIND, r.event.erasure_id, r.event.company_id, {"request": said}, context)


class EraseJob:
    """Forgets a person in all places of a service, one after the other. What is done of them is kept with the job:
    broken off, it goes on at the place where it was."""

    def __init__(self, store: EventStore[Any], places: Places, digests: AddressDigests) -> None:
        self._store = store
        self._places = places
        self._digests = digests

    async def __call__(self, job: Job) -> None:
        """Does the job."""
        person = Person.of(job.payload["request"], self._digests)
        counts: dict[str, int] = dict(job.payload.get("places", {}))
        for place in self._places:
            if place.name not in counts:
                counts[place.name] = await place.erase(self._store.pool, person)
                async with self._store.pool.acquire() as conn:
                    await conn.execute(_KEEP, job.id, job.lease, json.dumps(counts))
                reached("erasure.place")
        await self._store.run(lambda tx: self._done(tx, job, person, counts))
        reached("erasure.done")
        log.info("person.erased", erasure_id=str(person.erasure_id), places=counts)

    async def _done(self, tx: Transaction[Any], job: Job, person: Person, counts: dict[str, int]) -> None:
        await say_done(tx, person, counts, job)
        await job.finish(tx.conn)


async def say_done(tx: Transaction[Any], person: Person, counts: dict[str, int], job: Job) -> None:
    """Appends that it is done: again, where it was done again."""
    stream = erasure_stream(person.erasure_id)
    version = len(await tx.load(stream))
    event = PersonErased(person.erasure_id, UUID(job.company_id), counts)
    await tx.append(stream, version, [event], job.context)


_KEEP = "UPDATE jobs SET payload = payload || jsonb_build_object('places', $3::jsonb) WHERE id = $1 AND lease = $2"
