"""The composition root of notification: the only place where its objects are built."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from fastapi import FastAPI

from services.notification.api import problems, routes_internal, routes_webhooks
from services.notification.api.parts import WebhookParts
from services.notification.application.complete_batches import BatchCompletion
from services.notification.application.erase_person import places
from services.notification.application.event_handlers import INVITATIONS, LICENSING, EventHandlers
from services.notification.application.forget_contents import ForgetContents
from services.notification.application.imap_reader import ImapAccount, ImapReader, OpenFolder
from services.notification.application.lmtp_server import LmtpServer
from services.notification.application.mail_queue import MailQueue
from services.notification.application.preview_invitation import PreviewInvitation
from services.notification.application.remind import Reminders
from services.notification.application.send_mails import Senders
from services.notification.application.smtp_client import MailServer, SmtpConnection
from services.notification.application.standing import PERMISSIONS, PLANS, STANDING
from services.notification.application.standing import READ_MODELS as READ_MODELS  # what `./usher rebuild` finds
from services.notification.application.standing import SUBSCRIPTIONS as STANDING_SUBSCRIPTIONS
from services.notification.application.take_bounces import BounceIntake
from services.notification.application.webhooks.address_guard import AddressGuard, SystemLookup
from services.notification.application.webhooks.check_url import CheckUrl
from services.notification.application.webhooks.delivery_lanes import Lanes
from services.notification.application.webhooks.manage_webhooks import ManageWebhooks
from services.notification.application.webhooks.record_deliveries import RecordDeliveries
from services.notification.application.webhooks.replay_events import KIND as REPLAY
from services.notification.application.webhooks.replay_events import ReplayEvents
from services.notification.application.webhooks.send_again import SendAgain
from services.notification.application.webhooks.tidy_deliveries import TidyDeliveries
from services.notification.application.webhooks.try_webhook import TryWebhook
from services.notification.application.webhooks.webhook_client import WebhookClients
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.reminders import ReminderPolicy
from services.notification.domain.stored_events import TYPES, NotificationEvent
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from services.notification.formats.mail.compose import Composer
from services.notification.integration_events import publish
from services.notification.messages import TOO_MANY_TESTS
from services.notification.read_models.batches.projection import BatchProgressProjection
from services.notification.read_models.companies.projection import CompaniesProjection
from services.notification.read_models.mails.projection import MailJobsProjection
from services.notification.read_models.reminders.projection import RemindersProjection
from services.notification.read_models.standing.query import UserStanding
from services.notification.read_models.webhooks.projection import WebhooksProjection
from services.notification.settings import NotificationSettings
from shared.core.sealing import Box
from shared.core.signed_ids import Signer
from shared.eventsourcing.event_store import EventStore, Projection
from shared.http.heard_permissions import HeardPermissions
from shared.http.rate_limit import RateLimit
from shared.jobs.worker import Worker
from shared.postgres.database import Pool
from shared.service import Foundation
from shared.service.foundation import digests
from shared.service.supervisor import Run
from usher_contracts import parse
from usher_contracts.topics import LICENSES, USERS, owned_by

SERVICE = "notification"
INVITATION_TOKEN = "invitation"
"""The purpose under which invitation tokens are signed; licensing verifies them under the same."""


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def event_store(pool: Pool) -> EventStore[NotificationEvent]:
    """This service's log with its inline projections, for what works on it beside the service."""
    return EventStore(pool, TYPES, publish, _projections(ReminderPolicy()))


def _projections(policy: ReminderPolicy) -> Sequence[Projection[NotificationEvent]]:
    return (
        MailJobsProjection(),
        BatchProgressProjection(),
        CompaniesProjection(),
        WebhooksProjection(),
        RemindersProjection(policy),
    )


def foundation(settings: NotificationSettings) -> Foundation[NotificationEvent]:
    """What this service stands on: its log with the inline projections, and its subscriptions."""
    projections = _projections(settings.reminder_policy)
    base = Foundation(settings, SERVICE, TYPES, publish, projections, parse=parse, topics=owned_by(SERVICE))
    handlers = EventHandlers(
        mail_decider(settings.retry_policy), settings.sender, now, timedelta(days=settings.invitation_days)
    )
    recording = RecordDeliveries(now, digests(settings))
    for subscription in (*handlers.subscriptions(), *STANDING_SUBSCRIPTIONS, *recording.subscriptions()):
        base.subscribe(subscription)
    return base


def build(settings: NotificationSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = foundation(settings)
    decider = mail_decider(settings.retry_policy)
    base.forget(places(base.store, decider, now))
    mail_queue = MailQueue(base.store, decider, now, settings.mail_group, settings.lease)
    server = MailServer.from_url(settings.smtp_url.get_secret_value(), settings.sender, settings.mail_timeout)
    senders = Senders(
        mail_queue,
        composer(settings),
        lambda: SmtpConnection(server),
        base.listener,
        now,
        count=settings.mail_connections,
        max_mail_time=settings.max_mail_time,
    )
    max_wait = timedelta(minutes=settings.mail_deferred_minutes)
    completion = BatchCompletion(base.store, decider, mail_queue, base.listener, now, settings.sender, max_wait)
    reminders = Reminders(
        base.store,
        decider,
        settings.reminder_policy,
        now,
        settings.sender,
        settings.reminder_poll,
        answers_heard(base),
    )
    parts, delivering = webhooks(base, settings)
    forgetting = ForgetContents(base.store, now, timedelta(days=settings.mail_retention_days))
    sending = {"senders": senders.run} if settings.mail_connections else {}
    app = base.app(
        background={
            **sending,
            "completion": completion.run,
            "reminders": reminders.run,
            "mail contents": forgetting.run,
            **bounce_tasks(settings, base),
            **delivering,
        },
        description="Invitations and other mails, and what became of them; webhooks.",
    )
    catch_up = caught_up(base, settings)
    app.state.standing, app.state.webhooks = UserStanding(base.pool, catch_up, digests(settings)), parts
    if settings.permissions_from == "directory":
        app.state.permissions = HeardPermissions(base.pool, catch_up)
    validity = timedelta(days=settings.invitation_days)
    app.state.preview = PreviewInvitation(base.store, decider, composer(settings), settings.sender, now, validity)
    for router in (routes_internal.router, routes_webhooks.router):
        app.include_router(router)
    problems.install(app)
    return app


def caught_up(base: Foundation[NotificationEvent], settings: NotificationSettings) -> Callable[[str], Awaitable[bool]]:
    """What waits, a bounded time, until all that licensing has published of a company is applied here."""
    awaited = {f"{SERVICE}.{STANDING}": USERS, f"{SERVICE}.{PLANS}": LICENSES}
    if settings.permissions_from == "directory":
        awaited[f"{SERVICE}.{PERMISSIONS}"] = USERS
    base.catch_up.measure(awaited)

    async def catch_up(company_id: str) -> bool:
        return await base.catch_up.wait(awaited, key=company_id)

    return catch_up


def answers_heard(base: Foundation[NotificationEvent]) -> Callable[[], Awaitable[bool]]:
    """What waits, a bounded time, until all answers to invitations and all settings of companies are applied here that
    licensing has published."""
    awaited = {f"{SERVICE}.{INVITATIONS}": USERS, f"{SERVICE}.{LICENSING}": LICENSES}
    base.catch_up.measure(awaited)
    return partial(base.catch_up.wait, awaited)


def webhooks(
    base: Foundation[NotificationEvent], settings: NotificationSettings
) -> tuple[WebhookParts, Mapping[str, Run]]:
    """What serves webhooks, and the tasks that deliver to them."""
    previous = settings.webhook_key_previous
    box = Box(
        b"usher-webhook-secret",
        settings.webhook_key.get_secret_value(),
        previous.get_secret_value() if previous else None,
    )
    secrets = WebhookSecrets(box, now, timedelta(hours=settings.webhook_rotation_hours))
    guard = AddressGuard(settings.webhook_allowed, SystemLookup())
    clients = WebhookClients(guard, ssl.create_default_context(cafile=settings.webhook_ca_file))
    manage = ManageWebhooks(
        base.store, secrets, mail_decider(settings.retry_policy), settings.sender, now, settings.webhooks_per_company
    )
    replay = ReplayEvents(base.pool, settings, now, digests(settings))
    tidy = TidyDeliveries(base.pool, secrets, now, timedelta(days=settings.webhook_kept_days))
    lanes = Lanes(
        base.pool,
        base.listener,
        clients,
        secrets,
        manage,
        settings.webhook_retries,
        now,
        settings.webhook_connections,
    )
    replays = Worker(base.pool, {REPLAY: replay}, base.listener, stuck_after=settings.job_attempts)
    delivering = {"webhooks": lanes.run, "replays": replays.run} if settings.webhook_connections else {}
    parts = WebhookParts(
        pool=base.pool,
        webhooks=manage,
        check_url=CheckUrl(guard, settings.production),
        try_webhook=TryWebhook(base.pool, clients, secrets, now),
        send_again=SendAgain(base.pool, now),
        replay=replay,
        tests=RateLimit(TOO_MANY_TESTS, _TESTS_PER_MINUTE),
    )
    return parts, {**delivering, "webhook_sweep": tidy.sweep, "webhook_measures": tidy.measure}


_TESTS_PER_MINUTE = 10


def composer(settings: NotificationSettings) -> Composer:
    """Who writes the mails."""
    previous = settings.invitation_key_previous
    signer = Signer.of(
        INVITATION_TOKEN,
        settings.invitation_key.get_secret_value(),
        previous.get_secret_value() if previous else None,
    )
    return Composer(settings.sender, settings.public_url, signer, return_addresses(settings))


def return_addresses(settings: NotificationSettings) -> ReturnAddresses | None:
    """Where invitations come back to; None: to the sender."""
    if settings.bounce_domain is None:
        return None
    previous = settings.invitation_key_previous
    return ReturnAddresses(
        settings.bounce_domain,
        settings.invitation_key.get_secret_value(),
        previous.get_secret_value() if previous else None,
    )


def bounce_tasks(settings: NotificationSettings, base: Foundation[NotificationEvent]) -> Mapping[str, Run]:
    """The background tasks that take in what comes back."""
    addresses = return_addresses(settings)
    tasks: dict[str, Run] = {}
    if addresses is None:
        return tasks
    intake = BounceIntake(base.store, mail_decider(settings.retry_policy), now)
    if settings.lmtp_port is not None:
        domain = settings.sender.domain
        tasks["lmtp"] = LmtpServer(settings.host, settings.lmtp_port, domain, addresses, intake).run
    if settings.bounce_imap_url is not None:
        account = ImapAccount.from_url(settings.bounce_imap_url.get_secret_value())
        tasks["imap"] = ImapReader(base.pool, account.name, lambda: OpenFolder(account), addresses, intake).run
    return tasks
