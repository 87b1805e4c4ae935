"""The composition root of validation: the only place where its objects are built."""

from uuid import UUID

from fastapi import FastAPI

from services.validation.application.erase_person import places
from services.validation.application.event_handlers import COMPANIES, JOB, PEOPLE, subscriptions
from services.validation.application.event_handlers import READ_MODELS as READ_MODELS  # what `./usher rebuild` finds
from services.validation.application.validate_file import FileValidator
from services.validation.application.workbooks import Workbooks
from services.validation.domain.stored_events import TYPES, Event
from services.validation.formats.annotating.annotate import PRELOAD as ANNOTATING
from services.validation.formats.reading import PRELOAD as READING
from services.validation.integration_events import publish
from services.validation.read_models.directory.query import Directory
from services.validation.settings import ValidationSettings
from shared.eventsourcing.event_store import EventStore
from shared.http.daily_quota import DailyQuota
from shared.jobs.worker import Worker
from shared.object_store.store import Blobs
from shared.postgres.database import Pool
from shared.sandbox.metrics import observed, warm
from shared.sandbox.pool import Sandbox
from shared.service.foundation import Foundation
from shared.workbooks.correcting.correct import PRELOAD as CORRECTING
from shared.workbooks.text_tables.convert import PRELOAD as CONVERTING
from usher_contracts import parse, topics

SERVICE = "validation"


def event_store(pool: Pool) -> EventStore[Event]:
    """This service's log. The directory is no projection of it: it comes from other services' events."""
    return EventStore(pool, TYPES, publish)


def build(settings: ValidationSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = Foundation(settings, SERVICE, TYPES, publish, parse=parse, topics=topics.owned_by(SERVICE))
    for subscription in subscriptions():
        base.subscribe(subscription)
    base.forget(places())
    sandbox = _sandbox(settings)
    jobs = {JOB: _validator(settings, base, sandbox)}
    return base.app(
        background={"worker": Worker(base.pool, jobs, base.listener, stuck_after=settings.job_attempts).run},
        resources=[warm(sandbox, "read", "convert", "annotate", "correct")],
        description="Reads uploaded workbooks and says what each row means.",
    )


def _sandbox(settings: ValidationSettings) -> Sandbox:
    return Sandbox([*READING, *CONVERTING, *ANNOTATING, *CORRECTING], settings.sandbox_slots, observed)


def _validator(settings: ValidationSettings, base: Foundation[Event], sandbox: Sandbox) -> FileValidator:
    known = {f"{SERVICE}.{PEOPLE}": topics.USERS, f"{SERVICE}.{COMPANIES}": topics.LICENSES}
    base.catch_up.measure(known)

    async def catch_up(company_id: UUID) -> bool:
        # Both topics are keyed by company: another one's 100,000 new users need not be known first.
        return await base.catch_up.wait(known, settings.freshness_seconds, str(company_id))

    blobs = Blobs(settings.blob_url)
    workbooks = Workbooks(blobs, sandbox, settings.reading, settings.sandbox)
    outsiders = DailyQuota(base.pool, settings.file_addresses_told_per_day)
    return FileValidator(base.store, Directory(base.pool), workbooks, blobs, catch_up, outsiders)
