"""What this service can do, and what its resources are: read by directories before anything else."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from scim2_models import Context, ResourceType, Schema, ServiceProviderConfig
from starlette.responses import Response

from services.licensing.api.parts import Parts, PartsDep
from services.licensing.api.scim import documents
from services.licensing.api.scim.access import Directory, DirectoryDep
from services.licensing.api.scim.parameters import MAX_RESULTS, search_of
from services.licensing.api.scim.routes_users import find, object_of
from services.licensing.formats.scim.resources import Group
from services.licensing.messages import SCIM_NO_BULK, SCIM_NOT_FILTERED, SCIM_UNKNOWN

router = APIRouter(prefix="/scim/v2", include_in_schema=False)


def _whole(request: Request) -> None:
    """Dependency: no filter (RFC 7644, 4): a client is not to believe that one has been heeded. Problem 403."""
    if "filter" in request.query_params:
        raise SCIM_NOT_FILTERED()


@router.get("/ServiceProviderConfig", dependencies=[Depends(_whole)])
async def service_provider_config(who: DirectoryDep) -> Response:
    """What of SCIM there is."""
    config = ServiceProviderConfig.model_validate(
        {
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MAX_RESULTS},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token that an admin of the company makes in Usher under Provisioning.",
                    "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                    "primary": True,
                }
            ],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": f"{who.location}/ServiceProviderConfig",
            },
        }
    )
    return documents.answer(config.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


@router.get("/ResourceTypes", dependencies=[Depends(_whole)])
async def resource_types(who: DirectoryDep) -> Response:
    """Users, and groups where the company has methodologies."""
    return _listed(_resource_types(who))


@router.get("/ResourceTypes/{name}")
async def resource_type(name: str, who: DirectoryDep) -> Response:
    """One of them."""
    return _one(_resource_types(who), name, "resource type")


@router.get("/Schemas", dependencies=[Depends(_whole)])
async def schemas(who: DirectoryDep) -> Response:
    """What users are made of, the company's own fields included."""
    return _listed(_schemas(who))


@router.get("/Schemas/{urn}")
async def schema(urn: str, who: DirectoryDep) -> Response:
    """One of them."""
    return _one(_schemas(who), urn, "schema")


@router.get("/")
async def list_all(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """Resources of every type, asked in an address."""
    return await _search(parts, who, dict(request.query_params))


@router.post("/.search")
async def search(request: Request, who: DirectoryDep, parts: PartsDep) -> Response:
    """Resources of every type."""
    return await _search(parts, who, await object_of(request))


@router.post("/Bulk")
async def bulk(_: DirectoryDep) -> Response:
    """Not supported, as ServiceProviderConfig says."""
    raise SCIM_NO_BULK()


async def _search(parts: Parts, who: Directory, given: dict[str, Any]) -> Response:
    asked = search_of(given, who)
    page = await find(parts, who, asked)
    found = [documents.user_document(who, user, asked.wanted) for user in page.items]
    return documents.answer(documents.list_document(found, page.total, asked.start))


def _resource_types(who: Directory) -> list[dict[str, Any]]:
    described = {"User": "A user of the company"}
    models: list[Any] = [who.models.user]
    if who.settings.methodologies:
        described["Group"] = "A methodology of the company: whoever is in it has a seat"
        models.append(Group)
    found = [ResourceType.from_resource(each).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE) for each in models]
    return [
        {
            **each,
            "description": described[each["name"]],
            "meta": {"resourceType": "ResourceType", "location": f"{who.location}/ResourceTypes/{each['id']}"},
        }
        for each in found
    ]


def _schemas(who: Directory) -> list[dict[str, Any]]:
    kinds: list[Any] = [*([Group] if who.settings.methodologies else []), ResourceType, ServiceProviderConfig, Schema]
    all_of_them = [*who.models.schemas, *(kind.to_schema() for kind in kinds)]
    found = [each.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE) for each in all_of_them]
    return [
        {**each, "meta": {"resourceType": "Schema", "location": f"{who.location}/Schemas/{each['id']}"}}
        for each in found
    ]


def _listed(found: Sequence[dict[str, Any]]) -> Response:
    return documents.answer(documents.list_document(list(found), len(found), 1))


def _one(found: Sequence[dict[str, Any]], wanted: str, what: str) -> Response:
    for each in found:
        if str(each["id"]).lower() == wanted.lower():
            return documents.answer(each)
    raise SCIM_UNKNOWN(what=what)
