"""./usher migrate SERVICE: a service's database schema, brought up to date."""

from typing import Annotated

import typer

from deploy.local.options import StackError

Service = Annotated[str, typer.Argument(help="upload, licensing, validation or notification.")]


def migrate(service: Service) -> None:
    """Bring a service's database schema up to date. USHER_DATABASE_URL names the database."""
    import os

    from shared.migrate import migrate as apply

    url = os.environ.get("USHER_DATABASE_URL")
    if not url:
        raise StackError(f"Which database? Set USHER_DATABASE_URL to {service}'s, as postgresql://user@host/database.")
    try:
        applied = apply(service, url)
    except ValueError as error:
        raise StackError(str(error)) from None
    print(f"Applied {', '.join(applied)}." if applied else f"{service}'s schema is up to date already.")
