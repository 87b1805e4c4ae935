"""How many licenses a company has and occupies."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.events import CompanyChanged, LedgerEvent, LicensesReleased, LicensesReserved


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
