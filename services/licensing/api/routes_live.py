"""Seats as they change, for whoever watches My Team."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from starlette.responses import Response

from services.licensing.api.access import PlusAdmin, still_in
from services.licensing.api.parts import PartsDep
from services.licensing.messages import NO_COMPANY
from services.licensing.read_models.seats import query
from services.licensing.read_models.seats.projection import CHANNEL
from services.licensing.read_models.seats.query import Seats
from shared.http.auth import Principal
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.sse import Reader, ServerSentEvent
from shared.postgres.change_feed import watch

router = authenticate_first_router("/api/v1", "team", 404)


@router.get("/seats")
async def seats(who: PlusAdmin, parts: PartsDep) -> Seats:
    """Licenses purchased, occupied and available, and users by status: one consistent reading."""
    return await _read(parts, who)


@router.get(
    "/seats/events",
    responses={
        200: {"description": "Events `seats`, each as `/seats`", "content": {"text/event-stream": {}}},
        **problem_responses(429),
    },
    response_class=Response,
)
async def events(who: PlusAdmin, parts: PartsDep) -> Response:
    """Server-sent events: the seats as they are, then at every change. It ends when the caller may read it no longer,
    and with the access token: open it again with a fresh one. 429 where a token has ten open, or a company a
    hundred."""
    await _read(parts, who)
    return await parts.streams.answer(Reader.of(who, lambda: still_in(who, parts)), _messages(parts, who))


async def _messages(parts: PartsDep, who: Principal) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(watch(parts.listener, CHANNEL, lambda: _read(parts, who), who.company)) as changes:
        async for seen in changes:
            yield ServerSentEvent(seen.model_dump_json(), event="seats")


async def _read(parts: PartsDep, who: Principal) -> Seats:
    found = await query.read(parts.pool, UUID(who.company))
    if found is None:
        raise NO_COMPANY()
    return found
