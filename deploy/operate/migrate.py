"""./usher migrate SERVICE: a service's database schema, brought up to date."""

from typing import Annotated

import typer

from deploy.operate.connections import DEFAULT_DATA, Data, Service, database_url, known

Wait = Annotated[bool, typer.Option("--wait", help="Change nothing: wait until somebody else has done it.")]


def migrate(service: Service, data: Data = DEFAULT_DATA, wait: Wait = False) -> None:
    """Bring a service's database schema up to date: USHER_DATABASE_URL's, else the development stack's."""
    import asyncio

    from deploy.operate.schema import migrate as apply
    from deploy.operate.schema import schema_of

    if wait:
        schema = schema_of(known(service))
        asyncio.run(schema.wait(database_url(service, data), lambda reason: print(f"Waiting: {reason}", flush=True)))
        print(f"{service}'s schema is up to date.")
        return
    applied = apply(known(service), database_url(service, data))
    print(f"Applied {', '.join(applied)}." if applied else f"{service}'s schema is up to date already.")
