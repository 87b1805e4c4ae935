"""A service's database schema, brought up to date, for the commands that do it."""

import psycopg

from deploy.devstack.options import StackError
from shared.postgres import schema


def migrate(service: str, url: str) -> list[str]:
    """Applies what is missing, as the database's owner; answers the names. Raises StackError."""
    try:
        return schema.migrate(service, url)
    except psycopg.OperationalError as error:
        reason = str(error).partition("\n")[0].removeprefix("connection failed: ")
        raise StackError(f"{service}'s database cannot be reached, or does not let its owner in: {reason}") from error
