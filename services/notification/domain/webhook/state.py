"""The states of a webhook, and how events lead from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from services.notification.domain.webhook.events import (
    Reason,
    Registrant,
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)


@dataclass(frozen=True, slots=True)
class NoWebhook:
    """There is none, or none any more."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """It is registered. `off`: why nothing is delivered, None while it is on. `secret`: the present one's number."""

    url: str
    events: tuple[str, ...] | None
    description: str
    by: Registrant | None
    off: Reason | None = None
    secret: int = 1


WebhookState: TypeAlias = NoWebhook | Webhook


def evolve(state: WebhookState, event: WebhookEvent) -> WebhookState:
    """The state after the event."""
    if isinstance(event, WebhookRegistered):
        return Webhook(event.url, event.events, event.description, event.by)
    if isinstance(state, NoWebhook):
        return state
    match event:
        case WebhookChanged(url, events, description):
            return replace(state, url=url, events=events, description=description)
        case WebhookSecretRotated(number):
            return replace(state, secret=number)
        case WebhookSwitchedOff(reason):
            return replace(state, off=reason)
        case WebhookSwitchedOn():
            return replace(state, off=None)
        case WebhookDeleted():
            return NoWebhook()
