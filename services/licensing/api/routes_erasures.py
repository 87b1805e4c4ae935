"""Forgetting somebody: asked for by an admin for who has left their company, by the platform for anybody."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.licensing.api.access import actor, id_of, plus_admin, require_admin
from services.licensing.api.parts import PartsDep
from services.licensing.application.request_erasure import Asked, request_erasure
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.messages import NO_ADDRESS, REFUSALS
from services.licensing.read_models.erasures import query
from services.licensing.read_models.erasures.query import Erasure
from shared.erasure.person import EVERYWHERE
from shared.http.auth import Principal, SignedIn
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from shared.http.request_context import new_context
from shared.people.access import PLATFORM_SCOPE
from shared.people.address import parse
from shared.people.origins import FORM, PLATFORM
from shared.people.text import clean, clean_address, has_illegal
from shared.postgres import row_security

router = authenticate_first_router("/api/v1/erasures", "erasures", 404)
MAX_REASON = 500
NO_ERASURE = REFUSALS["erasure_unknown"]


def _line(value: str) -> str:
    value = clean(value)
    if has_illegal(value):
        raise ValueError("it has hidden control characters")
    return value


class ErasureBody(BaseModel):
    """Who is to be forgotten, and why: by their address, or by the id that they have as a user."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"email": "yusuf.demir@northwind.example", "reason": "Asked for by letter."}]},
    )

    email: str | None = Field(None, max_length=320, description="An e-mail address")
    user_id: str | None = Field(None, max_length=100, description="A user’s id")
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON), AfterValidator(_line)] = Field(
        description="One line, which is kept; the person’s names and addresses are taken out of it"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.email is None) == (self.user_id is None):
            raise ValueError("name the person by `email` or by `user_id`, not by both")
        return self


class ErasurePage(Page[Erasure]):
    """Who was to be forgotten, newest first."""


async def eraser(request: Request, who: SignedIn, parts: PartsDep) -> Principal:
    """Dependency: the platform, or an admin of a company whose plan includes Usher."""
    if PLATFORM_SCOPE in who.scopes:
        row_security.bind(row_security.EVERYBODY)
        return who
    return await plus_admin(await require_admin(request, who), parts)


Eraser = Annotated[Principal, Depends(eraser)]


def _company(who: Principal) -> UUID | None:
    return None if PLATFORM_SCOPE in who.scopes else UUID(who.company)


@router.post("", status_code=202, responses=problem_responses(409))
async def ask(request: Request, answer: Response, body: ErasureBody, who: Eraser, parts: PartsDep) -> Erasure:
    """Asks that somebody is forgotten, in all services and within 24 hours; it can't be taken back. Admins can for who
    is Inactive in their company or whose invitation was cancelled; the platform for anybody who is no user, also who
    was only ever a row of a file. Who is a user still: 409 `still_member`. The same again is answered with what there
    is."""
    company_id = _company(who)
    address = None if body.email is None else parse(clean_address(body.email))
    if body.email is not None and address is None:
        raise NO_ADDRESS()
    user_id = None if body.user_id is None else id_of(body.user_id, REFUSALS["nobody_to_erase"])
    by = None if company_id is None else actor(who)
    context = new_context(request, None if company_id is None else who, origin=PLATFORM if by is None else FORM)
    asked = Asked(address, user_id, body.reason, company_id, by)
    bus = parts.commands

    async def command(uow: UnitOfWork) -> Erasure:
        erasure_id = await request_erasure(uow.tx, asked, parts.digests, uow)
        found = await query.one(uow.conn, company_id, erasure_id)
        assert found is not None, "what was asked for is there"
        return found

    found = await bus.run_in_transaction(
        lambda tx: command(UnitOfWork(tx, company_id or EVERYWHERE, context, bus.policy, bus.permissions_from))
    )
    answer.headers["Location"] = f"/api/v1/erasures/{found.id}"
    return found


@router.get("")
async def erasures(who: Eraser, parts: PartsDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> ErasurePage:
    """Who was to be forgotten, newest first: an admin's own company's, or all."""
    found = await query.page(parts.pool, _company(who), limit, cursor)
    return ErasurePage(items=found.items, next_cursor=found.next_cursor)


@router.get("/{erasure_id}")
async def one(erasure_id: str, who: Eraser, parts: PartsDep) -> Erasure:
    """What is done of it where."""
    found = await query.one(parts.pool, _company(who), id_of(erasure_id, NO_ERASURE))
    if found is None:
        raise NO_ERASURE()
    return found
