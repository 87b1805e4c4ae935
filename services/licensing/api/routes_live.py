"""Seats as they change, for whoever watches My Team."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from starlette.responses import Response

from services.licensing.api.access import Parts, PlusAdmin, still_in
from services.licensing.api.bodies import Seats
from services.licensing.application.command_bus import Office
from services.licensing.messages import NO_COMPANY
from services.licensing.read_models.seats import query
from services.licensing.read_models.seats.projection import CHANNEL
from shared.http.auth import Principal
from shared.http.authenticate_first import gated_router
from shared.http.openapi import problem_responses
from shared.http.problems import not_found
from shared.http.sse import Reader, ServerSentEvent
from shared.postgres.change_feed import watch

router = gated_router("/api/v1", "team", 404)


@router.get("/seats")
async def seats(who: PlusAdmin, office: Parts) -> Seats:
    """Licenses purchased, occupied and available, and users by status: one consistent reading."""
    return await _read(office, who)


@router.get(
    "/seats/events",
    responses={
        200: {"description": "Events `seats`, each as `/seats`", "content": {"text/event-stream": {}}},
        **problem_responses(429),
    },
    response_class=Response,
)
async def events(who: PlusAdmin, office: Parts) -> Response:
    """Server-sent events: the seats as they are, then at every change. It ends when the caller may read it no longer,
    and with the access token: open it again with a fresh one. 429 where a token has ten open, or a company a
    hundred."""
    await _read(office, who)
    return await office.streams.answer(Reader.of(who, lambda: still_in(who, office)), _messages(office, who))


async def _messages(office: Office, who: Principal) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(watch(office.listener, CHANNEL, lambda: _read(office, who), who.company)) as changes:
        async for seen in changes:
            yield ServerSentEvent(seen.model_dump_json(), event="seats")


async def _read(office: Office, who: Principal) -> Seats:
    found = await query.read(office.pool, UUID(who.company))
    if found is None:
        raise not_found(NO_COMPANY)
    return Seats(**{name: getattr(found, name) for name in Seats.model_fields})
