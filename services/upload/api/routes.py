"""The HTTP interface for programs: parse, name the action, answer. What it does is in the modules it calls."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.upload.api.dependencies import Core
from services.upload.api.downloads import XLSX
from services.upload.api.multipart import receive
from services.upload.read_models.batches.view import ENDED, Batch, BatchPage
from services.upload.read_models.rows.query import Filter, RowPage
from shared.http import standing
from shared.http.auth import Principal, RequiresPermission
from shared.http.authenticate_first import gated_router
from shared.http.idempotency import IdempotencyKey
from shared.http.openapi import file_response, problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from shared.http.request_context import new_context
from shared.http.sse import Reader, ServerSentEvent
from shared.people.access import MANAGE_USERS, NEEDS_MANAGE_USERS

BATCHES = "/api/v1/batches"

router = gated_router("/api/v1", "upload")


def core_of(request: Request) -> Core:
    """Dependency: the service's parts."""
    return request.app.state.core


Parts = Annotated[Core, Depends(core_of)]
Admin = Annotated[Principal, Depends(RequiresPermission(MANAGE_USERS, NEEDS_MANAGE_USERS))]


async def plus_admin(who: Admin, core: Parts) -> Principal:
    """Dependency: an admin of a company whose plan includes Usher; 403 otherwise."""
    await core.companies.require_plus(who.company)
    return who


async def still_in(who: Principal, core: Core) -> None:
    """Whether a PlusAdmin who was let in may go on being told: 403 `deactivated` or `plan_required`."""
    await standing.require(core.standing, who)
    await core.companies.require_plus(who.company)


PlusAdmin = Annotated[Principal, Depends(plus_admin)]


class Confirmation(BaseModel):
    """What was seen when it was confirmed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"review": 2}]})

    review: int | None = Field(None, ge=0, le=2**31 - 1, description="The number of the review that was seen.")


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "An .xlsx workbook."},
                        "replaces": {
                            "type": "string",
                            "format": "uuid",
                            "description": "Which batch it replaces.",
                        },
                    },
                }
            }
        },
    }
}
_WORKBOOK = file_response(XLSX, "The workbook")


@router.get("/template.xlsx", responses=_WORKBOOK, response_class=Response)
async def template(who: Admin, core: Parts) -> Response:
    """The company's template."""
    return await core.templates.workbook(who)


@router.post(
    "/batches", status_code=202, openapi_extra=_FORM, responses=problem_responses(404, 408, 409, 413, 415, 422, 429)
)
async def upload(
    request: Request, response: Response, who: PlusAdmin, core: Parts, key: IdempotencyKey = None
) -> Batch:
    """Takes a workbook in. What only reading finds is in the batch's `file_errors` later."""
    async with core.intake.slot(who), receive(request, core.settings) as form:
        batch = await core.intake.accept(
            who, new_context(request, who), form.required_file(), replaces=form.fields.get("replaces"), key=key
        )
    response.headers["Location"] = f"{BATCHES}/{batch.id}"
    return batch


@router.get("/batches")
async def batches(who: PlusAdmin, core: Parts, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> BatchPage:
    """The company's batches, newest first."""
    return await core.batches.page(who.company, limit, cursor)


@router.get("/batches/{batch_id}", responses=problem_responses(404))
async def batch(batch_id: UUID, who: PlusAdmin, core: Parts) -> Batch:
    """One batch as of now."""
    return await core.batches.get(who.company, batch_id)


@router.get("/batches/{batch_id}/rows", responses=problem_responses(404))
async def rows(
    batch_id: UUID,
    who: PlusAdmin,
    core: Parts,
    outcome: Annotated[Filter | None, Query(description="Only these; `warning`: rows that carry one.")] = None,
    code: Annotated[str | None, Query(max_length=100, description="Only rows with this error or warning.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Only rows with this text in them.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RowPage:
    """Rows of the present review, in the sheet's order; none before the file is validated."""
    return await core.rows.page(who.company, batch_id, outcome=outcome, code=code, q=q, limit=limit, cursor=cursor)


@router.get("/batches/{batch_id}/annotated.xlsx", responses=_WORKBOOK | problem_responses(404), response_class=Response)
async def annotated(batch_id: UUID, who: PlusAdmin, core: Parts) -> Response:
    """The uploaded workbook with its errors marked."""
    return await core.files.annotated(who.company, batch_id)


@router.get("/batches/{batch_id}/original.xlsx", responses=_WORKBOOK | problem_responses(404), response_class=Response)
async def original(batch_id: UUID, who: PlusAdmin, core: Parts) -> Response:
    """The file as uploaded."""
    return await core.files.original(who.company, batch_id)


@router.post("/batches/{batch_id}/confirm", status_code=202, responses=problem_responses(404, 409, 429))
async def confirm(
    request: Request,
    batch_id: UUID,
    who: PlusAdmin,
    core: Parts,
    seen: Confirmation | None = None,
    key: IdempotencyKey = None,
) -> Batch:
    """Does what the review says. Saying it twice is the same as once."""
    review = seen.review if seen else None
    return await core.actions.confirm(who, new_context(request, who), batch_id, review, key)


@router.post("/batches/{batch_id}/revalidate", status_code=202, responses=problem_responses(404, 409))
async def revalidate(
    request: Request, batch_id: UUID, who: PlusAdmin, core: Parts, key: IdempotencyKey = None
) -> Batch:
    """Checks the same file again, after licenses were bought or a user reactivated."""
    return await core.actions.revalidate(who, new_context(request, who), batch_id, key)


@router.post("/batches/{batch_id}/cancel", responses=problem_responses(404, 409))
async def cancel(request: Request, batch_id: UUID, who: PlusAdmin, core: Parts, key: IdempotencyKey = None) -> Batch:
    """Gives the batch up. Not possible once it is confirmed."""
    return await core.actions.cancel(who, new_context(request, who), batch_id, key)


@router.get(
    "/batches/{batch_id}/events",
    responses={
        200: {"description": "Events `batch`, each the batch as JSON", "content": {"text/event-stream": {}}},
        **problem_responses(404, 429),
    },
    response_class=Response,
)
async def events(batch_id: UUID, who: PlusAdmin, core: Parts) -> Response:
    """Server-sent events: the batch as it is, then at every change of its status or progress.

    It ends when the batch can change no more, when the caller may read it no longer, and with the access token: open it
    again with a fresh one. 429 where a token has ten open, or a company a hundred."""
    await core.batches.get(who.company, batch_id)
    reader = Reader.of(who, lambda: still_in(who, core))
    return await core.streams.answer(reader, _messages(core, who, batch_id))


async def _messages(core: Core, who: Principal, batch_id: UUID) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(core.changes.watch(who.company, batch_id)) as states:
        async for batch in states:
            yield ServerSentEvent(batch.model_dump_json(), event="batch")
            if batch.status in ENDED:
                return
