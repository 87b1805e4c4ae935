"""Rules of a company's licenses: nobody gets one that is not there."""

from services.licensing.domain.licenses.commands import (
    LicensesCommand,
    ProvisionCompany,
    ReleaseLicenses,
    ReserveLicenses,
)
from services.licensing.domain.licenses.events import CompanyChanged, LicensesEvent, LicensesReleased, LicensesReserved
from services.licensing.domain.licenses.state import Licenses, LicensesState, NotProvisioned, evolve
from services.licensing.domain.refusals import Refused
from shared.eventsourcing.decider import Decider


def decide(command: LicensesCommand, state: LicensesState) -> list[LicensesEvent]:
    """Raises Refused: ``not_found`` for a company that nobody provisioned, ``licenses_exceeded``,
    ``methodology_in_use``."""
    match command, state:
        case ProvisionCompany(settings=settings), Licenses() if settings == state.settings:
            return []
        case ProvisionCompany(company_id, settings, in_use), _:
            if missing := in_use - settings.purchased_seats.keys():
                raise Refused("methodology_in_use", methodologies=sorted(missing))
            return [CompanyChanged(company_id, settings)]
        case _, NotProvisioned():
            raise Refused("not_found")
        case ReserveLicenses(), Licenses():
            return _reserve(command, state)
        case ReleaseLicenses(), Licenses():
            return _release(command, state)


def _reserve(command: ReserveLicenses, licenses: Licenses) -> list[LicensesEvent]:
    if command.licenses == 0:
        return []
    if command.licenses > licenses.available:
        raise Refused("licenses_exceeded", requested=command.licenses, available=licenses.available)
    occupied = licenses.occupied + command.licenses
    reserved = LicensesReserved(
        licenses.company_id, command.licenses, occupied, licenses.purchased, command.reason, command.batch_id
    )
    return [reserved]


def _release(command: ReleaseLicenses, licenses: Licenses) -> list[LicensesEvent]:
    if command.licenses == 0:
        return []
    occupied = licenses.occupied - command.licenses
    released = LicensesReleased(
        licenses.company_id, command.licenses, occupied, licenses.purchased, command.reason, command.batch_id
    )
    return [released]


LICENSES: Decider[LicensesCommand, LicensesState, LicensesEvent] = Decider(NotProvisioned(), decide, evolve)
