"""The resources that a directory sees, as SCIM describes them: what /Schemas publishes, what is answered, and what a
request may say."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    Schema,
    Uniqueness,
)
from scim2_models import Attribute as SchemaAttribute

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN = "urn:usher:params:scim:schemas:1.0:User"

_ReadOnlyText = Annotated[str | None, Mutability.read_only]


class Name(ComplexAttribute):
    """The components of the user's name."""

    formatted: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """Both names, as Usher shows them: as displayName."""
    given_name: Annotated[str | None, Required.true] = None
    """First Name."""
    family_name: Annotated[str | None, Required.true] = None
    """Last Name."""


class Email(ComplexAttribute):
    """The one address that a user has: userName again."""

    value: _ReadOnlyText = None
    type: _ReadOnlyText = None
    primary: Annotated[bool | None, Mutability.read_only] = None


class GroupOfUser(ComplexAttribute):
    """A group that the user is in: a methodology of which they have a seat."""

    value: _ReadOnlyText = None
    ref: Annotated[Reference[Any] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: _ReadOnlyText = None


class User(Resource[Any]):
    """Somebody in the company's list."""

    __schema__ = URN(CORE)

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The e-mail address. What names the user, and where the invitation goes."""
    name: Annotated[Name | None, Required.true] = None
    display_name: _ReadOnlyText = None
    """Both names, as Usher shows them."""
    title: str | None = None
    """Title."""
    active: Annotated[bool | None, Required.true] = None
    """Whether the user has a license: is invited or has joined. True where nothing is said."""
    emails: Annotated[list[Email] | None, Mutability.read_only] = None
    """The address of userName, for who looks for it here. Change it by userName."""
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None
    """The methodologies of which the user has a seat."""


class Manager(ComplexAttribute):
    """Who the user reports to."""

    value: Annotated[str | None, CaseExact.true] = None
    """The id of the manager's resource; their externalId and their address are understood too. Who is not there yet is
    set when they appear."""
    ref: Annotated[Reference[Any] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """Where the manager's resource is."""
    display_name: _ReadOnlyText = None
    """The manager's name."""


class EnterpriseUser(Extension):
    """What a user has in the company."""

    __schema__ = URN(ENTERPRISE)

    department: str | None = None
    """Functional Area: one of the company's list, where it has one."""
    division: str | None = None
    """Region: one of the company's list, where it has one."""
    manager: Manager | None = None


class Member(ComplexAttribute):
    """Somebody who has a seat."""

    value: Annotated[str | None, CaseExact.true, Mutability.immutable] = None
    """The id of the user's resource."""
    ref: Annotated[Reference[Any] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: _ReadOnlyText = None
    """The user's name."""
    type: _ReadOnlyText = None


class Group(Resource[Any]):
    """A methodology of the company: whoever is in it has a seat. The platform says which there are."""

    __schema__ = URN(GROUP)

    display_name: Annotated[str | None, Mutability.read_only, Uniqueness.server] = None
    """The methodology's name."""
    members: list[Member] | None = None
    """Who has a seat."""


class WrittenMember(ComplexAttribute):
    """What is read of a member."""

    value: str | None = None


class WrittenGroup(Resource[Any]):
    """What is read of a group."""

    __schema__ = URN(GROUP)

    members: list[WrittenMember] | None = None


class WrittenName(ComplexAttribute):
    """What is read of a name. Nothing is required and nothing read-only here: what a user needs, the rules of people
    say, and what can't be written is ignored."""

    given_name: str | None = None
    family_name: str | None = None


class WrittenUser(Resource[Any]):
    """What is read of a user."""

    __schema__ = URN(CORE)

    user_name: str | None = None
    name: WrittenName | None = None
    title: str | None = None
    active: bool | None = None


class WrittenManager(ComplexAttribute):
    """What is read of a manager."""

    value: str | None = None


class WrittenEnterpriseUser(Extension):
    """What is read of the enterprise extension."""

    __schema__ = URN(ENTERPRISE)

    department: str | None = None
    division: str | None = None
    manager: WrittenManager | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """A company's resources. ``attributes``: the company's own fields by the names that they have in SCIM."""

    user: type[Resource[Any]]
    written: type[Resource[Any]]
    own: type[Extension]
    written_own: type[Extension]
    attributes: Mapping[str, str]

    @property
    def schemas(self) -> list[Schema]:
        """What describes them."""
        return [model.to_schema() for model in (User, EnterpriseUser, self.own)]


@lru_cache(256)
def models_of(fields: tuple[str, ...]) -> Models:
    """Those of a company that has these fields of its own."""
    attributes = attribute_names(fields)
    own, written_own = _extension(attributes, read_only=True), _extension(attributes, read_only=False)
    user: Any = User
    written: Any = WrittenUser
    return Models(
        user[EnterpriseUser | own], written[WrittenEnterpriseUser | written_own], own, written_own, attributes
    )


def attribute_names(fields: Sequence[str]) -> dict[str, str]:
    """The names that the company's own fields have in SCIM, where these are of ASCII letters and digits: `Cost Center`
    is `costCenter`. One of which nothing is left, or that another has already, goes by its place: `field3`."""
    names: dict[str, str] = {}
    taken = {"status", "schemas"}
    for place, field in enumerate(fields, 1):
        plain = unicodedata.normalize("NFKD", field).encode("ascii", "ignore").decode()
        first, *others = re.findall("[A-Za-z0-9]+", plain) or [""]
        name = first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in others)
        if not name[:1].isalpha() or name.lower() in taken:
            name = f"field{place}"
        taken.add(name.lower())
        names[name] = field
    return names


def _extension(attributes: Mapping[str, str], *, read_only: bool) -> type[Extension]:
    """The extension of Usher's own. ``read_only``: with what is only told, too."""
    own = [_text(name, field) for name, field in attributes.items()]
    # Told to who asks for it by name: what is cleared is then gone, all of it.
    status = _text("status", "waiting, pending_transfer, active or inactive, as in My Team.", told_alone=True)
    schema = Schema(
        id=OWN,
        name="UsherUser",
        description="What a company keeps of its users beside: its own fields.",
        attributes=[*own, status] if read_only or not own else own,
    )
    return Extension.from_schema(schema)


def _text(name: str, description: str, *, told_alone: bool = False) -> SchemaAttribute:
    return SchemaAttribute(
        name=name,
        type=SchemaAttribute.Type.string,
        description=description,
        multi_valued=False,
        required=Required.false,
        case_exact=CaseExact.false,
        mutability=Mutability.read_only if told_alone else Mutability.read_write,
        returned=Returned.request if told_alone else Returned.default,
    )
