"""What the company has bought, and asking for more."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.licensing.api.access import AccessReader, Platform, PlusAdmin, actor, id_of
from services.licensing.api.parts import Parts, PartsDep
from services.licensing.application.request_seats import answer_request, request_seats
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.seat_request.commands import AnswerRequest
from services.licensing.domain.seat_request.events import Answer, WantedSeats
from services.licensing.messages import NO_COMPANY, REFUSALS
from services.licensing.read_models.access import query as access_query
from services.licensing.read_models.access.query import Access
from services.licensing.read_models.known_batches.query import is_known
from services.licensing.read_models.seat_requests import query
from services.licensing.read_models.seat_requests.query import SeatRequest
from shared.http import idempotency
from shared.http.auth import Principal
from shared.http.authenticate_first import authenticate_first_router
from shared.http.idempotency import Call, IdempotencyKey
from shared.http.openapi import problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from shared.http.request_context import new_context
from shared.people.origins import FORM, PLATFORM
from shared.people.text import clean, has_illegal

router = authenticate_first_router("/api/v1", "access", 404)

MAX_TEXT = 1_000
"""Characters of a note, and of a comment."""
MAX_LICENSES, MAX_METHODOLOGIES = 10_000_000, 50
"""The most that a company may have, and so may ask for."""


def _line(value: str) -> str | None:
    value = clean(value)
    if has_illegal(value):
        raise ValueError("it has hidden control characters")
    return value or None


Line = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_line)]
MethodologyId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Seats = Annotated[int, Field(ge=1, le=MAX_LICENSES)]


class SeatsWanted(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"licenses": 12, "note": "For the team in Lyon, who begin in January."}]},
    )

    licenses: int = Field(0, ge=0, le=MAX_LICENSES, description="How many more licenses")
    methodologies: dict[MethodologyId, Seats] = Field(
        default_factory=dict,
        max_length=MAX_METHODOLOGIES,
        description="How many more seats of which methodology, by its id",
    )
    note: Line | None = Field(None, description="What is said to it: one line")
    batch_id: str | None = Field(
        None, description="The batch that needs them: it is checked again by itself once they are there"
    )


class Requested(BaseModel):
    """A request that was taken in."""

    id: UUID
    state: Literal["open"] = "open"
    mailed: int = Field(description="How many people are sent a mail: those who may authorize purchases")


class RequestAnswer(BaseModel):
    """What came of a request."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"state": "granted", "comment": "They are on the invoice of December."}]},
    )

    state: Answer
    comment: Line | None = None


class SeatRequestPage(Page[SeatRequest]):
    """What the company's admins have asked for, newest first."""


@router.get("/access")
async def read_access(who: AccessReader, parts: PartsDep) -> Access:
    """What the company has bought and what of it is left: for how long, who may buy more and what was asked for too, in
    one consistent reading. Also for who may authorize purchases."""
    found = await access_query.read(parts.pool, UUID(who.company))
    if found is None:
        raise NO_COMPANY()
    return found


@router.get("/access/requests")
async def list_requests(
    who: AccessReader, parts: PartsDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SeatRequestPage:
    """What the company's admins have asked for, newest first. Also for who may authorize purchases."""
    found = await query.page(parts.pool, UUID(who.company), limit, cursor)
    return SeatRequestPage(items=found.items, next_cursor=found.next_cursor)


@router.post("/access/requests", status_code=201, response_model=Requested, responses=problem_responses(409))
async def ask_for_more(
    request: Request, body: SeatsWanted, who: PlusAdmin, parts: PartsDep, key: IdempotencyKey = None
) -> Response:
    """Asks for more licenses and seats. Who may authorize purchases is sent a mail; where nobody may, it is recorded
    all the same, and ``mailed`` is 0."""
    batch_id = None if body.batch_id is None else id_of(body.batch_id, REFUSALS["batch_unknown"])
    wanted = WantedSeats(body.licenses, body.methodologies)
    call = Call(
        who.company,
        "POST /api/v1/access/requests",
        key,
        idempotency.fingerprint(body.model_dump_json(exclude_unset=True)),
    )
    if batch_id is not None:
        await _await_batch(parts, who, batch_id)

    async def command(uow: UnitOfWork) -> idempotency.Answer:
        asked = await request_seats(uow, wanted, body.note, batch_id, actor(who))
        answer = Requested(id=asked.request_id, mailed=len(asked.purchasers))
        return idempotency.Answer(201, body=answer.model_dump_json().encode())

    return (
        await parts.commands.run_once(UUID(who.company), new_context(request, who, origin=FORM), call, command)
    ).response()


@router.put("/companies/{company_id}/requests/{request_id}", tags=["provisioning"], responses=problem_responses(409))
async def answer(
    request: Request, company_id: str, request_id: str, body: RequestAnswer, _: Platform, parts: PartsDep
) -> SeatRequest:
    """The billing side's answer, once; the same again changes nothing. Who asked is sent a mail. What was bought, the
    company's settings say."""
    company, wanted = id_of(company_id, NO_COMPANY), id_of(request_id, REFUSALS["request_unknown"])

    async def work(uow: UnitOfWork) -> SeatRequest:
        await answer_request(uow, wanted, AnswerRequest(body.state, body.comment))
        found = await query.one(uow.conn, company, wanted)
        assert found is not None, "what was answered is there"
        return found

    return await parts.commands.run(company, new_context(request, origin=PLATFORM), work)


async def _await_batch(parts: Parts, who: Principal, batch_id: UUID) -> None:
    """Where the batch is not known yet: what upload has answered is waited for before anybody is told that there is no
    such batch."""
    if not await is_known(parts.pool, UUID(who.company), batch_id):
        await parts.catch_up(who.company)
