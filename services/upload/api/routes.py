"""The HTTP interface for programs: parse, name the action, answer. What it does is in the modules it calls."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from services.upload.api.batch_filters import Among
from services.upload.api.bodies import (
    Approve,
    ColumnsChosen,
    Confirmation,
    CorrectionChanges,
    Decline,
    InvitationWords,
    MappingsToRemember,
    SampleSent,
    SampleWanted,
    SeenReview,
)
from services.upload.api.dependencies import Admin, PlusAdmin, Service, still_allowed
from services.upload.api.downloads import XLSX
from services.upload.api.service import UploadService
from services.upload.domain.batch.choice import ANY_REQUEST, AS_IT_IS
from services.upload.formats.shown_mail import ShownMails
from services.upload.read_models.batches.view import ENDED, Batch, BatchPage
from services.upload.read_models.columns.view import ColumnMappings, SheetColumns
from services.upload.read_models.corrections.view import Corrections
from services.upload.read_models.rows.problems import GroupBy, ProblemPage
from services.upload.read_models.rows.view import RowFilter, RowPage
from shared.http.auth import Principal
from shared.http.authenticate_first import authenticate_first_router
from shared.http.idempotency import IdempotencyKey
from shared.http.openapi import file_response, problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from shared.http.sse import Reader, ServerSentEvent

BATCHES = "/api/v1/batches"
CORRECTIONS = "/corrections"
CORRECTIONS_BYTES = 8 << 20
"""What a body may hold that corrects: as many cells as a draft may have, each with the longest value of a field, or
every row of the largest file."""

router = authenticate_first_router("/api/v1", "upload")


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "An .xlsx workbook, or a text with values (csv).",
                        },
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
async def template(who: Admin, service: Service) -> Response:
    """The company's template."""
    return await service.template(who)


@router.post(
    "/batches", status_code=202, openapi_extra=_FORM, responses=problem_responses(404, 408, 409, 413, 415, 422, 429)
)
async def upload(
    request: Request, response: Response, who: PlusAdmin, service: Service, key: IdempotencyKey = None
) -> Batch:
    """Takes a workbook in. What only reading finds is in the batch's `file_errors` later."""
    batch = await service.upload(request, who, lambda _: key)
    response.headers["Location"] = f"{BATCHES}/{batch.id}"
    return batch


@router.get("/batches", responses=problem_responses(422))
async def batches(
    who: PlusAdmin, service: Service, among: Among, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> BatchPage:
    """The company's batches, newest first: all, or those that the filters leave."""
    return await service.batches(who, cursor, limit, among)


@router.get("/batches/{batch_id}", responses=problem_responses(404))
async def batch(batch_id: UUID, who: PlusAdmin, service: Service) -> Batch:
    """One batch as of now."""
    return await service.batch(who, batch_id)


@router.get("/batches/{batch_id}/rows", responses=problem_responses(404))
async def rows(
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    outcome: Annotated[RowFilter | None, Query(description="Only these; `warning`: rows that carry one.")] = None,
    code: Annotated[str | None, Query(max_length=100, description="Only rows with this error or warning.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Only rows with this text in them.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RowPage:
    """Rows of the present review, in the sheet's order; none before the file is validated. Those of an undo are found
    by why something is kept, too, as their `code`."""
    return await service.row_page(who, batch_id, outcome=outcome, code=code, q=q, limit=limit, cursor=cursor)


@router.get("/batches/{batch_id}/annotated.xlsx", responses=_WORKBOOK | problem_responses(404), response_class=Response)
async def annotated(batch_id: UUID, who: PlusAdmin, service: Service) -> Response:
    """The uploaded workbook with its errors marked."""
    return await service.annotated(who, batch_id)


@router.get("/batches/{batch_id}/original.xlsx", responses=_WORKBOOK | problem_responses(404), response_class=Response)
async def original(batch_id: UUID, who: PlusAdmin, service: Service) -> Response:
    """The file as uploaded."""
    return await service.original(who, batch_id)


@router.post("/batches/{batch_id}/confirm", status_code=202, responses=problem_responses(404, 409, 422, 429))
async def confirm(
    request: Request,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    seen: Confirmation | None = None,
    key: IdempotencyKey = None,
) -> Batch:
    """Does what the review says. Saying it twice is the same as once: what the first said counts. Where the company
    wants so many invitations and changes approved by another admin, the batch is `awaiting_approval` then, and nothing
    of it is done yet."""
    return await service.confirm(request, who, batch_id, seen.choice() if seen else AS_IT_IS, key)


@router.post("/batches/{batch_id}/invitation/preview", responses=problem_responses(404, 409, 422))
async def preview_invitation(
    batch_id: UUID, who: PlusAdmin, service: Service, words: InvitationWords | None = None
) -> ShownMails:
    """How the invitation will look: as the first person whom the batch invites would get it. Nothing is sent."""
    return ShownMails(items=list(await service.preview_invitation(who, batch_id, words.message if words else None)))


@router.post("/batches/{batch_id}/invitation/sample", status_code=202, responses=problem_responses(404, 409, 422, 429))
async def send_sample(
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    wanted: SampleWanted | None = None,
    key: IdempotencyKey = None,
) -> SampleSent:
    """Sends the caller, at the address of their token, a sample of the invitation. Nobody else can be sent one."""
    wanted = wanted or SampleWanted()
    return SampleSent(to=await service.send_sample(who, batch_id, wanted.message, wanted.variant, key))


@router.post("/batches/{batch_id}/approve", status_code=202, responses=problem_responses(404, 409, 429))
async def approve(
    request: Request,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    body: Approve | None = None,
    key: IdempotencyKey = None,
) -> Batch:
    """Does what another admin has confirmed. Saying it twice is the same as once. 403 `own_batch` for who confirmed."""
    return await service.approve(request, who, batch_id, body.seen() if body else ANY_REQUEST, key)


@router.post("/batches/{batch_id}/decline", responses=problem_responses(404, 409))
async def decline(
    request: Request,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    said: Decline | None = None,
    key: IdempotencyKey = None,
) -> Batch:
    """Sends a batch that waits for an approval back to its review. Who confirmed it takes it back so."""
    said = said or Decline()
    return await service.decline(request, who, batch_id, said.comment, said.asked_at, key)


@router.post("/batches/{batch_id}/revalidate", status_code=202, responses=problem_responses(404, 409))
async def revalidate(
    request: Request, batch_id: UUID, who: PlusAdmin, service: Service, key: IdempotencyKey = None
) -> Batch:
    """Checks the same file again, after licenses were bought or a user reactivated."""
    return await service.revalidate(request, who, batch_id, key)


@router.post("/batches/{batch_id}/cancel", responses=problem_responses(404, 409))
async def cancel(
    request: Request, batch_id: UUID, who: PlusAdmin, service: Service, key: IdempotencyKey = None
) -> Batch:
    """Gives the batch up. Not possible once it is confirmed."""
    return await service.cancel(request, who, batch_id, key)


@router.post("/batches/{batch_id}/undo", status_code=202, responses=problem_responses(404, 409, 410, 422))
async def undo(
    request: Request,
    response: Response,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    key: IdempotencyKey = None,
) -> Batch:
    """Makes a batch that undoes a completed one. Nothing happens before that is reviewed and confirmed: then who has
    not joined yet is not invited any more, and what is still as the batch left it is as it was before."""
    batch = await service.undo(request, who, batch_id, key)
    response.headers["Location"] = f"{BATCHES}/{batch.id}"
    return batch


@router.get("/batches/{batch_id}/columns", responses=problem_responses(404))
async def columns(batch_id: UUID, who: PlusAdmin, service: Service) -> SheetColumns:
    """What the columns of the file are: what each is read as, how that is known, what else it may be. None before the
    file is checked, and where it cannot be read."""
    return await service.columns(who, batch_id)


@router.post("/batches/{batch_id}/columns", status_code=202, responses=problem_responses(404, 409, 422))
async def choose_columns(
    request: Request,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    chosen: ColumnsChosen,
    key: IdempotencyKey = None,
) -> Batch:
    """Says what columns are, each by its header, and has the file checked anew: `null` for one that is not to be
    read."""
    return await service.choose_columns(request, who, batch_id, chosen.choice(), key)


@router.get("/column-mappings")
async def column_mappings(who: PlusAdmin, service: Service) -> ColumnMappings:
    """What the company remembers of columns, and uses for files with such headers."""
    return await service.column_mappings(who)


@router.put("/column-mappings", responses=problem_responses(422))
async def replace_column_mappings(
    request: Request, who: PlusAdmin, service: Service, mappings: MappingsToRemember
) -> ColumnMappings:
    """Remembers this and nothing else."""
    return await service.replace_column_mappings(request, who, mappings.columns)


@router.delete("/column-mappings", status_code=204)
async def forget_column_mappings(request: Request, who: PlusAdmin, service: Service) -> None:
    """Forgets all of it."""
    await service.forget_column_mappings(request, who)


@router.post("/batches/{batch_id}/tidy-away", responses=problem_responses(404, 409))
async def tidy_away(request: Request, batch_id: UUID, who: PlusAdmin, service: Service) -> Batch:
    """Marks a batch that is over, or needs a correction, as tidied away: `?tidied=false` leaves it out of the list. The
    mark goes when something happens to the batch."""
    return await service.tidy_away(request, who, batch_id)


@router.post("/batches/{batch_id}/show-again", responses=problem_responses(404))
async def show_again(request: Request, batch_id: UUID, who: PlusAdmin, service: Service) -> Batch:
    """Takes that mark off."""
    return await service.show_again(request, who, batch_id)


@router.get("/batches/{batch_id}/problems", responses=problem_responses(404))
async def problems(
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    by: Annotated[GroupBy, Query(description="What those have in common that are one group.")] = "value",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ProblemPage:
    """The errors of the present review in groups, those of most rows first."""
    return await service.problems(who, batch_id, by, limit, cursor)


@router.get("/batches/{batch_id}/corrections", responses=problem_responses(404))
async def corrections(batch_id: UUID, who: PlusAdmin, service: Service) -> Corrections:
    """The draft in which the batch is corrected."""
    return await service.corrections(who, batch_id)


@router.patch("/batches/{batch_id}/corrections", responses=problem_responses(404, 409, 422))
async def correct(
    request: Request, batch_id: UUID, who: PlusAdmin, service: Service, changes: CorrectionChanges
) -> Corrections:
    """Corrects cells, replaces values, accepts suggestions, leaves out rows. Answers with the draft, each cell with
    what is wrong with its new value. Nothing of the batch changes until the draft is applied."""
    await service.correct(request, who, batch_id, changes.wanted())
    return await service.corrections(who, batch_id)


@router.delete("/batches/{batch_id}/corrections", status_code=204, responses=problem_responses(404, 409))
async def forget_corrections(request: Request, batch_id: UUID, who: PlusAdmin, service: Service) -> None:
    """Forgets the draft."""
    await service.forget_corrections(request, who, batch_id)


@router.post("/batches/{batch_id}/corrections/apply", status_code=202, responses=problem_responses(404, 409, 422, 429))
async def apply_corrections(
    request: Request,
    response: Response,
    batch_id: UUID,
    who: PlusAdmin,
    service: Service,
    seen: SeenReview | None = None,
    key: IdempotencyKey = None,
) -> Batch:
    """Makes the corrected workbook the next batch, which replaces this one and is validated."""
    batch = await service.apply_corrections(request, who, batch_id, seen.review if seen else None, key)
    response.headers["Location"] = f"{BATCHES}/{batch.id}"
    return batch


@router.get("/batches/{batch_id}/left-out.xlsx", responses=_WORKBOOK | problem_responses(404), response_class=Response)
async def left_out(batch_id: UUID, who: PlusAdmin, service: Service) -> Response:
    """The rows that corrections left out, in a workbook like the uploaded one."""
    return await service.left_out(who, batch_id)


@router.get(
    "/batches/{batch_id}/events",
    responses={
        200: {"description": "Events `batch`, each the batch as JSON", "content": {"text/event-stream": {}}},
        **problem_responses(404, 429),
    },
    response_class=Response,
)
async def events(batch_id: UUID, who: PlusAdmin, service: Service) -> Response:
    """Server-sent events: the batch as it is, then at every change of its status or progress.

    It ends when the batch can change no more, when the caller may read it no longer, and with the access token: open it
    again with a fresh one. 429 where a token has ten open, or a company a hundred."""
    await service.batch(who, batch_id)
    reader = Reader.of(who, lambda: still_allowed(who, service))
    return await service.streams.answer(reader, _messages(service, who, batch_id))


async def _messages(service: UploadService, who: Principal, batch_id: UUID) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(service.watch(who, batch_id)) as states:
        async for batch in states:
            yield ServerSentEvent(batch.model_dump_json(), event="batch")
            if batch.status in ENDED:
                return
