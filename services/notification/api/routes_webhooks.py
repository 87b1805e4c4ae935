"""Routes of webhooks: kept by admins for their company, and by the platform for all."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.notification.api.access import Owner, OwnerDep
from services.notification.api.bodies_webhooks import (
    ChangedWebhook,
    Delivery,
    DeliveryPage,
    DeliveryState,
    DeliveryWithBody,
    NewSecret,
    NewWebhook,
    RegisteredWebhook,
    SentAgain,
    Since,
    Webhook,
    WebhookPage,
    known_events,
)
from services.notification.api.parts import PartsDep, WebhookParts
from services.notification.application.webhooks.manage_webhooks import Wanted
from services.notification.domain.webhook.state import Webhook as State
from services.notification.messages import DELIVERY_NOT_FOUND, REFUSALS
from services.notification.read_models.deliveries import query as deliveries
from services.notification.read_models.webhooks import query
from shared.eventsourcing.events import Context
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, page_of
from shared.http.problems import ProblemType
from shared.http.request_context import new_context

NOT_FOUND = REFUSALS["webhook_not_found"]
router = authenticate_first_router("/api/v1", "webhooks")
Id = Annotated[str, Path(description="A webhook's id")]
DeliveryId = Annotated[str, Path(description="A delivery's id: the event's")]


@router.post("/webhooks", status_code=201, responses=problem_responses(409))
async def register(
    request: Request, response: Response, owner: OwnerDep, parts: PartsDep, body: NewWebhook
) -> RegisteredWebhook:
    """Registers a webhook: from now on it is sent the company's events, or all companies' where the platform does it.
    The secret that deliveries are signed with is only in this answer."""
    wanted = Wanted(await parts.check_url(body.url), known_events(body.events), body.description.strip())
    row, secret = await parts.webhooks.register(owner.company_id, wanted, owner.by, _context(request, owner))
    response.headers["Location"] = f"/api/v1/webhooks/{row.id}"
    return RegisteredWebhook.with_secret(row, secret)


@router.get("/webhooks")
async def webhooks(owner: OwnerDep, parts: PartsDep) -> WebhookPage:
    """All webhooks of the company, or the platform's own."""
    async with parts.pool.acquire() as conn:
        return WebhookPage(items=[Webhook.of(row) for row in await query.rows(conn, owner.company_id)])


@router.get("/webhooks/{webhook_id}", responses=problem_responses(404))
async def webhook(webhook_id: Id, owner: OwnerDep, parts: PartsDep) -> Webhook:
    """One webhook, and how it does."""
    return await _shown(parts, owner, _id(webhook_id))


@router.patch("/webhooks/{webhook_id}", responses=problem_responses(404))
async def change(request: Request, webhook_id: Id, owner: OwnerDep, parts: PartsDep, body: ChangedWebhook) -> Webhook:
    """Changes a webhook, or switches it off or on. What waits when it is switched off is dead, and can be sent again
    when it is on."""
    url = None if body.url is None else await parts.check_url(body.url)
    events = known_events(body.events)

    def wanted(state: State) -> Wanted:
        return Wanted(
            url or state.url,
            events if "events" in body.model_fields_set else state.events,
            state.description if body.description is None else body.description.strip(),
        )

    row = await parts.webhooks.change(owner.company_id, _id(webhook_id), wanted, body.enabled, _context(request, owner))
    return Webhook.of(row)


@router.delete("/webhooks/{webhook_id}", status_code=204, response_class=Response, responses=problem_responses(404))
async def delete(request: Request, webhook_id: Id, owner: OwnerDep, parts: PartsDep) -> None:
    """Deletes a webhook, and all that is known of its deliveries."""
    await parts.webhooks.delete(owner.company_id, _id(webhook_id), _context(request, owner))


@router.put("/webhooks/{webhook_id}/secret", responses=problem_responses(404))
async def rotate(request: Request, webhook_id: Id, owner: OwnerDep, parts: PartsDep) -> NewSecret:
    """Gives it a new secret. For a while each delivery carries two signatures, so that the receiver can change over."""
    context = _context(request, owner)
    secret = await parts.webhooks.rotate(owner.company_id, _id(webhook_id), context)
    return NewSecret(secret=secret, previous_until=context.at + parts.webhooks.secrets.overlap)


@router.post("/webhooks/{webhook_id}/test", responses=problem_responses(404, 429))
async def test(request: Request, webhook_id: Id, owner: OwnerDep, parts: PartsDep) -> Delivery:
    """Sends it a test at once, an event `usher.WebhookTest.v1`, and tells what was answered. It is not repeated."""
    id_ = _id(webhook_id)
    parts.tests.take(str(id_))
    event_id = await parts.try_webhook.run(owner.company_id, id_, _context(request, owner))
    async with parts.pool.acquire() as conn:
        found = await deliveries.one(conn, id_, event_id)
    if found is None:
        raise NOT_FOUND()
    return Delivery.of(found[0])


@router.post("/webhooks/{webhook_id}/replay", status_code=202, responses=problem_responses(404, 409))
async def replay(request: Request, webhook_id: Id, owner: OwnerDep, parts: PartsDep, body: Since) -> Webhook:
    """Sends it once more what happened since a moment, as far back as the topics go. What happens meanwhile may arrive
    before: `sequence` says which of two events of a user is the newer."""
    id_ = _id(webhook_id)
    await parts.replay.ask(owner.company_id, id_, body.since, _context(request, owner))
    return await _shown(parts, owner, id_)


@router.get("/webhooks/{webhook_id}/deliveries", responses=problem_responses(404))
async def list_deliveries(
    webhook_id: Id,
    owner: OwnerDep,
    parts: PartsDep,
    state: Annotated[DeliveryState | None, Query(description="Only those that are so")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> DeliveryPage:
    """A webhook's deliveries, the newest first. One that was taken is kept for some days, a dead one for 30."""
    position = decode_cursor(cursor, int)
    id_ = _id(webhook_id)
    await _shown(parts, owner, id_)
    async with parts.pool.acquire() as conn:
        found = await deliveries.newest(conn, id_, state, position[0] if position else None, limit + 1)
    items, following = page_of(found, limit, lambda row: (row.place,))
    return DeliveryPage(items=[Delivery.of(row) for row in items], next_cursor=following)


@router.post("/webhooks/{webhook_id}/deliveries/retry", status_code=202, responses=problem_responses(404, 409))
async def retry_dead(webhook_id: Id, owner: OwnerDep, parts: PartsDep) -> SentAgain:
    """Sends all dead deliveries again, behind what waits."""
    return SentAgain(count=await parts.send_again.run(owner.company_id, _id(webhook_id), None))


@router.get("/webhooks/{webhook_id}/deliveries/{delivery_id}", responses=problem_responses(404))
async def delivery(webhook_id: Id, delivery_id: DeliveryId, owner: OwnerDep, parts: PartsDep) -> DeliveryWithBody:
    """One delivery, with what is sent."""
    id_ = _id(webhook_id)
    await _shown(parts, owner, id_)
    async with parts.pool.acquire() as conn:
        found = await deliveries.one(conn, id_, _id(delivery_id, DELIVERY_NOT_FOUND))
    if found is None:
        raise DELIVERY_NOT_FOUND()
    return DeliveryWithBody.with_body(*found)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry", status_code=202, responses=problem_responses(404, 409)
)
async def retry(webhook_id: Id, delivery_id: DeliveryId, owner: OwnerDep, parts: PartsDep) -> Delivery:
    """Sends one delivery again, behind what waits. One that waits already stays where it is."""
    id_, event_id = _id(webhook_id), _id(delivery_id, DELIVERY_NOT_FOUND)
    await parts.send_again.run(owner.company_id, id_, [event_id])
    async with parts.pool.acquire() as conn:
        found = await deliveries.one(conn, id_, event_id)
    if found is None:
        raise DELIVERY_NOT_FOUND()
    return Delivery.of(found[0])


async def _shown(parts: WebhookParts, owner: Owner, id_: UUID) -> Webhook:
    async with parts.pool.acquire() as conn:
        rows = await query.rows(conn, owner.company_id, id_)
    if not rows:
        raise NOT_FOUND()
    return Webhook.of(rows[0])


def _context(request: Request, owner: Owner) -> Context:
    return replace(new_context(request), company_id=None if owner.company_id is None else str(owner.company_id))


def _id(text: str, unknown: ProblemType = NOT_FOUND) -> UUID:
    """An id in a path. What is no UUID is as unknown as any other: 404."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown() from None
