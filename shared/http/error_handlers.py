"""HTTP as all services speak it: every error is a problem document, and OpenAPI says so."""

from collections.abc import Sequence

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http import audit
from shared.http.openapi import documented
from shared.http.problem_types import BODY_INCOMPLETE, NOT_NOW, NOT_UNDERSTOOD, UNEXPECTED, UNSTORABLE
from shared.http.problems import Problem, of_status, unavailable

log = structlog.stdlib.get_logger(__name__)

_DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    # A server that has become a standby, and one whose disk fails or is gone.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    ConnectionError,
    TimeoutError,
)


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document, and its OpenAPI document say so."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, _answer_unstorable)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    for kind in _DATABASE_AWAY:
        app.add_exception_handler(kind, _answer_away)
    app.openapi = documented(app, app.openapi)


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return audit.answered(error).response()


async def _answer_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return of_status(error.status_code, error.detail, error.headers).response()


async def _answer_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = [{"where": _place(each["loc"]), "message": str(each["msg"])} for each in error.errors()]
    first = places[0] if places else {"where": "the request", "message": "it does not have the expected form"}
    more = f" (and {len(places) - 1} more, see `places`)" if len(places) > 1 else ""
    detail = f"{first['where']}: {first['message']}{more}."
    return NOT_UNDERSTOOD(detail=detail, extra={"places": places}).response()


async def _answer_unstorable(_: Request, error: Exception) -> Response:
    # A NUL in a text is JSON, but no text to PostgreSQL.
    log.info("unstorable_character", error=type(error).__name__)
    return UNSTORABLE().response()


async def _answer_nobody(_: Request, __: Exception) -> Response:
    # For the log and the measures: who sent the request has left, or took too long.
    return BODY_INCOMPLETE().response()


async def _answer_away(_: Request, error: Exception) -> Response:
    if isinstance(error, ValueError):
        # asyncpg's InterfaceError is also what it calls an argument that the database could not take.
        raise error
    log.warning("dependency_away", error=type(error).__name__, exc_info=error)
    return unavailable(NOT_NOW).response()


class UnexpectedErrorMiddleware:
    """ASGI middleware: what nobody foresaw is logged and answered as a 500 that tells nothing of the inside.

    A handler for Exception would run outside of all middleware: without the request's id, and uvicorn would log the
    error once more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer in the place of what failed, unless it had begun to answer."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if _LONE_SURROGATE in str(error) and not begun:
                await UNSTORABLE().response()(scope, receive, send)
                return
            log.error("request_failed", error=type(error).__name__, exc_info=error)
            if begun:
                raise
            await UNEXPECTED().response()(scope, receive, send)


_LONE_SURROGATE = "surrogates not allowed"
"""How Python, orjson, pydantic and asyncpg alike say that a text is none: JSON can spell half a character."""


def _place(location: Sequence[int | str]) -> str:
    """("body", "user_ids", 3) → body.user_ids[3]"""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the request"
