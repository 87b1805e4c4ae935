"""The composition root of notification: the only place where its objects are built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from services.notification.api.routes import router
from services.notification.application.complete_batches import BatchCompletion
from services.notification.application.event_handlers import EventHandlers
from services.notification.application.imap_reader import ImapAccount, ImapReader, OpenFolder
from services.notification.application.lmtp_server import LmtpServer
from services.notification.application.mail_queue import MailQueue
from services.notification.application.preview_invitation import PreviewInvitation
from services.notification.application.send_mails import Senders
from services.notification.application.smtp_client import MailServer, SmtpConnection
from services.notification.application.take_bounces import BounceIntake
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.stored_events import TYPES, NotificationEvent
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from services.notification.formats.mail.compose import Composer
from services.notification.integration_events import publish
from services.notification.read_models.batches.projection import BatchProgressProjection
from services.notification.read_models.companies.projection import CompaniesProjection
from services.notification.read_models.mails.projection import MailJobsProjection
from services.notification.settings import NotificationSettings
from shared.core.signed_ids import Signer
from shared.eventsourcing.event_store import EventStore, Projection
from shared.postgres.database import Pool
from shared.service import Foundation
from shared.service.supervisor import Run
from usher_contracts import parse

SERVICE = "notification"
INVITATION_TOKEN = "invitation"
"""The purpose under which invitation tokens are signed; licensing verifies them under the same."""


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def event_store(pool: Pool) -> EventStore[NotificationEvent]:
    """This service's log with its inline projections, for what works on it beside the service."""
    return EventStore(pool, TYPES, publish, _projections())


def _projections() -> Sequence[Projection[NotificationEvent]]:
    return (MailJobsProjection(), BatchProgressProjection(), CompaniesProjection())


def foundation(settings: NotificationSettings) -> Foundation[NotificationEvent]:
    """What this service stands on: its log with the inline projections, and its subscriptions."""
    base = Foundation(settings, SERVICE, TYPES, publish, _projections(), parse=parse)
    handlers = EventHandlers(
        mail_decider(settings.retry_policy), settings.sender, now, timedelta(days=settings.invitation_days)
    )
    for subscription in handlers.subscriptions():
        base.subscribe(subscription)
    return base


def build(settings: NotificationSettings) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    base = foundation(settings)
    decider = mail_decider(settings.retry_policy)
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
    app = base.app(
        background={"senders": senders.run, "completion": completion.run, **bounce_tasks(settings, base)},
        description="Invitations and other mails, and what became of them.",
    )
    validity = timedelta(days=settings.invitation_days)
    app.state.preview = PreviewInvitation(base.store, decider, composer(settings), settings.sender, now, validity)
    app.include_router(router)
    return app


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
