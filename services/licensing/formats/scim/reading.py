"""Reading what directories send: a user whole (POST, PUT) or changes of one (PATCH), in any of the forms that Entra ID,
Okta and others have for the same. What is not known is ignored.

Before the library sees a request it is brought into the one form of RFC 7644: Entra writes booleans as texts and a
manager as a bare text, others wrap a single value in a list, or send back what they were told of id and meta.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError
from scim2_models import Context, PatchOp, Resource, SCIMException, ScimPolicy

from services.licensing.formats.scim.person import ATTRIBUTES, EXTERNAL_ID, FUNCTIONAL_AREA, Said, Unreadable
from services.licensing.formats.scim.resources import (
    ENTERPRISE,
    Models,
    WrittenEnterpriseUser,
    WrittenManager,
    WrittenName,
)
from services.licensing.messages import SCIM_NO_OBJECT, SCIM_NO_OPERATIONS, SCIM_TOO_LONG, SCIM_VALUE_WRONG
from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, REGION, REPORTS_TO, TITLE
from shared.people.text import clean

MAX_OPERATIONS = 100
"""Changes in one PATCH of a user, who has a dozen attributes."""

MAX_NAME = 500
"""Characters of what a directory calls somebody: of an externalId, or of a manager."""

POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_NOT_WRITTEN = ("id", "meta", "schemas", "groups")
"""Told, never written: some send them back."""


def read_user(payload: object, models: Models) -> Said:
    """What a whole user says. Raises Unreadable."""
    body = as_object(payload)
    try:
        user = models.written.model_validate(_tolerated(body), scim_policy=POLICY)
    except ValidationError as error:
        raise unreadable(error) from None
    return _said(user, models, whole=False)


def read_changes(payload: object, present: Said, models: Models) -> Said:
    """What a PATCH changes of a user who is as ``present`` says. Raises Unreadable."""
    operations = [_operation(each) for each in operations_of(as_object(payload), MAX_OPERATIONS)]
    operations = [each for each in operations if each is not None]
    if not operations:
        return Said()
    user = _model(present, models)
    patch: Any = PatchOp
    try:
        with POLICY:
            asked = patch[models.written].model_validate(
                {"schemas": [str(PatchOp.__schema__)], "Operations": operations},
                scim_ctx=Context.RESOURCE_PATCH_REQUEST,
            )
            asked.patch(user)
    except ValidationError as error:
        raise unreadable(error) from None
    except SCIMException as error:
        raise unreadable_change(error) from None
    return _said(user, models, whole=True).beyond(present)


def as_object(payload: object) -> Mapping[str, Any]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(payload, dict):
        raise Unreadable("invalidSyntax", SCIM_NO_OBJECT)
    return cast("Mapping[str, Any]", payload)


def operations_of(body: Mapping[str, Any], limit: int) -> Sequence[Any]:
    """The changes of a PATCH. Raises Unreadable."""
    found = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if not isinstance(found, list) or not 0 < len(cast("list[Any]", found)) <= limit:
        raise Unreadable("invalidSyntax", SCIM_NO_OPERATIONS.format(most=limit))
    return cast("list[Any]", found)


def _operation(written: object) -> dict[str, Any] | None:
    """One change in the form of the RFC; None where it is about what is not written."""
    given = {key.lower(): value for key, value in as_object(written).items()}
    kind = given.get("op")
    operation: dict[str, Any] = {"op": kind.lower() if isinstance(kind, str) else kind}
    path = given.get("path")
    if isinstance(path, str) and path.strip():
        operation["path"] = path.strip()
        if path.strip().lower().rpartition(":")[2].partition(".")[0] in _NOT_WRITTEN:
            return None
    if operation["op"] == "remove":
        return operation
    if "value" in given:
        value: Any = given["value"]
        if "path" in operation:
            operation["value"] = _one(operation["path"], value)
        else:
            operation["value"] = _tolerated(cast("Mapping[str, Any]", value)) if isinstance(value, dict) else value
    if "path" in operation and "value" in operation and operation["value"] in (None, ""):
        return {"op": "remove", "path": operation["path"]}
    return operation


def _tolerated(body: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    return {key: _one(prefix + key, value) for key, value in body.items() if prefix or key.lower() not in _NOT_WRITTEN}


def _one(path: str, written: object) -> Any:
    """The value of one attribute, in the form of the RFC."""
    name = path.lower().rpartition(":")[2]
    value = _unwrapped(written) if name in _SINGLE else written
    if isinstance(value, dict) and path.lower() == ENTERPRISE.lower():
        return _tolerated(cast("Mapping[str, Any]", value), f"{ENTERPRISE}:")
    if name == "active" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    if name == "manager":
        manager = cast("Any", value)
        return None if _says_nobody(manager) else {"value": manager}
    return cast("Any", value)


def _unwrapped(value: object) -> object:
    """The value of what has only one: some write it as a list of one, or as an object that holds it."""
    if isinstance(value, list) and len(cast("list[object]", value)) == 1:
        value = cast("list[object]", value)[0]
    if isinstance(value, dict) and "value" in value:
        value = cast("Mapping[str, object]", value)["value"]
    return cast("object", value)


def _says_nobody(manager: object) -> bool:
    """A manager without a name of theirs: an object that has none tells what is only told."""
    return manager is None or isinstance(manager, dict) or (isinstance(manager, str) and not manager.strip())


_SINGLE = {
    "username", "externalid", "title", "active", "department", "division", "manager", "manager.value",
    "name.givenname", "name.familyname",
}  # fmt: skip


def _said(user: Resource[Any], models: Models, *, whole: bool) -> Said:
    """``whole``: of every attribute, else of those that the request has."""
    given: Any = user
    texts: dict[str, str | None] = {}
    own: dict[str, str | None] = {}

    def take(of: Any, name: str, key: str) -> None:
        if whole or (of is not None and name in of.model_fields_set):
            value = of and getattr(of, name)
            texts[key] = _name(name, value) if key == EXTERNAL_ID else _text(value)

    take(given, "user_name", EMAIL)
    take(given, "external_id", EXTERNAL_ID)
    take(given, "title", TITLE)
    take(given.name, "given_name", FIRST_NAME)
    take(given.name, "family_name", LAST_NAME)
    enterprise = given[WrittenEnterpriseUser]
    take(enterprise, "department", FUNCTIONAL_AREA)
    take(enterprise, "division", REGION)
    if whole or (enterprise is not None and "manager" in enterprise.model_fields_set):
        manager = enterprise and enterprise.manager
        texts[REPORTS_TO] = _name("manager", _text(manager and manager.value))
    extension = given[models.written_own]
    for field_name, name in _own_fields(models):
        if whole or (extension is not None and field_name in extension.model_fields_set):
            own[name] = _text(extension and getattr(extension, field_name))
    active = given.active if isinstance(given.active, bool) else None
    return Said(texts, own, active)


def _own_fields(models: Models) -> Iterator[tuple[str, str]]:
    """The names in Python of the company's own fields, and those that the company has for them."""
    info: Any = models.written_own
    for field_name, field in info.model_fields.items():
        alias = field.serialization_alias or field.alias or field_name
        if alias in models.attributes:
            yield field_name, models.attributes[alias]


def _model(present: Said, models: Models) -> Any:
    texts = {key: present.texts.get(key) for key in ATTRIBUTES}
    make: Any = models.written
    user = make(
        user_name=texts[EMAIL],
        external_id=texts[EXTERNAL_ID],
        title=texts[TITLE],
        active=present.active,
        name=WrittenName(given_name=texts[FIRST_NAME], family_name=texts[LAST_NAME]),
    )
    manager = texts[REPORTS_TO]
    user[WrittenEnterpriseUser] = WrittenEnterpriseUser(
        department=texts[FUNCTIONAL_AREA],
        division=texts[REGION],
        manager=WrittenManager(value=manager) if manager else None,
    )
    own: dict[str, Any] = {field_name: present.custom_fields.get(name) for field_name, name in _own_fields(models)}
    user[models.written_own] = models.written_own(**own)
    return user


def _text(value: object) -> str | None:
    return clean(value) or None if isinstance(value, str) else None


def _name(where: str, value: str | None) -> str | None:
    """What a directory calls somebody. Raises Unreadable."""
    if value and len(value) > MAX_NAME:
        raise Unreadable("invalidValue", SCIM_TOO_LONG.format(where=where, most=MAX_NAME, length=f"{len(value):,}"))
    return value or None


def unreadable_change(error: SCIMException) -> Unreadable:
    """What is wrong with a change, as the library has found."""
    if isinstance(error.__cause__, ValidationError):
        return unreadable(error.__cause__)
    return Unreadable(_kind(error.scim_type), str(error.detail or error))


def unreadable(error: ValidationError) -> Unreadable:
    """The first of what is wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    kind = str(first["type"]).removeprefix("scim_")
    where = ".".join(str(part) for part in first["loc"]) or "the request"
    return Unreadable(_kind(kind), SCIM_VALUE_WRONG.format(where=where, what=first["msg"]))


def _kind(kind: object) -> Any:
    return kind if kind in ("invalidPath", "invalidFilter", "invalidSyntax", "noTarget") else "invalidValue"
