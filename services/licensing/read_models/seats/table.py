"""The table of companies: settings as JSON, and a row as licenses."""

from asyncpg import Record
from pydantic import TypeAdapter

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.state import Licenses

_SETTINGS = TypeAdapter(CompanySettings)

READ = "company_id, version, settings, occupied"
"""What ``licenses_of`` needs."""


def settings_json(settings: CompanySettings) -> str:
    """The settings as the table keeps them."""
    return _SETTINGS.dump_json(settings).decode()


def licenses_of(row: Record) -> Licenses:
    """The licenses that a row says."""
    return Licenses(row["company_id"], _SETTINGS.validate_json(row["settings"]), row["occupied"])
