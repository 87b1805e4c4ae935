"""The platform says what a company is: its settings and how many licenses it has."""

from services.licensing.application import restate_users, stream_snapshots
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.licenses.commands import ProvisionCompany
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.state import Ledger
from shared.people import own


async def provision_company(desk: Desk, settings: CompanySettings) -> None:
    """Never refused."""
    await desk.beside_others(None)
    before = (await stream_snapshots.ledger(desk.conn, desk.company_id, lock=True)).state
    await desk.licenses(ProvisionCompany(desk.company_id, settings))
    stored = await desk.done()
    if isinstance(before, Ledger) and (moved := own.moved(_own_fields(before.settings), _own_fields(settings))):
        await restate_users.holders_of(desk, stored[-1], moved)


def _own_fields(settings: CompanySettings) -> list[str]:
    return [field.name for field in settings.custom_fields]
