"""Rules of a company's licenses: nobody gets one that is not there."""


from services.licensing.domain.licenses.commands import (
    LedgerCommand,
    ProvisionCompany,
    ReleaseLicenses,
    ReserveLicenses,
)
from services.licensing.domain.licenses.events import CompanyChanged, LedgerEvent, LicensesReleased, LicensesReserved
from services.licensing.domain.licenses.state import Ledger, LedgerState, Unknown, evolve
from services.licensing.domain.refusals import Refused
from shared.eventsourcing.decider import Decider


def decide(command: LedgerCommand, state: LedgerState) -> list[LedgerEvent]:
    """Raises Refused: ``not_found`` for a company that nobody provisioned, ``licenses_exceeded``."""
    match command, state:
        case ProvisionCompany(settings=settings), Ledger() if settings == state.settings:
            return []
        case ProvisionCompany(company_id, settings), _:
            return [CompanyChanged(company_id, settings)]
        case _, Unknown():
            raise Refused("not_found")
        case ReserveLicenses(), Ledger():
            return _reserve(command, state)
        case ReleaseLicenses(), Ledger():
            return _release(command, state)


def _reserve(command: ReserveLicenses, ledger: Ledger) -> list[LedgerEvent]:
    if command.licenses == 0:
        return []
    if command.licenses > ledger.available:
        raise Refused("licenses_exceeded", requested=command.licenses, available=ledger.available)
    occupied = ledger.occupied + command.licenses
    reserved = LicensesReserved(
        ledger.company_id, command.licenses, occupied, ledger.purchased, command.reason, command.batch_id
    )
    return [reserved]


def _release(command: ReleaseLicenses, ledger: Ledger) -> list[LedgerEvent]:
    if command.licenses == 0:
        return []
    occupied = ledger.occupied - command.licenses
    return [LicensesReleased(ledger.company_id, command.licenses, occupied, ledger.purchased, command.reason)]


LEDGER: Decider[LedgerCommand, LedgerState, LedgerEvent] = Decider(Unknown(), decide, evolve)
