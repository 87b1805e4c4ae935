"""What the routes of webhooks are handed: built once, in main.py."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.notification.application.webhooks.check_url import CheckUrl
from services.notification.application.webhooks.manage_webhooks import ManageWebhooks
from services.notification.application.webhooks.replay_events import ReplayEvents
from services.notification.application.webhooks.send_again import SendAgain
from services.notification.application.webhooks.try_webhook import TryWebhook
from shared.http.rate_limit import RateLimit
from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """`tests`: how often a webhook may be tested."""

    pool: Pool
    webhooks: ManageWebhooks
    check_url: CheckUrl
    try_webhook: TryWebhook
    send_again: SendAgain
    replay: ReplayEvents
    tests: RateLimit


def parts_of(request: Request) -> WebhookParts:
    """Dependency: the parts."""
    return request.app.state.webhooks


PartsDep = Annotated[WebhookParts, Depends(parts_of)]
