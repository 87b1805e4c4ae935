"""Seats as they change, for whoever watches My Team."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from services.licensing.http.access import Parts, PlusAdmin
from services.licensing.http.bodies import Seats
from services.licensing.office import Office
from services.licensing.seats import query
from services.licensing.seats.projection import CHANNEL
from services.licensing.sentences import NO_COMPANY
from shared.auth import Principal
from shared.gated_route import gated_router
from shared.http import not_found
from shared.watch import watch

HEARTBEAT = 15
"""Seconds between the comments that keep a quiet stream open through proxies."""
_STUCK = 30.0
"""Seconds that a reader of a stream may take for one message before the stream is ended."""

router = gated_router("/api/v1", "team", 404)


@router.get("/seats")
async def seats(who: PlusAdmin, office: Parts) -> Seats:
    """Licenses purchased, occupied and available, and users by status: one consistent reading."""
    return await _read(office, who)


@router.get(
    "/seats/events",
    responses={200: {"description": "Events `seats`, each as `/seats`", "content": {"text/event-stream": {}}}},
    response_class=Response,
)
async def events(who: PlusAdmin, office: Parts) -> Response:
    """Server-sent events: the seats as they are, then at every change. It ends with the access token: open it again
    with a fresh one."""
    await _read(office, who)
    return EventSourceResponse(_messages(office, who), ping=HEARTBEAT, sep="\n", send_timeout=_STUCK)


async def _messages(office: Office, who: Principal) -> AsyncGenerator[ServerSentEvent]:
    changes = watch(office.listener, CHANNEL, who.company, lambda: _read(office, who), who.expires_at)
    # Closed here and now: else a listener that has gone would stay subscribed until the garbage collector comes by.
    async with aclosing(changes):
        async for seen in changes:
            yield ServerSentEvent(seen.model_dump_json(), event="seats")


async def _read(office: Office, who: Principal) -> Seats:
    found = await query.read(office.pool, UUID(who.company))
    if found is None:
        raise not_found(NO_COMPANY)
    return Seats(**{name: getattr(found, name) for name in Seats.model_fields})
