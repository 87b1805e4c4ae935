"""The platform says what a company is: its settings and how many licenses it has."""

from services.licensing.application import restate_users, stream_snapshots
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.licenses.commands import ProvisionCompany
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.state import Licenses
from shared.people import own


async def provision_company(uow: UnitOfWork, settings: CompanySettings) -> None:
    """Raises Refused ``methodology_in_use``."""
    await uow.lock_company("shared", None)
    before = (await stream_snapshots.licenses(uow.conn, uow.company_id, lock=True)).state
    in_use = (await stream_snapshots.pools(uow.conn, uow.company_id)).state.in_use
    await uow.decide_licenses(ProvisionCompany(uow.company_id, settings, in_use))
    stored = await uow.flush()
    if isinstance(before, Licenses) and (moved := own.moved(_own_fields(before.settings), _own_fields(settings))):
        await restate_users.holders_of(uow, stored[-1], moved)


def _own_fields(settings: CompanySettings) -> list[str]:
    return [field.name for field in settings.custom_fields]
