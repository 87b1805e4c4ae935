"""The attributes of a resource as SQL on `resources x` with `events e` beside it: by what they are filtered and
sorted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from services.licensing.read_models.team.fields import Parameters

Kind = Literal["text", "exact", "address", "boolean", "moment"]
"""How its values are compared: without regard to case, as they are, as addresses are, as booleans and times."""
CHANGED_AT = "greatest(e.at, x.changed_at)"
"""When a resource was last changed: the user, or what the directory knows them by."""
OWN_URN = "urn:usher:params:scim:schemas:1.0:user"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
_CORE = "urn:ietf:params:scim:schemas:core:2.0:user"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``sql`` is null where a user has no value."""

    sql: str
    kind: Kind = "text"


_NAME = "nullif(trim(x.first_name || ' ' || x.last_name), '')"
_CORE_ATTRIBUTES: Mapping[str, Attribute] = {
    "id": Attribute("x.id::text", "exact"),
    "username": Attribute("x.email_key", "address"),
    "externalid": Attribute("x.external_id", "exact"),
    "name.givenname": Attribute("nullif(x.first_name, '')"),
    "name.familyname": Attribute("nullif(x.last_name, '')"),
    "name.formatted": Attribute(_NAME),
    "name": Attribute(_NAME),
    "displayname": Attribute(_NAME),
    "title": Attribute("x.title"),
    "active": Attribute("x.active", "boolean"),
    "emails": Attribute("x.email_key", "address"),
    "emails.value": Attribute("x.email_key", "address"),
    "emails.type": Attribute("'work'"),
    "emails.primary": Attribute("true", "boolean"),
    "meta": Attribute("'User'"),
    "meta.resourcetype": Attribute("'User'", "exact"),
    "meta.created": Attribute("x.created_at", "moment"),
    "meta.lastmodified": Attribute(CHANGED_AT, "moment"),
    "schemas": Attribute(f"'{_CORE}'"),
}
_MANAGER = Attribute("coalesce(x.manager::text, x.wanted_manager)", "exact")
_ENTERPRISE_ATTRIBUTES: Mapping[str, Attribute] = {
    "department": Attribute("x.functional_area"),
    "division": Attribute("x.region"),
    "manager": _MANAGER,
    "manager.value": _MANAGER,
    "manager.displayname": Attribute("x.manager_name"),
}
_STATUS = Attribute("coalesce(x.status, 'inactive')")


def attribute(urn: str | None, path: str, own_fields: Mapping[str, str], parameters: Parameters) -> Attribute | None:
    """What a path means, without regard to case. Attributes of the extensions are known without their URN too.
    ``own_fields``: the company's own, by the names that they have in SCIM."""
    path, urn = path.lower(), urn and urn.lower()
    if urn in (None, _CORE) and path in _CORE_ATTRIBUTES:
        return _CORE_ATTRIBUTES[path]
    if urn in (None, _ENTERPRISE) and path in _ENTERPRISE_ATTRIBUTES:
        return _ENTERPRISE_ATTRIBUTES[path]
    if urn in (None, OWN_URN):
        if path == "status":
            return _STATUS
        for name, field in own_fields.items():
            if name.lower() == path:
                return Attribute(f"x.custom_fields ->> {parameters.add(field)}::text")
    return None


def order_by(sort_by: str, own_fields: Mapping[str, str], *, descending: bool) -> Callable[[Parameters], str] | None:
    """The order by an attribute: who has no value last, or first when it goes down. None for an attribute that is not
    known."""
    urn, _, path = sort_by.rpartition(":")
    if attribute(urn or None, path, own_fields, Parameters()) is None:
        return None

    def order(parameters: Parameters) -> str:
        found = attribute(urn or None, path, own_fields, parameters)
        assert found is not None
        sql = f"lower({found.sql})" if found.kind == "text" else found.sql
        return f"{sql} {'DESC NULLS FIRST' if descending else 'ASC NULLS LAST'}"

    return order
