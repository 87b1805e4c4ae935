"""The composition root of validation: the only place where its objects are built."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import FastAPI

from services.validation.annotate.annotate import PRELOAD as ANNOTATING
from services.validation.directory.query import Directory
from services.validation.handlers import COMPANIES, JOB, PEOPLE, subscriptions
from services.validation.job import Validator
from services.validation.publish import publish
from services.validation.reading import PRELOAD as READING
from services.validation.settings import ValidationSettings
from services.validation.validation import TYPES, Event
from services.validation.workbook import Workbooks
from shared.blobs import Blobs
from shared.database import Listener, Pool
from shared.drain import Drain
from shared.event_store import EventStore
from shared.freshness import Freshness
from shared.housekeeping import Housekeeping
from shared.jobs import Worker
from shared.kafka import make_broker, make_producer, subscribe
from shared.measures import Measures
from shared.observability.sandbox_runs import observed
from shared.relay import Relay
from shared.sandbox import Sandbox
from shared.service import create_app, open_pool
from usher_contracts import parse, topics

SERVICE = "validation"


def event_store(pool: Pool) -> EventStore[Event]:
    """This service's log. The directory is no projection of it: it comes from other services' events."""
    return EventStore(pool, TYPES, publish)


def build(settings: ValidationSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    url = settings.database_url.get_secret_value()
    pool = open_pool(settings, SERVICE)
    store = event_store(pool)
    listener = Listener(url)
    broker = make_broker(settings, SERVICE)
    inboxes = [subscribe(broker, store, SERVICE, each, parse) for each in subscriptions()]
    freshness = Freshness(settings, SERVICE, pool, listener)
    sandbox = _sandbox(settings)
    validator = _validator(settings, pool, store, freshness, sandbox)
    return create_app(
        settings,
        SERVICE,
        pool=pool,
        broker=broker,
        inboxes=inboxes,
        background={
            "listener": listener.run,
            "relay": Relay(SERVICE, url, store, lambda: make_producer(settings, SERVICE), listener).run,
            "measures": Measures(settings, SERVICE, pool, {i.consumer: i.subscription.topic for i in inboxes}).run,
            "drain": Drain(pool, inboxes, listener).run,
            "worker": Worker(pool, {JOB: validator}, listener, stuck_after=settings.job_attempts).run,
            "housekeeping": Housekeeping(pool, settings.inbox_days).run,
        },
        resources=[freshness, _started(sandbox)],
        description="Reads uploaded workbooks and says what each row means.",
    )


def _sandbox(settings: ValidationSettings) -> Sandbox:
    return Sandbox([*READING, *ANNOTATING], settings.sandbox_slots, observed)


@asynccontextmanager
async def _started(sandbox: Sandbox) -> AsyncGenerator[None]:
    """Warm before the first workbook comes, and gone with the service."""
    sandbox.start()
    try:
        yield
    finally:
        sandbox.close()


def _validator(
    settings: ValidationSettings, pool: Pool, store: EventStore[Event], freshness: Freshness, sandbox: Sandbox
) -> Validator:
    known = {f"{SERVICE}.{PEOPLE}": topics.USERS, f"{SERVICE}.{COMPANIES}": topics.LICENSES}

    async def catch_up(company_id: UUID) -> bool:
        # Both topics are keyed by company: another one's 100,000 new users need not be known first.
        return await freshness.wait(known, settings.freshness_seconds, str(company_id))

    blobs = Blobs(settings.blob_url)
    workbooks = Workbooks(blobs, sandbox, settings.reading, settings.sandbox)
    return Validator(store, Directory(pool), workbooks, blobs, catch_up)
