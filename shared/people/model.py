"""The types that the rules speak: a company's settings, a user as of now, one row as read, one finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.people.own import value_of
from shared.people.profile import FIRST_NAME, LAST_NAME, TEXT_KEYS, ProfileFields
from shared.people.statuses import Status

CUSTOM = "custom_fields."
SeatState = Literal["reserved", "consumed"]
"""How a user has a seat of a methodology: a consumed one can't be taken away, and never comes free."""


def custom_key(name: str) -> str:
    """The key under which a row or a form keeps a custom field; never equal to a standard field's key."""
    return CUSTOM + name


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the company defined itself; `values` is None for free text."""

    name: str
    required: bool = False
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Methodology:
    """Content that a user needs a seat for, of a pool that the company has bought beside its licenses."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """What a company allows; an empty list allows anything."""

    name: str
    sso_domains: tuple[str, ...] = ()
    functional_areas: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    custom_fields: tuple[CustomField, ...] = ()
    methodologies: tuple[Methodology, ...] = ()


class Person(ProfileFields, frozen=True, kw_only=True):
    """A user of the company as of now; `email` as it is shown, `reports_to_id` the manager's user id, `methodologies`
    how they have a seat of each, by its id. A blank text is None or "": `value` makes no difference."""

    user_id: str
    email: str
    status: Status
    first_name: str | None = None
    last_name: str | None = None
    reports_to_id: str | None = None
    custom_fields: Mapping[str, str] = {}
    methodologies: Mapping[str, SeatState] = {}
    version: int = 0

    @property
    def name(self) -> str:
        """How sentences call the person: first and last name, else the e-mail."""
        return f"{self.value(FIRST_NAME)} {self.value(LAST_NAME)}".strip() or self.email

    def value(self, key: str) -> str:
        """The present value of a field by its key, "" where there is none; Reports To is not among them."""
        if key.startswith(CUSTOM):
            return value_of(self.custom_fields, key[len(CUSTOM) :])
        return (getattr(self, key) or "") if key in TEXT_KEYS else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning of a row or a form: a stable code, the column's canonical name, words for the admin."""

    code: str
    column: str | None
    message: str
    value: str | None = None
    suggestion: str | None = None
