"""The table of companies: settings as JSON, and a row as licenses and as pools."""

import orjson
from asyncpg import Record
from pydantic import TypeAdapter

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.state import Licenses
from services.licensing.domain.methodology_pools.state import Pool, Pools

_SETTINGS = TypeAdapter(CompanySettings)

READ = "company_id, version, settings, occupied"
"""What ``licenses_of`` needs."""
READ_POOLS = "pools_version, pools"
"""What ``pools_of`` needs."""


def settings_json(settings: CompanySettings) -> str:
    """The settings as the table keeps them."""
    return _SETTINGS.dump_json(settings).decode()


def licenses_of(row: Record) -> Licenses:
    """The licenses that a row says."""
    return Licenses(row["company_id"], _SETTINGS.validate_json(row["settings"]), row["occupied"])


def pools_of(row: Record) -> Pools:
    """The pools that a row says."""
    return Pools({i: Pool(**counts) for i, counts in orjson.loads(row["pools"]).items()})
