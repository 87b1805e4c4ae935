"""The rules of a webhook."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.commands import (
    Change,
    Delete,
    Register,
    Rotate,
    SwitchOff,
    SwitchOn,
    WebhookCommand,
)
from services.notification.domain.webhook.events import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from services.notification.domain.webhook.state import NoWebhook, Webhook, WebhookState, evolve
from shared.eventsourcing.decider import Decider


def decide(command: WebhookCommand, state: WebhookState) -> Sequence[WebhookEvent]:
    """What the command means for the webhook. Raises Refused."""
    match command, state:
        case Register(), NoWebhook():
            if command.others >= command.limit:
                raise Refused("too_many_webhooks", limit=command.limit)
            return [WebhookRegistered(command.url, command.events, command.description, command.by)]
        case SwitchOff(), NoWebhook():
            return []  # it was deleted while it failed
        case _, NoWebhook():
            raise Refused("webhook_not_found")
        case _, Webhook():
            return _of_webhook(command, state)


def _of_webhook(command: WebhookCommand, state: Webhook) -> Sequence[WebhookEvent]:
    match command:
        case Register():
            return []
        case Change(url, events, description):
            wanted = (url, events, description)
            return [] if wanted == (state.url, state.events, state.description) else [WebhookChanged(*wanted)]
        case Rotate():
            return [WebhookSecretRotated(state.secret + 1)]
        case SwitchOff(reason):
            return [WebhookSwitchedOff(reason)] if state.off is None else []
        case SwitchOn():
            return [] if state.off is None else [WebhookSwitchedOn()]
        case Delete():
            return [WebhookDeleted()]


WEBHOOK: Decider[WebhookCommand, WebhookState, WebhookEvent] = Decider(NoWebhook(), decide, evolve)
