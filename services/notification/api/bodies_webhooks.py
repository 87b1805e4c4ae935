"""Bodies of requests and answers about webhooks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from services.notification.application.webhooks.check_url import LONGEST_URL
from services.notification.application.webhooks.record_deliveries import DELIVERABLE
from services.notification.domain.webhook.events import Reason
from services.notification.messages import EVENT_UNKNOWN
from services.notification.read_models.deliveries.query import DeliveryRow
from services.notification.read_models.deliveries.queue import State
from services.notification.read_models.webhooks.query import WebhookRow
from shared.http.pagination import Page

TYPES = tuple(event.type for event in DELIVERABLE)
Url = Annotated[str, Field(max_length=LONGEST_URL, description="Where events are sent, by https")]
Events = Annotated[
    list[str] | None,
    Field(max_length=len(TYPES), description=f"The types of events that are sent, null for all: {', '.join(TYPES)}"),
]
Description = Annotated[str, Field(max_length=200, description="What it is for, in the owner's own words")]


WebhookStatus = Annotated[Literal["on", "off"], Field(title="WebhookStatus")]
OffReason = Annotated[Reason, Field(title="OffReason")]
DeliveryState = Annotated[State, Field(title="DeliveryState")]


class NewWebhook(BaseModel):
    """A webhook that is to be."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://hr.northwind.example/usher", "events": ["usher.UserActivated.v1"]}]
        },
    )
    url: Url
    events: Events = None
    description: Description = ""


class ChangedWebhook(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})
    url: Url | None = None
    events: Events = None
    description: Description | None = None
    enabled: bool | None = Field(None, description="false switches it off, true on again")


def _written(value: object) -> object:
    """A moment as text: what pydantic takes beside, seconds since 1970, is no time here."""
    if not isinstance(value, str):
        raise ValueError("Give a time, like 2026-12-04T09:00:00Z")
    return datetime.fromisoformat(value)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("There is no such time in UTC") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]


class Since(BaseModel):
    """From when on what happened is sent again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-12-04T09:00:00Z"}]})
    since: Moment


class By(BaseModel):
    """Who registered it."""

    email: str
    name: str


class ReplayUnderWay(BaseModel):
    """A replay, and how many events it has found so far."""

    since: datetime
    recorded: int


class Webhook(BaseModel):
    """A webhook. `off_reason`: `switched_off` by hand, `failing` for days, or `gone`, since it answered 410. `waiting`
    and `dead` are numbers of deliveries."""

    id: UUID
    url: str
    events: list[str] | None
    description: str
    status: WebhookStatus
    off_reason: OffReason | None
    created_at: datetime
    created_by: By | None
    waiting: int
    dead: int
    failing_since: datetime | None
    delivered_at: datetime | None
    replay: ReplayUnderWay | None

    @classmethod
    def of(cls, row: WebhookRow) -> "Webhook":
        """As it is shown."""
        return cls.model_validate(_fields(row))


class WebhookPage(Page[Webhook]):
    """A page of webhooks."""


class RegisteredWebhook(Webhook):
    """A webhook with its secret, which is never shown again."""

    secret: str

    @classmethod
    def with_secret(cls, row: WebhookRow, secret: str) -> "RegisteredWebhook":
        """As it is answered once."""
        return cls.model_validate({**_fields(row), "secret": secret})


class NewSecret(BaseModel):
    """A new secret, which is never shown again. Until `previous_until` deliveries are signed with that before, too."""

    secret: str
    previous_until: datetime


class Delivery(BaseModel):
    """An event for a webhook. `id` is the event's. `status`, `answer` (its beginning), `error` and `seconds` are of the
    last attempt."""

    id: UUID
    type: str
    state: DeliveryState
    attempts: int
    recorded_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None
    seconds: float | None

    @classmethod
    def of(cls, row: DeliveryRow) -> "Delivery":
        """As it is shown."""
        return cls.model_validate(_delivery(row))


class DeliveryPage(Page[Delivery]):
    """A page of deliveries."""


class DeliveryWithBody(Delivery):
    """A delivery with what is sent."""

    body: dict[str, Any]

    @classmethod
    def with_body(cls, row: DeliveryRow, body: str) -> "DeliveryWithBody":
        """As it is shown."""
        return cls.model_validate({**_delivery(row), "body": orjson.loads(body)})


class SentAgain(BaseModel):
    """How many deliveries wait once more."""

    count: int


def known_events(events: Sequence[str] | None) -> tuple[str, ...] | None:
    """Each once, in the order of the documentation. Problem 422 for one that there is not, or for none at all."""
    if events is None:
        return None
    for name in events:
        if name not in TYPES:
            raise EVENT_UNKNOWN(name=name[:100], known=", ".join(TYPES))
    return tuple(type_ for type_ in TYPES if type_ in events)


def _fields(row: WebhookRow) -> dict[str, Any]:
    webhook, by, replay = row.webhook, row.webhook.by, row.replay
    return {
        "id": row.id,
        "url": webhook.url,
        "events": webhook.events,
        "description": webhook.description,
        "status": "on" if webhook.off is None else "off",
        "off_reason": webhook.off,
        "created_at": row.created_at,
        "created_by": by and {"email": by.email, "name": by.name},
        "waiting": row.waiting,
        "dead": row.dead,
        "failing_since": row.failing_since,
        "delivered_at": row.delivered_at,
        "replay": replay and {"since": replay.since, "recorded": replay.recorded},
    }


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": row.event_id,
        "type": row.type,
        "state": row.state,
        "attempts": row.attempts,
        "recorded_at": row.recorded_at,
        "next_attempt_at": row.run_at if row.state == "waiting" else None,
        "ended_at": row.ended_at,
        "status": row.status,
        "answer": row.answer,
        "error": row.error,
        "seconds": row.seconds,
    }
