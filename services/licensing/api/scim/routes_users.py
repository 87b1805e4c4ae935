"""/Users: created, read, replaced, changed, deleted, searched."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace as replace_context
from typing import Any, TypeVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.licensing.api.disclosure_quota import asking
from services.licensing.api.parts import Parts, PartsDep
from services.licensing.api.refused_attempts import Attempt, attempting
from services.licensing.api.scim import documents
from services.licensing.api.scim.access import Directory, DirectoryDep
from services.licensing.api.scim.parameters import Search, search_of, wanted_attributes
from services.licensing.application.form_validation import holder
from services.licensing.application.scim.users import change_user, create_user, delete_user, replace_user
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Refused
from services.licensing.formats.scim.person import Said, Unreadable
from services.licensing.formats.scim.reading import read_changes, read_user
from services.licensing.messages import REFUSALS, SCIM_LICENSES, SCIM_NO_JSON, SCIM_UNKNOWN
from services.licensing.read_models.scim_users import query
from services.licensing.read_models.scim_users.query import ScimPage, ScimUser
from services.licensing.read_models.seats import query as seats
from services.licensing.read_models.team.query import looking
from shared.http.request_context import new_context
from shared.people.address import compare_form
from shared.people.origins import SCIM
from shared.people.profile import EMAIL
from shared.people.statuses import FACTS
from shared.people.text import clean_address

T = TypeVar("T")

router = APIRouter(prefix="/scim/v2", include_in_schema=False)
# SCIM documents itself: /ServiceProviderConfig, /ResourceTypes and /Schemas are what its clients read.


@router.post("/Users")
async def create(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """A new user: invited, or Active at once where the company wants that; who is Inactive is reactivated."""
    said = read_user(await body_of(request), who.models)
    about = await _outsiders(parts, who, said)
    user = await write(
        parts, who, attempt(request, who, "invite"), lambda uow: create_user(uow, said, who.actor), about
    )
    return documents.answer_user(who, user, 201, _wanted(request))


@router.get("/Users")
async def list_users(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """Users, filtered and sorted, a page of them."""
    return await _search(parts, who, search_of(dict(request.query_params), who))


@router.post("/Users/.search")
async def search_users(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """The same, asked in a body: filters hold addresses, which are better not in an address."""
    return await _search(parts, who, search_of(await object_of(request), who))


@router.get("/Users/{resource_id}")
async def read(request: Request, resource_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """One user."""
    async with looking(parts.pool) as conn:
        user = await query.one(conn, who.company_id, _id(resource_id))
    if user is None:
        raise SCIM_UNKNOWN(what="user")
    if versions(request, "if-none-match") & {user.version, "*"}:
        return Response(status_code=304, headers={"ETag": user.version})
    return documents.answer_user(who, user, wanted=_wanted(request))


@router.put("/Users/{resource_id}")
async def replace(request: Request, resource_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """The user as sent. What the directory has never said a value of stays as it is."""
    wanted, said = _id(resource_id), read_user(await body_of(request), who.models)
    known, about = _known(request), await _outsiders(parts, who, said, wanted)
    tried = attempt(request, who, _edit(said), wanted)
    user = await write(parts, who, tried, lambda uow: replace_user(uow, wanted, said, who.actor, known), about)
    return documents.answer_user(who, user, wanted=_wanted(request))


@router.patch("/Users/{resource_id}")
async def change(request: Request, resource_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """The user with these changes, all or none."""
    wanted, payload = _id(resource_id), await body_of(request)
    said, known = read_changes(payload, Said(), who.models), _known(request)
    tried, about = attempt(request, who, _edit(said), wanted), await _outsiders(parts, who, said, wanted)

    def read_payload(present: Said) -> Said:
        return read_changes(payload, present, who.models)

    user = await write(parts, who, tried, lambda uow: change_user(uow, wanted, read_payload, who.actor, known), about)
    return documents.answer_user(who, user, wanted=_wanted(request))


@router.delete("/Users/{resource_id}")
async def delete(request: Request, resource_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """The user has no license any more, and the resource is gone."""
    wanted, known = _id(resource_id), _known(request)
    tried = attempt(request, who, "deactivate", wanted)
    await write(parts, who, tried, lambda uow: delete_user(uow, wanted, who.actor, known))
    return Response(status_code=204)


async def find(parts: Parts, who: Directory, search: Search) -> ScimPage:
    """Those who are asked for."""
    async with looking(parts.pool) as conn:
        return await query.page(conn, who.company_id, search.condition, search.order, search.start - 1, search.count)


async def body_of(request: Request) -> Any:
    """The JSON that is sent. Raises Unreadable."""
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Unreadable("invalidSyntax", SCIM_NO_JSON) from None


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object that is sent. Raises Unreadable."""
    body = await body_of(request)
    if not isinstance(body, dict):
        raise Unreadable("invalidSyntax", SCIM_NO_JSON)
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON of strangers


async def _search(parts: Parts, who: Directory, search: Search) -> Response:
    page = await find(parts, who, search)
    found = [documents.user_document(who, user, search.wanted) for user in page.items]
    return documents.answer(documents.list_document(found, page.total, search.start))


def attempt(request: Request, who: Directory, action: str, user_id: UUID | None = None) -> Attempt:
    """What the directory tries, with whom where that is one user."""
    context = replace_context(new_context(request, origin=SCIM), company_id=who.company)
    return Attempt(who.company_id, who.actor, context, action, (user_id,) if user_id else ())


async def write(
    parts: Parts,
    who: Directory,
    tried: Attempt,
    command: Callable[[UnitOfWork], Awaitable[T]],
    about: Sequence[str] = (),
) -> T:
    """Runs a write of a directory. ``about``: whom its answer may tell something of (see disclosure_quota)."""
    async with parts.scim.writing(who.company_id), asking(parts, who, about):
        try:
            async with attempting(parts, tried):
                return await parts.commands.run(who.company_id, tried.context, command)
        except Refused as refused:
            if refused.code == "licenses_exceeded":
                raise await _no_license(parts, who) from None
            raise


async def _no_license(parts: Parts, who: Directory) -> Exception:
    known = await seats.read(parts.pool, who.company_id)
    detail = SCIM_LICENSES.format(purchased=f"{known.purchased:,}" if known else "")
    return REFUSALS["licenses_exceeded"](detail=detail)


def _edit(said: Said) -> str:
    """In an admin's words: a directory deactivates by a change."""
    return "deactivate" if said.active is False else "edit"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise SCIM_UNKNOWN(what="user") from None


def _wanted(request: Request) -> documents.Parameters:
    return wanted_attributes(dict(request.query_params))


def versions(request: Request, header: str) -> set[str]:
    """The versions that a header names."""
    return {version.strip() for version in request.headers.get(header, "").split(",") if version.strip()}


def _known(request: Request) -> Callable[[ScimUser], bool]:
    """Whether a resource is as the directory knows it, where it says how."""
    known = {version.removeprefix("W/") for version in versions(request, "if-match")}
    return lambda user: not known or "*" in known or user.version.removeprefix("W/") in known


async def _outsiders(parts: Parts, who: Directory, said: Said, resource_id: UUID | None = None) -> Sequence[str]:
    """Whom the answer may tell something of (see disclosure_quota): an address that is none of the company's own, and
    who comes back."""
    about = [str(resource_id)] if resource_id and said.active else []
    key = compare_form(clean_address(said.texts.get(EMAIL) or ""))
    if key:
        async with parts.reading() as conn:
            known = await holder(conn, who.company_id, key)
        about += [key] if known is None or not FACTS[known.status].is_live else []
    return about
