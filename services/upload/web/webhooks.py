"""The notification service's webhooks over its HTTP interface, asked in the name of whoever is signed in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from services.upload.web.service_answers import ask
from shared.http.callers import CallerSeal
from shared.http.problems import ProblemType, unavailable
from shared.observability.spans import carry

log = structlog.stdlib.get_logger(__name__)
M = TypeVar("M", bound=BaseModel)
_AWAY = ProblemType(503, "unavailable", "Webhooks can’t be read just now.")
_PATH = "/api/v1/webhooks"
_TEST_SECONDS = 20


class By(BaseModel):
    """Who registered it."""

    email: str
    name: str


class Replay(BaseModel):
    """A replay that is under way."""

    since: datetime
    recorded: int


class Webhook(BaseModel):
    """A webhook as notification shows it; `secret` where it was made or rotated just now."""

    id: UUID
    url: str
    events: list[str] | None = None
    description: str = ""
    status: str
    off_reason: str | None = None
    created_at: datetime
    created_by: By | None = None
    waiting: int = 0
    dead: int = 0
    failing_since: datetime | None = None
    delivered_at: datetime | None = None
    replay: Replay | None = None
    secret: str | None = None

    @property
    def link(self) -> str:
        """Its page."""
        return f"/integrations/webhooks/{self.id}"


class Delivery(BaseModel):
    """A delivery as notification shows it."""

    id: UUID
    type: str
    state: str
    attempts: int
    recorded_at: datetime
    next_attempt_at: datetime | None = None
    ended_at: datetime | None = None
    status: int | None = None
    answer: str | None = None
    error: str | None = None

    @property
    def event(self) -> str:
        """The event's name without its version: UserInvited."""
        return self.type.removeprefix("usher.").partition(".")[0]


class NewSecret(BaseModel):
    """A secret that was made just now."""

    secret: str
    previous_until: datetime


class WebhookPage(BaseModel):
    """The company's webhooks."""

    items: list[Webhook]


class DeliveryPage(BaseModel):
    """Some of a webhook's deliveries."""

    items: list[Delivery]
    next_cursor: str | None = None


class Webhooks(Protocol):
    """What the pages ask. Problem 503 where notification is away; what it refuses is passed on."""

    async def all(self, token: str) -> Sequence[Webhook]: ...
    async def one(self, token: str, webhook_id: UUID) -> Webhook: ...
    async def add(self, token: str, fields: Mapping[str, Any]) -> Webhook: ...
    async def change(self, token: str, webhook_id: UUID, fields: Mapping[str, Any]) -> Webhook: ...
    async def delete(self, token: str, webhook_id: UUID) -> None: ...
    async def rotate(self, token: str, webhook_id: UUID) -> NewSecret: ...
    async def test(self, token: str, webhook_id: UUID) -> Delivery: ...
    async def replay(self, token: str, webhook_id: UUID, since: datetime) -> None: ...
    async def deliveries(self, token: str, webhook_id: UUID, query: Mapping[str, str]) -> DeliveryPage: ...
    async def send_again(self, token: str, webhook_id: UUID, delivery: UUID | None) -> None: ...


class HttpWebhooks:
    """Notification at its address, over kept connections."""

    def __init__(self, url: str, seal: CallerSeal, transport: httpx.AsyncBaseTransport | None = None) -> None:
        hooks = {"request": [carry, seal.carry]}
        self._client = httpx.AsyncClient(base_url=url, timeout=10, transport=transport, event_hooks=hooks)

    async def __aenter__(self) -> "HttpWebhooks":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def all(self, token: str) -> Sequence[Webhook]:
        """All of the company's."""
        return _read(WebhookPage, await self._ask("GET", token)).items

    async def one(self, token: str, webhook_id: UUID) -> Webhook:
        """One of them. Problem 404."""
        return _read(Webhook, await self._ask("GET", token, f"/{webhook_id}"))

    async def add(self, token: str, fields: Mapping[str, Any]) -> Webhook:
        """A new one, with its secret. Problem 422 `webhook_url`, 409 `too_many_webhooks`."""
        return _read(Webhook, await self._ask("POST", token, json=dict(fields)))

    async def change(self, token: str, webhook_id: UUID, fields: Mapping[str, Any]) -> Webhook:
        """It is to be so. Problem 404, 422."""
        return _read(Webhook, await self._ask("PATCH", token, f"/{webhook_id}", json=dict(fields)))

    async def delete(self, token: str, webhook_id: UUID) -> None:
        """It is no more. Problem 404."""
        await self._ask("DELETE", token, f"/{webhook_id}")

    async def rotate(self, token: str, webhook_id: UUID) -> NewSecret:
        """A new secret. Problem 404."""
        return _read(NewSecret, await self._ask("PUT", token, f"/{webhook_id}/secret"))

    async def test(self, token: str, webhook_id: UUID) -> Delivery:
        """Sends it a test, and says what was answered. Problem 404, 429."""
        return _read(Delivery, await self._ask("POST", token, f"/{webhook_id}/test", timeout=_TEST_SECONDS))

    async def replay(self, token: str, webhook_id: UUID, since: datetime) -> None:
        """Sends what happened since then once more. Problem 404, 409."""
        await self._ask("POST", token, f"/{webhook_id}/replay", json={"since": since.isoformat()})

    async def deliveries(self, token: str, webhook_id: UUID, query: Mapping[str, str]) -> DeliveryPage:
        """Its deliveries, the newest first. Problem 404."""
        return _read(DeliveryPage, await self._ask("GET", token, f"/{webhook_id}/deliveries", params=dict(query)))

    async def send_again(self, token: str, webhook_id: UUID, delivery: UUID | None) -> None:
        """Sends one delivery again, or all that are dead. Problem 404, 409."""
        which = "" if delivery is None else f"/{delivery}"
        await self._ask("POST", token, f"/{webhook_id}/deliveries{which}/retry")

    async def _ask(self, method: str, token: str, path: str = "", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return await ask(self._client, _AWAY, method, _PATH + path, headers=headers, **more)


def _read(shape: type[M], data: Any) -> M:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        log.error("notification_answer_not_understood", shape=shape.__name__, problems=error.error_count())
        raise unavailable(_AWAY) from error
