"""./usher migrate SERVICE: a service's database schema, brought up to date."""

from typing import Annotated

import typer

from deploy.cli.common import DEFAULT_DATA, Data, Service, database_url, known
from deploy.local.options import StackError

Wait = Annotated[bool, typer.Option("--wait", help="Change nothing: wait until somebody else has done it.")]


def migrate(service: Service, data: Data = DEFAULT_DATA, wait: Wait = False) -> None:
    """Bring a service's database schema up to date: USHER_DATABASE_URL's, else the development stack's."""
    import psycopg

    from shared import migrate as schema

    if wait:
        schema.wait(known(service), database_url(service, data), lambda reason: print(f"Waiting: {reason}", flush=True))
        print(f"{service}'s schema is up to date.")
        return
    try:
        applied = schema.migrate(known(service), database_url(service, data))
    except psycopg.OperationalError as error:
        reason = str(error).partition("\n")[0].removeprefix("connection failed: ")
        raise StackError(f"{service}'s database cannot be reached, or does not let its owner in: {reason}") from error
    print(f"Applied {', '.join(applied)}." if applied else f"{service}'s schema is up to date already.")
