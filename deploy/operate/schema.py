"""A service's database schema, brought up to date, for the commands that do it."""

import asyncio
from pathlib import Path

from deploy.operate.errors import CommandError
from shared.postgres.schema import Schema, Unreachable

_SERVICES = Path(__file__).parents[2] / "services"


def schema_of(service: str) -> Schema:
    """The schema of a service that there is."""
    return Schema(service, _SERVICES / service / "migrations")


def migrate(service: str, url: str) -> list[str]:
    """Applies what is missing, as the database's owner; answers the names. Raises CommandError. Not to be called
    where an event loop runs."""
    try:
        return asyncio.run(schema_of(service).migrate(url))
    except Unreachable as error:
        reason = f"{service}'s database cannot be reached, or does not let its owner in: {error}"
        raise CommandError(reason) from error
