"""A company's settings, as the platform provisions them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the company has made up. ``values`` None takes any text."""

    name: str
    required: bool = False
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Methodology:
    """Content that a user needs a seat for, beside the license; ``purchased`` seats of it are bought."""

    id: str
    name: str
    purchased: int


@dataclass(frozen=True, slots=True)
class ApprovalThresholds:
    """From where on a batch needs a second admin: more than so many invitations and changes, or than such a share of
    the company's users. None sets no bound."""

    rows: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """From when until when the company has bought Usher; None where that is not said."""

    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """What a company's directory does by SCIM. ``create``: who is new there is invited, or is Active at once."""

    create: Literal["invite", "active"] = "invite"


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """A company as the platform provisions it. An empty list allows anything."""

    name: str
    plan: str
    purchased_licenses: int
    sso_domains: tuple[str, ...] = ()
    functional_areas: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    custom_fields: tuple[CustomField, ...] = ()
    retention_days: int = 365
    reminders: bool = False
    """Who does not answer an invitation is reminded, where a batch does not say."""
    approval: ApprovalThresholds | None = None
    subscription: Subscription | None = None
    methodologies: tuple[Methodology, ...] = ()
    scim: DirectorySettings | None = None

    @property
    def purchased_seats(self) -> Mapping[str, int]:
        """How many seats are bought of which methodology, by its id."""
        return {each.id: each.purchased for each in self.methodologies}
