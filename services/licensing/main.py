"""The composition root of licensing: the only place where its objects are built."""

import asyncio
from collections.abc import Sequence

from fastapi import FastAPI

from services.licensing.api import MAX_EXPORTS, ROUTERS, install, install_scim_errors
from services.licensing.api.parts import LinkLimits, Parts, ScimLimits
from services.licensing.application import restate_users
from services.licensing.application.command_bus import CommandBus
from services.licensing.application.confirm_batch.job import KIND, ConfirmJob
from services.licensing.application.erase_person import places
from services.licensing.application.event_handlers import KNOWN_BATCHES, SUBSCRIPTIONS
from services.licensing.application.event_handlers import READ_MODELS as READ_MODELS  # what `./usher rebuild` finds
from services.licensing.application.expire_invitations import InvitationExpiry
from services.licensing.application.known_of_person import KnownOfPerson, OtherServices
from services.licensing.application.note_refusals import RefusedAttempts
from services.licensing.application.scim.managers import WantedManagers
from services.licensing.application.undo_action import ForgetUndoable
from services.licensing.application.undo_batch import confirm, review
from services.licensing.domain.stored_events import TYPES, Event
from services.licensing.integration_events import publish
from services.licensing.messages import SCIM_TOO_MANY_GUESSES, SCIM_TOO_OFTEN
from services.licensing.read_models.activity.projection import ActivityProjection
from services.licensing.read_models.erasures.projection import ErasuresProjection
from services.licensing.read_models.saved_views.projection import SavedViewsProjection
from services.licensing.read_models.seat_requests.projection import SeatRequestsProjection
from services.licensing.read_models.team.projection import TeamProjection
from services.licensing.read_models.team.standing import UsersPermissions, UsersStanding
from services.licensing.settings import LicensingSettings
from shared.core.signed_ids import Signer
from shared.eventsourcing.event_store import EventStore, Projection
from shared.eventsourcing.log_follower import LogFollower
from shared.http.callers import CallerSeal
from shared.http.daily_quota import DailyQuota
from shared.http.rate_limit import RateLimit
from shared.jobs.worker import Worker
from shared.object_store.store import Blobs
from shared.postgres.database import Pool
from shared.service.foundation import Foundation, digests
from usher_contracts import parse
from usher_contracts.topics import BATCHES, owned_by

SERVICE = "licensing"
PROJECTIONS: Sequence[Projection[Event]] = (
    TeamProjection(),
    SeatRequestsProjection(),
    SavedViewsProjection(),
    ErasuresProjection(),
)
FOLLOWING = (ActivityProjection(),)
"""What is kept behind the log; it is rebuilt as the inline projections are."""


def event_store(pool: Pool) -> EventStore[Event]:
    """This service's log with its inline projections, for what works on it beside the service."""
    return EventStore(pool, TYPES, publish, PROJECTIONS)


def signer(settings: LicensingSettings) -> Signer:
    """Verifies the links that notification signs: the purpose and the key are theirs too."""
    previous = settings.invitation_key_previous
    return Signer.of(
        "invitation", settings.invitation_key.get_secret_value(), previous.get_secret_value() if previous else None
    )


def link_limits(settings: LicensingSettings) -> LinkLimits:
    """How often links may be opened."""
    return LinkLimits(
        RateLimit("This link is opened too often. Wait a minute, then open it again.", settings.link_calls_per_minute),
        RateLimit(
            "Too many links that don't exist. Wait a minute, and copy the whole link from the mail.",
            settings.unknown_links_per_minute,
        ),
    )


def scim_limits(settings: LicensingSettings) -> ScimLimits:
    """How often a directory may ask."""
    return ScimLimits(
        RateLimit(SCIM_TOO_OFTEN, settings.scim_calls_per_minute),
        RateLimit(SCIM_TOO_MANY_GUESSES, settings.unknown_links_per_minute),
    )


def build(settings: LicensingSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = Foundation(settings, SERVICE, TYPES, publish, PROJECTIONS, parse=parse, topics=owned_by(SERVICE))
    for subscription in SUBSCRIPTIONS:
        base.subscribe(subscription)
    base.forget(people := places(base.store, settings.invitation_policy))
    blobs = Blobs(settings.blob_url)
    kinds = {
        KIND: ConfirmJob(base.store, blobs, settings.invitation_policy, settings.permissions_from),
        review.KIND: review.ReviewUndoJob(base.store, blobs),
        confirm.KIND: confirm.ConfirmUndoJob(base.store, blobs, settings.invitation_policy, settings.permissions_from),
        restate_users.KIND: restate_users.RestateJob(base.store, settings.invitation_policy),
    }
    (activity,) = (LogFollower(base.store, projection, base.listener) for projection in FOLLOWING)
    seal = CallerSeal(settings.service_keys)
    others = OtherServices(settings.other_services, seal)
    app = base.app(
        resources=[others],
        background={
            "worker": Worker(base.pool, kinds, base.listener, stuck_after=settings.job_attempts).run,
            "undoable": ForgetUndoable(base.pool).run,
            "wanted managers": WantedManagers(base.store, settings.invitation_policy).run,
            "expiry": InvitationExpiry(base.store, settings.invitation_policy).run,
            "activity": activity.run,
        },
        description="Companies, licenses, My Team and invitations.",
    )
    app.state.standing = UsersStanding(base.pool)
    if settings.permissions_from == "directory":
        app.state.permissions = UsersPermissions(base.pool)
    awaited = {f"{SERVICE}.{KNOWN_BATCHES}": BATCHES}
    base.catch_up.measure(awaited)
    app.state.parts = Parts(
        pool=base.pool,
        listener=base.listener,
        streams=base.streams,
        commands=CommandBus(base.store, base.published, settings.invitation_policy, settings.permissions_from),
        signer=signer(settings),
        link_limits=link_limits(settings),
        standing=app.state.standing,
        permissions=app.state.permissions,
        disclosures=DailyQuota(base.pool, settings.addresses_told_per_day),
        catch_up=lambda company_id: base.catch_up.wait(awaited, key=company_id),
        refusals=RefusedAttempts(base.store),
        activity=activity,
        scim=scim_limits(settings),
        digests=digests(settings),
    )
    app.state.exports = asyncio.Semaphore(MAX_EXPORTS)
    app.state.known_of_person = KnownOfPerson(base.pool, people, digests(settings), others.sources)
    for router in ROUTERS:
        app.include_router(router)
    install(app)
    install_scim_errors(app)
    return app
