"""From a refusal to its answer."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from services.notification.domain.refusals import Refused
from services.notification.messages import BUSY, REFUSALS
from shared.eventsourcing.event_store import VersionConflict
from shared.http.problems import unavailable


def install(app: FastAPI) -> None:
    """Makes each refusal a problem document."""
    app.add_exception_handler(Refused, _answer)
    app.add_exception_handler(VersionConflict, _answer)


async def _answer(_: Request, refused: Exception) -> Response:
    if isinstance(refused, Refused):
        kind, facts = REFUSALS[refused.code], dict(refused.facts)
        return kind(extra=facts, detail=kind.detail.format(**facts)).response()
    return unavailable(BUSY).response()
