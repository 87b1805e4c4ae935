"""Integrations: the company's webhooks, what was delivered to them, and what was answered. A secret is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form, checked_lists
from services.upload.web.dependencies import WebDependencies
from services.upload.web.webhooks import Delivery, DeliveryPage, Webhook
from shared.http.problems import Problem
from shared.people.text import harmless
from usher_contracts import EVENTS
from usher_contracts.topics import DIRECTORY, ERASURES

router = APIRouter()
PATH = "/integrations/webhooks"
TYPES = tuple(event.type for event in EVENTS if event.topic not in (DIRECTORY, ERASURES))
_SHOWN = 25
_STATES = ("waiting", "delivered", "dead")


@dataclass(frozen=True, slots=True)
class WebhooksView:
    """All of them. `said`: why none was added, with what was typed."""

    webhooks: Sequence[Webhook]
    types: Sequence[str] = TYPES
    said: str | None = None
    typed: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class WebhookView:
    """One of them. `secret`: one that was made just now; `tested`: what a test was answered; `said`: what could not be
    done."""

    webhook: Webhook
    deliveries: DeliveryPage
    state: str = ""
    secret: str | None = None
    previous_until: datetime | None = None
    tested: Delivery | None = None
    said: str | None = None
    states: Sequence[str] = _STATES


@router.get(PATH)
async def webhooks(request: Request, deps: Deps, visitor: Admin) -> Response:
    """All of the company's, and how to add one."""
    found = await deps.webhooks.all(visitor.who.token)
    return deps.renderer.page(request, "webhooks.html", WebhooksView(found), visitor.reader)


@router.post(PATH)
async def add(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Adds one. Answered with its page, since the secret is nowhere else to be read afterwards."""
    form = await checked_lists(request, deps, visitor)
    events = [name for name in form.get("event", []) if name in TYPES]
    fields = {
        "url": harmless(form.get("url", [""])[0]).strip(),
        "description": harmless(form.get("description", [""])[0]).strip()[:200],
        "events": events or None,
    }
    try:
        made = await deps.webhooks.add(visitor.who.token, fields)
    except Problem as refused:
        if refused.status not in (409, 422):
            raise
        found = await deps.webhooks.all(visitor.who.token)
        view = WebhooksView(found, said=refused.detail, typed=fields)
        return deps.renderer.page(request, "webhooks.html", view, visitor.reader, status=refused.status)
    return await _page(request, deps, visitor, made.id, secret=made.secret)


@router.get(f"{PATH}/{{webhook_id}}")
async def webhook(request: Request, deps: Deps, visitor: Admin, webhook_id: UUID) -> Response:
    """One of them, with its last deliveries."""
    return await _page(request, deps, visitor, webhook_id)


@router.post(f"{PATH}/{{webhook_id}}")
async def act(request: Request, deps: Deps, visitor: Admin, webhook_id: UUID) -> Response:
    """What one of the page's buttons does."""
    form = await checked_form(request, deps, visitor)
    token, hooks = visitor.who.token, deps.webhooks
    try:
        match form.get("do", ""):
            case "test":
                tested = await hooks.test(token, webhook_id)
                return await _page(request, deps, visitor, webhook_id, tested=tested)
            case "rotate":
                made = await hooks.rotate(token, webhook_id)
                until = made.previous_until
                return await _page(request, deps, visitor, webhook_id, secret=made.secret, previous_until=until)
            case "delete":
                await hooks.delete(token, webhook_id)
                return RedirectResponse(PATH, 303)
            case "on" | "off" as switch:
                await hooks.change(token, webhook_id, {"enabled": switch == "on"})
            case "retry":
                delivery = form.get("delivery")
                await hooks.send_again(token, webhook_id, UUID(delivery) if delivery else None)
            case "replay":
                await hooks.replay(token, webhook_id, _moment(form.get("since", "")))
            case _:
                pass
    except Problem as refused:
        if refused.status not in (409, 422, 429):
            raise
        return await _page(request, deps, visitor, webhook_id, said=refused.detail)
    return RedirectResponse(f"{PATH}/{webhook_id}", 303)


def _moment(day: str) -> datetime:
    """The beginning of a day, UTC. What is none is today."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def _page(request: Request, deps: WebDependencies, visitor: Visitor, webhook_id: UUID, **more: Any) -> Response:
    token, state = visitor.who.token, request.query_params.get("state", "")
    found = await deps.webhooks.one(token, webhook_id)
    query = {"limit": str(_SHOWN), **({"state": state} if state in _STATES else {})}
    if cursor := request.query_params.get("cursor"):
        query["cursor"] = cursor
    deliveries = await deps.webhooks.deliveries(token, webhook_id, query)
    view = WebhookView(found, deliveries, state if state in _STATES else "", **more)
    return deps.renderer.page(request, "webhook.html", view, visitor.reader, status=409 if view.said else 200)
