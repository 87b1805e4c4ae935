"""Who asks is known, and may, before what they send is read: 401 and 403 go before anything about the body.

FastAPI reads and decodes a body first, and solves dependencies afterwards. So a stranger with broken JSON would be told
about the JSON. A `authenticate_first_router` asks its routes' own dependencies on who is asking in time.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shared.http.auth import BEARER, RequiresPermission, RequiresScope, principal
from shared.http.openapi import problem_responses


class AuthenticateFirstRoute(APIRoute):
    """A route whose dependencies on `shared.http.auth` are met before its body is read."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The handler, behind its gates; the token is verified once."""
        handle = super().get_route_handler()
        asked = list(_calls(self.dependant))
        if principal not in asked:
            return handle
        gates = [call for call in asked if isinstance(call, RequiresPermission | RequiresScope)]

        async def gated(request: Request) -> Response:
            who = await principal(request)
            for gate in gates:
                await gate(request, who)
            return await handle(request)

        return gated


def authenticate_first_router(prefix: str, tag: str, *problems: int) -> APIRouter:
    """Routes for who brings an access token. problems: statuses that any of them may answer with, beside the 401 and
    403 of everybody."""
    return APIRouter(
        prefix=prefix,
        route_class=AuthenticateFirstRoute,
        dependencies=[Depends(BEARER)],
        responses=problem_responses(401, 403, *problems),
        tags=[tag],
    )


def _calls(dependant: Dependant) -> Generator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
