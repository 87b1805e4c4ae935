"""The composition root of upload: the only place where its objects are built."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI

from services.upload.api.downloads import Downloads
from services.upload.api.routes import BATCHES, CORRECTIONS, CORRECTIONS_BYTES, router
from services.upload.api.service import Parts, UploadService
from services.upload.application.cancel_batch import CancelBatch
from services.upload.application.cancel_unconfirmed import CancelUnconfirmed
from services.upload.application.command_bus import CommandBus
from services.upload.application.confirm_batch import ConfirmBatch
from services.upload.application.content_inspection import PRELOAD as SNIFFING
from services.upload.application.correct_batch import CorrectBatch
from services.upload.application.download_template import DownloadTemplate
from services.upload.application.erase_person import places
from services.upload.application.event_handlers import COMPANIES, PERMISSIONS, STANDING, subscriptions
from services.upload.application.event_handlers import READ_MODELS as READ_MODELS  # what `./usher rebuild` finds
from services.upload.application.known_admins import KnownAdmins
from services.upload.application.lapse_approvals import LapseApprovals
from services.upload.application.left_out_rows import LeftOutRows
from services.upload.application.map_columns import MapColumns
from services.upload.application.note_refusals import RefusedAttempts
from services.upload.application.notification_client import HttpNotification, Notification
from services.upload.application.preview_invitation import PreviewInvitation
from services.upload.application.revalidate_batch import RevalidateBatch
from services.upload.application.tidy_batch import TidyBatch
from services.upload.application.undo_batch import UndoBatch
from services.upload.application.upload_file import UploadFile
from services.upload.domain.stored_events import TYPES, Event
from services.upload.integration_events import publish
from services.upload.read_models.batches.change_feed import BatchChanges
from services.upload.read_models.batches.projection import BatchesProjection
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.batches.retention import needed
from services.upload.read_models.columns.query import ColumnQueries
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.corrections.query import CorrectionQueries
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.seat_waits.projection import SeatWaitsProjection
from services.upload.read_models.standing.query import UserStanding
from services.upload.settings import UploadSettings
from services.upload.web.app import UNLIMITED_PATHS, assemble, mount
from services.upload.web.erased_sessions import ErasedSessions
from services.upload.web.licensing import HttpLicensing
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.webhooks import HttpWebhooks
from shared.eventsourcing.event_store import EventStore, Projection
from shared.http.callers import CallerSeal
from shared.http.daily_quota import DailyQuota
from shared.http.heard_permissions import HeardPermissions
from shared.object_store.garbage_collector import Collector
from shared.object_store.store import Blobs
from shared.postgres.database import Pool
from shared.postgres.leased_slots import LeasedSlots
from shared.sandbox.metrics import observed, warm
from shared.sandbox.pool import Sandbox
from shared.service import Foundation
from shared.service.foundation import digests
from shared.workbooks.correcting.correct import PRELOAD as CORRECTING
from shared.workbooks.erasing.erase import PRELOAD as ERASING
from shared.workbooks.text_tables.convert import PRELOAD as CONVERTING
from usher_contracts import parse
from usher_contracts.topics import LICENSES, USERS, owned_by

SERVICE = "upload"
PROJECTIONS: Sequence[Projection[Event]] = (BatchesProjection(), SeatWaitsProjection())
CatchUp = Callable[[str], Awaitable[bool]]


def event_store(pool: Pool) -> EventStore[Event]:
    """This service's log with its inline projections, for what works on it beside the service."""
    return EventStore(pool, TYPES, publish, PROJECTIONS)


def build(settings: UploadSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = Foundation(settings, SERVICE, TYPES, publish, PROJECTIONS, parse=parse, topics=owned_by(SERVICE))
    for subscription in subscriptions():
        base.subscribe(subscription)
    preload = (*SNIFFING, *CORRECTING, *CONVERTING, *ERASING)
    blobs, sandbox = Blobs(settings.blob_url), Sandbox(preload, around=observed)
    sessions = ErasedSessions(SessionCrypto(*settings.session_keys))
    base.forget(places(base.store, blobs, sandbox, sessions))
    seal = CallerSeal(settings.service_keys)
    admins = KnownAdmins(base.pool, permissions_from=settings.permissions_from)
    licensing = HttpLicensing(settings.licensing_url, seal)
    notification = HttpNotification(settings.notification_url, seal)
    hooks = HttpWebhooks(settings.notification_url, seal)
    app = base.app(
        background={
            "lapses": CancelUnconfirmed(base.store).run,
            "approvals": LapseApprovals(base.store, admins).run,
            "collector": Collector(base.pool, blobs, needed).run,
        },
        resources=[warm(sandbox, "sniff"), licensing, notification, hooks],
        unlimited_paths=frozenset({BATCHES}) | UNLIMITED_PATHS,
        larger_bodies={CORRECTIONS: CORRECTIONS_BYTES},
        description="Intake, review and confirmation of batches.",
    )
    catch_up = _catch_up(base, settings)
    if settings.permissions_from == "directory":
        app.state.permissions = HeardPermissions(base.pool, catch_up)
    standing = UserStanding(base.pool, catch_up, app.state.permissions, digests(settings))
    parts = _parts(base, settings, blobs, sandbox, notification, admins, catch_up, standing)
    app.state.service = service = UploadService(parts, base.streams, settings.upload_bytes, settings.upload_seconds)
    app.state.standing = standing
    app.include_router(router)
    pages = assemble(
        settings,
        uploads=service,
        licensing=licensing,
        hooks=hooks,
        pool=base.pool,
        verifier=app.state.verifier,
        streams=base.streams,
        standing=standing,
        permissions=app.state.permissions,
    )
    mount(app, pages)
    return app


def _catch_up(base: Foundation[Event], settings: UploadSettings) -> CatchUp:
    """Waits, a bounded time, until what licensing has published of a company is applied here."""
    awaited = {f"{SERVICE}.{COMPANIES}": LICENSES, f"{SERVICE}.{STANDING}": USERS}
    if settings.permissions_from == "directory":
        awaited[f"{SERVICE}.{PERMISSIONS}"] = USERS
    base.catch_up.measure(awaited)

    async def catch_up(company_id: str) -> bool:
        return await base.catch_up.wait(awaited, key=company_id)

    return catch_up


def _parts(
    base: Foundation[Event],
    settings: UploadSettings,
    blobs: Blobs,
    sandbox: Sandbox,
    notification: Notification,
    admins: KnownAdmins,
    catch_up: CatchUp,
    standing: UserStanding,
) -> Parts:
    batches, bus = BatchQueries(base.pool), CommandBus(base.store)
    companies = CompanyQueries(base.pool, catch_up)
    rows = RowQueries(batches, blobs)
    columns = ColumnQueries(base.store, blobs)
    corrections = CorrectionQueries(base.store, batches, rows, companies)
    slots = LeasedSlots(base.pool, settings.uploads_at_once)
    return Parts(
        upload=UploadFile(
            base.store, blobs, batches, columns, companies, standing, sandbox, slots, settings.uploads_waiting
        ),
        confirm=ConfirmBatch(bus, batches, standing, companies, admins, settings.invitations_per_day),
        preview=PreviewInvitation(
            base.store,
            batches,
            rows,
            companies,
            standing,
            notification,
            DailyQuota(base.pool, settings.samples_per_day),
        ),
        revalidate=RevalidateBatch(bus),
        cancel=CancelBatch(bus),
        tidy=TidyBatch(bus),
        undo=UndoBatch(base.store, blobs, batches, companies, standing),
        template=DownloadTemplate(companies),
        downloads=Downloads(batches, blobs, LeftOutRows(batches, corrections, blobs, sandbox)),
        batches=batches,
        changes=BatchChanges(base.listener, batches),
        rows=rows,
        correct=CorrectBatch(base.store, blobs, corrections, companies, standing),
        corrections=corrections,
        map_columns=MapColumns(base.store, bus, blobs, batches, columns, companies),
        companies=companies,
        standing=standing,
        admins=admins,
        refusals=RefusedAttempts(base.store),
    )
