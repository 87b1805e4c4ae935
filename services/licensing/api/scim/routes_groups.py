"""/Groups: one for each methodology of the company; its members are who has a seat."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from scim2_models import Context, SCIMException, ScimFilter
from starlette.responses import Response

from services.licensing.api.parts import Parts, PartsDep
from services.licensing.api.scim import documents
from services.licensing.api.scim.access import Directory, DirectoryDep
from services.licensing.api.scim.parameters import numbers_of, wanted_attributes
from services.licensing.api.scim.routes_users import attempt, body_of, object_of, versions, write
from services.licensing.application.scim.groups import change_members
from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.formats.scim.group import read_member_changes, read_members
from services.licensing.formats.scim.person import Unreadable
from services.licensing.formats.scim.resources import GROUP, Group
from services.licensing.messages import SCIM_GROUP_EXISTS, SCIM_GROUPS_ARE_GIVEN, SCIM_UNKNOWN
from services.licensing.read_models.scim_users.groups import members
from services.licensing.read_models.team.query import looking
from shared.people.text import fold

router = APIRouter(prefix="/scim/v2", include_in_schema=False)


@router.get("/Groups")
async def list_groups(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """The methodologies, filtered."""
    return await _search(parts, who, dict(request.query_params))


@router.post("/Groups/.search")
async def search_groups(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """The same, asked in a body."""
    return await _search(parts, who, await object_of(request))


@router.post("/Groups")
async def create(request: Request, who: DirectoryDep) -> Response:
    """None is made here: a directory that pushes a group of a methodology's name is to link that."""
    name = (await object_of(request)).get("displayName")
    if isinstance(name, str) and any(fold(name) in (fold(m.name), fold(m.id)) for m in who.settings.methodologies):
        raise SCIM_GROUP_EXISTS()
    raise SCIM_GROUPS_ARE_GIVEN()


@router.get("/Groups/{group_id}")
async def read(request: Request, group_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """One of them."""
    return await _answer(request, parts, who, _methodology(who, group_id))


@router.put("/Groups/{group_id}")
async def replace(request: Request, group_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """These and nobody else are its members."""
    methodology, wanted = _methodology(who, group_id), read_members(await body_of(request))
    await _change(request, parts, who, methodology, lambda _: wanted)
    return await _answer(request, parts, who, methodology)


@router.patch("/Groups/{group_id}")
async def change(request: Request, group_id: str, who: DirectoryDep, parts: PartsDep) -> Response:
    """Members come and go."""
    methodology, payload = _methodology(who, group_id), await body_of(request)
    await _change(request, parts, who, methodology, lambda present: read_member_changes(payload, present))
    return await _answer(request, parts, who, methodology)


@router.delete("/Groups/{group_id}")
async def delete(group_id: str, who: DirectoryDep) -> Response:
    """None is deleted here."""
    _methodology(who, group_id)
    raise SCIM_GROUPS_ARE_GIVEN()


async def _change(
    request: Request,
    parts: Parts,
    who: Directory,
    methodology: Methodology,
    wanted: Callable[[Collection[UUID]], Collection[UUID]],
) -> None:
    known = versions(request, "if-match")

    def is_known(present: Sequence[UUID]) -> bool:
        return not known or "*" in known or _version(methodology, present) in known

    tried = attempt(request, who, "change_group")
    await write(parts, who, tried, lambda uow: change_members(uow, methodology.id, wanted, who.actor, is_known))


async def _search(parts: Parts, who: Directory, given: dict[str, Any]) -> Response:
    wanted, (start, count) = wanted_attributes(given), numbers_of(given)
    groups = [await _group(parts, who, each) for each in who.settings.methodologies]
    text = given.get("filter")
    if isinstance(text, str) and text.strip():
        try:
            asked = ScimFilter[Group](text)
            groups = [group for group in groups if asked.match(group)]
        except SCIMException as error:
            raise Unreadable("invalidFilter", str(error.detail or error)) from None
    page = [_dump(group, wanted) for group in groups[start - 1 : start - 1 + count]]
    return documents.answer(documents.list_document(page, len(groups), start))


async def _answer(request: Request, parts: Parts, who: Directory, methodology: Methodology) -> Response:
    group = await _group(parts, who, methodology)
    version = group.meta.version if group.meta and group.meta.version else ""
    return documents.answer(_dump(group, wanted_attributes(dict(request.query_params))), ETag=version)


async def _group(parts: Parts, who: Directory, methodology: Methodology) -> Group:
    async with looking(parts.pool) as conn:
        found = await members(conn, who.company_id, methodology.id)
    location = f"{who.location}/Groups/{methodology.id}"
    return Group.model_validate(
        {
            "schemas": [GROUP],
            "id": methodology.id,
            "displayName": methodology.name,
            "members": [
                {"value": str(m.id), "$ref": f"{who.location}/Users/{m.id}", "display": m.name, "type": "User"}
                for m in found
            ],
            "meta": {
                "resourceType": "Group",
                "location": location,
                "version": _version(methodology, [m.id for m in found]),
            },
        }
    )


def _dump(group: Group, wanted: documents.Parameters) -> dict[str, Any]:
    return group.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=wanted)


def _version(methodology: Methodology, present: Sequence[UUID]) -> str:
    """Of the name and who is in it."""
    told = " ".join([methodology.name, *sorted(map(str, present))])
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:16]}"'


def _methodology(who: Directory, group_id: str) -> Methodology:
    for each in who.settings.methodologies:
        if each.id == group_id:
            return each
    raise SCIM_UNKNOWN(what="group")
