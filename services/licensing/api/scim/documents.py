"""Resources as they are answered."""

from datetime import UTC, datetime
from typing import Any

import orjson
from scim2_models import Context, ResponseParameters
from starlette.responses import Response

from services.licensing.api.scim.access import Directory
from services.licensing.api.scim.errors import MEDIA_TYPE
from services.licensing.formats.scim.resources import CORE, ENTERPRISE, OWN
from services.licensing.read_models.scim_users.query import ScimUser
from shared.people.profile import FIRST_NAME, LAST_NAME

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
Parameters = ResponseParameters[Any]


def user_document(who: Directory, user: ScimUser, wanted: Parameters | None = None) -> dict[str, Any]:
    """A user, with the attributes that are wanted."""
    models, texts = who.models, user.texts
    name = " ".join(part for part in (texts[FIRST_NAME], texts[LAST_NAME]) if part)
    own = {attribute: user.custom_fields.get(field) for attribute, field in models.attributes.items()}
    document: dict[str, Any] = {
        "schemas": [CORE, ENTERPRISE, OWN],
        "id": str(user.id),
        "externalId": user.external_id,
        "userName": user.email,
        "name": {"formatted": name or None, "givenName": texts[FIRST_NAME], "familyName": texts[LAST_NAME]},
        "displayName": name or None,
        "title": texts["title"],
        "active": user.active,
        "emails": [{"value": user.email, "type": "work", "primary": True}],
        "groups": [
            {"value": each.id, "display": each.name, "$ref": f"{who.location}/Groups/{each.id}"}
            for each in who.settings.methodologies
            if each.id in user.methodologies
        ]
        or None,
        ENTERPRISE: {
            "department": texts["functional_area"],
            "division": texts["region"],
            "manager": _manager(who, user),
        },
        OWN: {**own, "status": user.status or "inactive"},
        "meta": {
            "resourceType": "User",
            "created": _moment(user.created_at),
            "lastModified": _moment(user.changed_at),
            "location": location(who, user),
            "version": user.version,
        },
    }
    return models.user.model_validate(document).model_dump(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=wanted
    )


def location(who: Directory, user: ScimUser) -> str:
    """Where the resource is."""
    return f"{who.location}/Users/{user.id}"


def list_document(resources: list[dict[str, Any]], total: int, start: int) -> dict[str, Any]:
    """Some resources of ``total``, from the place ``start`` on."""
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def answer(document: Any, status: int = 200, **headers: str) -> Response:
    """The answer itself."""
    return Response(orjson.dumps(document), status, headers, MEDIA_TYPE)


def answer_user(who: Directory, user: ScimUser, status: int = 200, wanted: Parameters | None = None) -> Response:
    """A user, with their version and place."""
    headers = {"ETag": user.version, "Location": location(who, user)}
    return answer(user_document(who, user, wanted), status, **headers)


def _manager(who: Directory, user: ScimUser) -> dict[str, Any] | None:
    if user.manager is None:
        return None
    if not user.manager_is_there:
        return {"value": user.manager}
    return {"value": user.manager, "$ref": f"{who.location}/Users/{user.manager}", "displayName": user.manager_name}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
