"""What notification hears of who may use it: see read_models/standing."""

from __future__ import annotations

from collections.abc import Sequence

import usher_contracts as contracts
from services.notification.domain.stored_events import NotificationEvent
from services.notification.read_models.standing import projection
from shared.eventsourcing.event_store import Transaction
from shared.messaging.inbox import Received, Subscription, subscription
from shared.messaging.rebuild_from_topics import read_model

STANDING = "standing"
"""The subscription by which a deactivated admin is turned away."""
PERMISSIONS = "permissions"
"""The subscription by which admins are known, where Usher says who is one."""
PLANS = "plans"
"""The subscription that plan checks wait for."""


async def _users(tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
    await projection.keep_users(tx.conn, received)


async def _permissions(tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
    await projection.keep_permissions(tx.conn, received)


async def _companies(tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
    await projection.keep_companies(tx.conn, received)


SUBSCRIPTIONS: Sequence[Subscription[NotificationEvent]] = (
    subscription(STANDING, _users, *projection.EVENTS),
    subscription(PERMISSIONS, _permissions, *projection.PERMISSION_EVENTS),
    subscription(PLANS, _companies, contracts.CompanyChanged),
)
READ_MODELS = (
    read_model(STANDING, ("standing",), "notification", SUBSCRIPTIONS, {STANDING: projection.keep_users}),
    read_model(
        PERMISSIONS, ("permissions",), "notification", SUBSCRIPTIONS, {PERMISSIONS: projection.keep_permissions}
    ),
    read_model(PLANS, ("company_plans",), "notification", SUBSCRIPTIONS, {PLANS: projection.keep_companies}),
)
"""What is rebuilt from others' events."""
