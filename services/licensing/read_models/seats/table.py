"""The table of companies: settings as JSON, and a row as a ledger."""

from asyncpg import Record
from pydantic import TypeAdapter

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.state import Ledger

_SETTINGS = TypeAdapter(CompanySettings)

READ = "company_id, version, settings, occupied"
"""What ``ledger_of`` needs."""


def settings_json(settings: CompanySettings) -> str:
    """The settings as the table keeps them."""
    return _SETTINGS.dump_json(settings).decode()


def ledger_of(row: Record) -> Ledger:
    """The ledger that a row says."""
    return Ledger(row["company_id"], _SETTINGS.validate_json(row["settings"]), row["occupied"])
