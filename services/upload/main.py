"""The composition root of upload: the only place where its objects are built."""

from fastapi import FastAPI

from services.upload.api.dependencies import Core
from services.upload.api.downloads import Files
from services.upload.api.routes import BATCHES, router
from services.upload.api.service import UploadDesk
from services.upload.application.cancel_unconfirmed import Lapses, needed
from services.upload.application.command_bus import Actions
from services.upload.application.company_template import Templates
from services.upload.application.event_handlers import COMPANIES, STANDING, subscriptions
from services.upload.application.event_handlers import READ_MODELS as READ_MODELS  # what `./usher rebuild` finds
from services.upload.application.upload_file import Intake
from services.upload.domain.batch.events import TYPES, Event
from services.upload.formats import content_sniffing
from services.upload.integration_events import publish
from services.upload.read_models.batches.change_feed import Changes
from services.upload.read_models.batches.projection import BatchesProjection
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.companies.query import Companies
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.standing.query import HeardStanding
from services.upload.settings import UploadSettings
from services.upload.web.app import UNLIMITED_PATHS, assemble, mount
from services.upload.web.licensing import HttpLicensing
from shared.eventsourcing.event_store import EventStore
from shared.http.callers import CallerSeal
from shared.object_store.garbage_collector import Collector
from shared.object_store.store import Blobs
from shared.postgres.database import Pool
from shared.postgres.leased_slots import LeasedSlots
from shared.sandbox.metrics import observed, warm
from shared.sandbox.pool import Sandbox
from shared.service import Foundation
from usher_contracts import parse
from usher_contracts.topics import LICENSES, USERS

SERVICE = "upload"


def event_store(pool: Pool) -> EventStore[Event]:
    """This service's log with its inline projections, for what works on it beside the service."""
    return EventStore(pool, TYPES, publish, [BatchesProjection()])


def build(settings: UploadSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = Foundation(settings, SERVICE, TYPES, publish, [BatchesProjection()], parse=parse)
    for subscription in subscriptions():
        base.subscribe(subscription)
    blobs, sandbox = Blobs(settings.blob_url), Sandbox(content_sniffing.PRELOAD, around=observed)
    licensing = HttpLicensing(settings.licensing_url, CallerSeal(settings.service_key.get_secret_value().encode()))
    app = base.app(
        background={"lapses": Lapses(base.store).run, "collector": Collector(base.pool, blobs, needed).run},
        resources=[warm(sandbox, "sniff"), licensing],
        unlimited_paths=frozenset({BATCHES}) | UNLIMITED_PATHS,
        description="Intake, review and confirmation of batches.",
    )
    app.state.core = core = _core(base, settings, blobs, sandbox)
    app.state.standing = core.standing
    app.include_router(router)
    desk = UploadDesk(
        intake=core.intake,
        actions=core.actions,
        batches=core.batches,
        changes=core.changes,
        companies=core.companies,
        files=core.files,
        templates=core.templates,
        rows=core.rows,
        settings=settings,
    )
    mount(
        app,
        assemble(
            settings,
            desk=desk,
            licensing=licensing,
            pool=base.pool,
            verifier=app.state.verifier,
            streams=base.streams,
            standing=core.standing,
        ),
    )
    return app


def _core(base: Foundation[Event], settings: UploadSettings, blobs: Blobs, sandbox: Sandbox) -> Core:
    heard = {f"{SERVICE}.{COMPANIES}": LICENSES, f"{SERVICE}.{STANDING}": USERS}
    base.freshness.measure(heard)

    async def catch_up(company_id: str) -> bool:
        return await base.freshness.wait(heard, key=company_id)

    batches = BatchQueries(base.pool)
    companies, standing = Companies(base.pool, catch_up), HeardStanding(base.pool, catch_up)
    return Core(
        settings=settings,
        batches=batches,
        rows=RowQueries(batches, blobs),
        files=Files(batches, blobs),
        intake=Intake(
            base.store,
            blobs,
            batches,
            companies,
            standing,
            sandbox,
            LeasedSlots(base.pool, settings.uploads_at_once),
            settings.uploads_waiting,
        ),
        actions=Actions(base.store, standing, settings.invitations_per_day),
        companies=companies,
        templates=Templates(companies),
        changes=Changes(base.listener, batches),
        streams=base.streams,
        standing=standing,
    )
