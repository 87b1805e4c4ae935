"""What every service stands on, put together once: database, log, relay, subscriptions, retries, catch-up barrier.

    base = Foundation(settings, "licensing", TYPES, publish, projections=[...], parse=usher_contracts.parse)
    base.subscribe(Subscription("invitations", ...))
    app = base.app(background={"worker": worker.run})

Its parts are attributes: pool, listener, streams, store, broker, published, catch_up.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from aiokafka import TopicPartition
from fastapi import FastAPI

from shared.core.settings import ServiceSettings
from shared.erasure import erase_job
from shared.erasure.known_routes import known_router
from shared.erasure.person import AddressDigests
from shared.erasure.place import Places
from shared.erasure.restored import EraseAgain
from shared.erasure.waiting import OldestErasure
from shared.eventsourcing.event_store import EventStore, Projection, Publish
from shared.eventsourcing.events import EventTypes
from shared.http.sse import Streams
from shared.jobs.worker import Worker
from shared.messaging.broker import Subscription, make_broker, make_producer, subscribe
from shared.messaging.catch_up import CatchUpBarrier, Ends
from shared.messaging.consumed_record import Parse
from shared.messaging.dead_letter_retry import DeadLetterRetry
from shared.messaging.inbox import Inbox, subscription
from shared.messaging.lag import ConsumerLag
from shared.messaging.log_server import LogServer
from shared.messaging.lost_events import LostEvent, find_lost_events
from shared.messaging.outbox_relay import Published, Relay
from shared.messaging.restore import committed_offsets
from shared.postgres.database import Connection, Listener
from shared.service.application import create_app, open_pool
from shared.service.cleanup import Cleanup
from shared.service.supervisor import Run
from usher_contracts import ErasureRequested

E = TypeVar("E")

_CLOCKS_APART = timedelta(minutes=5)
"""Of a standby and those that publish: they are looked after together, unlike a backup's."""


class Foundation(Generic[E]):
    """The mechanism of one service. Made inside the running event loop; connects only in the application's lifespan."""

    def __init__(
        self,
        settings: ServiceSettings,
        service: str,
        types: EventTypes[E],
        publish: Publish[E],
        projections: Sequence[Projection[E]] = (),
        *,
        parse: Parse,
        topics: Collection[str] = (),
    ) -> None:
        """topics: those that the service alone writes."""
        self.settings = settings
        self.service = service
        self.pool = open_pool(settings, service)
        self.listener = Listener(self._url)
        self.streams = Streams(self.listener)
        self.store = EventStore(self.pool, types, publish, projections)
        self.broker = make_broker(settings, service)
        self.published = Published(self.pool, self.listener)
        self.catch_up = CatchUpBarrier(settings, service, self.pool, self.listener)
        self._parse = parse
        self._topics = topics
        self._inboxes: list[Inbox[E]] = []
        self._erasing: Mapping[str, Run] = {}
        self._places: Places = ()
        self._erase_again: Run | None = None

    @property
    def _url(self) -> str:
        return self.settings.database_url.get_secret_value()

    def subscribe(self, subscription: Subscription[E]) -> None:
        """Read a topic through the inbox."""
        self._inboxes.append(subscribe(self.broker, self.store, self.service, subscription, self._parse))

    def forget(self, places: Places) -> None:
        """Forgets people in these places, whenever somebody asks for it."""
        self.subscribe(subscription("erasures", erase_job.record, ErasureRequested))
        known_as = digests(self.settings)
        job = erase_job.EraseJob(self.store, places, known_as, _Heard(self.catch_up, self._inboxes))
        worker = Worker(
            self.pool, {erase_job.KIND: job}, self.listener, slots=1, stuck_after=self.settings.job_attempts
        )
        self._erasing = {"erasures": worker.run, "oldest erasure": OldestErasure(self.pool).run}
        self._places = places
        # Before anything is heard.
        again = erase_job.EraseJob(self.store, places, known_as)
        self._erase_again = EraseAgain(self.pool, again, self.listener).run

    def app(
        self,
        background: Mapping[str, Run] | None = None,
        resources: Sequence[AbstractAsyncContextManager[Any]] = (),
        **options: Any,
    ) -> FastAPI:
        """The application (see `create_app` for the options), with the mechanism's own tasks running beside yours, and
        what licensing asks of what is known of people."""
        app = create_app(
            self.settings,
            self.service,
            pool=self.pool,
            broker=self.broker,
            inboxes=self._inboxes,
            background={**self._background(), **(background or {})},
            resources=[self.catch_up, *resources],
            first=self._erase_again,
            **options,
        )
        app.include_router(known_router(self._places, digests(self.settings)))
        return app

    def _background(self) -> dict[str, Run]:
        def producer() -> Any:
            return make_producer(self.settings, self.service)

        topics = _topics(self._inboxes)
        return {
            "listener": self.listener.run,
            "relay": Relay(self.service, self._url, self.store, producer, self.listener, self._server()).run,
            "measures": ConsumerLag(self.settings, self.service, self.pool, topics).run,
            "retries": DeadLetterRetry(self.pool, self._inboxes, self.listener).run,
            "housekeeping": Cleanup(self.pool, self.settings.inbox_days).run,
            **self._erasing,
        }

    def _server(self) -> LogServer:
        async def find_lost(conn: Connection) -> Sequence[LostEvent]:
            return await find_lost_events(conn, self.settings, self.service, self._topics, _CLOCKS_APART)

        async def committed() -> Mapping[tuple[str, TopicPartition], int]:
            groups = await committed_offsets(self.settings, self.service)
            return {(group, place): offset for group, places in groups.items() for place, offset in places.items()}

        return LogServer(self.service, find_lost, committed)


@dataclass(frozen=True, slots=True)
class _Heard:
    """All that a service hears, as an erasure waits for it. inboxes: also those that are added later."""

    barrier: CatchUpBarrier
    inboxes: Sequence[Inbox[Any]]

    async def ends(self) -> Ends:
        """As of now."""
        return await self.barrier.ends(set(_topics(self.inboxes).values()))

    async def reach(self, ends: Ends) -> bool:
        """Whether all of it is applied."""
        return await self.barrier.reach(_topics(self.inboxes), ends)


def _topics(inboxes: Sequence[Inbox[Any]]) -> Mapping[str, str]:
    return {inbox.consumer: inbox.subscription.topic for inbox in inboxes}


def digests(settings: ServiceSettings) -> AddressDigests:
    """What addresses of forgotten people are known by."""
    previous = settings.erasure_key_previous
    return AddressDigests(settings.erasure_key.get_secret_value(), previous.get_secret_value() if previous else None)
