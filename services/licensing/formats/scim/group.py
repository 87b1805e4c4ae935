"""Reading who shall be in a group: whole (PUT) or as changes (PATCH), in the forms that Entra ID and Okta have."""

from collections.abc import Collection, Mapping
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError
from scim2_models import Context, PatchOp, SCIMException

from services.licensing.formats.scim.person import Unreadable
from services.licensing.formats.scim.reading import POLICY, as_object, operations_of, unreadable, unreadable_change
from services.licensing.formats.scim.resources import GROUP, WrittenGroup, WrittenMember
from services.licensing.messages import SCIM_MEMBER_UNKNOWN

MAX_MEMBER_OPERATIONS = 1_000
"""Changes in one PATCH of a group: Entra sends a member each."""


def read_members(payload: object) -> Collection[UUID]:
    """The members of a whole group. Raises Unreadable."""
    body = as_object(payload)
    try:
        group = WrittenGroup.model_validate(
            {key: value for key, value in body.items() if key.lower() == "members"}, scim_policy=POLICY
        )
    except ValidationError as error:
        raise unreadable(error) from None
    return _ids(group)


def read_member_changes(payload: object, present: Collection[UUID]) -> Collection[UUID]:
    """The members after a PATCH of a group that has these. Raises Unreadable."""
    operations = [each for each in map(_operation, operations_of(as_object(payload), MAX_MEMBER_OPERATIONS)) if each]
    if not operations:
        return present
    group = WrittenGroup(members=[WrittenMember(value=str(each)) for each in present])
    patch: Any = PatchOp
    try:
        with POLICY:
            asked = patch[WrittenGroup].model_validate(
                {"schemas": [str(PatchOp.__schema__)], "Operations": operations},
                scim_ctx=Context.RESOURCE_PATCH_REQUEST,
            )
            asked.patch(group)
    except ValidationError as error:
        raise unreadable(error) from None
    except SCIMException as error:
        raise unreadable_change(error) from None
    return _ids(group)


def _operation(written: object) -> dict[str, Any] | None:
    """One change of members in the form of the RFC; None where it is about something else: a group's name is the
    methodology's."""
    given = {key.lower(): value for key, value in as_object(written).items()}
    kind, path = given.get("op"), given.get("path")
    operation: dict[str, Any] = {"op": kind.lower() if isinstance(kind, str) else kind, "path": "members"}
    value: Any = given.get("value")
    if isinstance(path, str) and path.strip():
        operation["path"] = path.strip()
        if not path.strip().lower().removeprefix(f"{GROUP}:".lower()).startswith("members"):
            return None
    else:
        value = _members_of(value)
        if value is None:
            return None
    if operation["op"] == "remove" and not value:
        return operation
    listed: list[Any] = [_member(each) for each in cast("list[object]", value)] if isinstance(value, list) else [value]
    return {**operation, "value": listed}


def _members_of(whole: object) -> Any:
    """What a group, or a part of one, says of its members."""
    if not isinstance(whole, dict):
        return None
    return next((each for key, each in cast("Mapping[str, Any]", whole).items() if key.lower() == "members"), None)


def _member(written: object) -> object:
    """A member by their id alone: what else is said of one is told."""
    return {"value": cast("Mapping[str, Any]", written).get("value")} if isinstance(written, dict) else written


def _ids(group: WrittenGroup) -> Collection[UUID]:
    ids: set[UUID] = set()
    for member in group.members or ():
        try:
            ids.add(UUID(member.value or ""))
        except ValueError:
            raise Unreadable("invalidValue", SCIM_MEMBER_UNKNOWN.format(member=member.value)) from None
    return ids
