"""Facts about one company: its settings, and how many licenses it has and occupies. One company, one stream."""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

ReservedFor = Literal["batch", "invitation", "provisioned", "reactivation"]
ReleasedBy = Literal["cancelled", "deactivated"]


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the company has made up. ``values`` None takes any text."""

    name: str
    required: bool = False
    values: tuple[str, ...] | None = None


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


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody has provisioned this company."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A company's licenses. ``occupied`` may exceed what is purchased only where purchased was lowered below it."""

    company_id: UUID
    settings: CompanySettings
    occupied: int = 0

    @property
    def purchased(self) -> int:
        return self.settings.purchased_licenses

    @property
    def available(self) -> int:
        """How many more fit; nought where purchased was lowered below occupied."""
        return max(0, self.purchased - self.occupied)


LedgerState = Unknown | Ledger


@dataclass(frozen=True, slots=True)
class CompanyChanged:
    """The company is as ``settings`` say; the first of them provisions it."""

    company_id: UUID
    settings: CompanySettings


@dataclass(frozen=True, slots=True)
class LicensesReserved:
    """``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    licenses: int
    occupied: int
    purchased: int
    reason: ReservedFor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LicensesReleased:
    """``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    licenses: int
    occupied: int
    purchased: int
    reason: ReleasedBy
    batch_id: UUID | None = None


LedgerEvent = CompanyChanged | LicensesReserved | LicensesReleased


def evolve(state: LedgerState, event: LedgerEvent) -> LedgerState:
    """The ledger after ``event``. Counts by difference: the fold is a sum of its own, not the event's word."""
    match state, event:
        case Unknown(), CompanyChanged(company_id, settings):
            return Ledger(company_id, settings)
        case Ledger(), CompanyChanged(_, settings):
            return replace(state, settings=settings)
        case Ledger(), LicensesReserved():
            return replace(state, occupied=state.occupied + event.licenses)
        case Ledger(), LicensesReleased():
            return replace(state, occupied=state.occupied - event.licenses)
        case Unknown(), LicensesReserved() | LicensesReleased():
            return state
