"""How many licenses a company has and occupies."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.events import CompanyChanged, LicensesEvent, LicensesReleased, LicensesReserved


@dataclass(frozen=True, slots=True)
class NotProvisioned:
    """Nobody has provisioned this company."""


@dataclass(frozen=True, slots=True)
class Licenses:
    """A company's licenses. ``occupied`` may exceed what is purchased only where purchased was lowered below it."""

    company_id: UUID
    settings: CompanySettings
    occupied: int = 0

    @property
    def purchased(self) -> int:
        """How many the company has bought."""
        return self.settings.purchased_licenses

    @property
    def available(self) -> int:
        """How many more fit; nought where purchased was lowered below occupied."""
        return max(0, self.purchased - self.occupied)


LicensesState = NotProvisioned | Licenses


def evolve(state: LicensesState, event: LicensesEvent) -> LicensesState:
    """The licenses after ``event``. Counts by difference: the fold is a sum of its own, not the event's word."""
    match state, event:
        case NotProvisioned(), CompanyChanged(company_id, settings):
            return Licenses(company_id, settings)
        case Licenses(), CompanyChanged(_, settings):
            return replace(state, settings=settings)
        case Licenses(), LicensesReserved():
            return replace(state, occupied=state.occupied + event.licenses)
        case Licenses(), LicensesReleased():
            return replace(state, occupied=state.occupied - event.licenses)
        case NotProvisioned(), LicensesReserved() | LicensesReleased():
            return state
