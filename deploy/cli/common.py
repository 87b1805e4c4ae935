"""What several commands share: their options, and how they find a running stack."""

import os
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.options import SERVICES, StackError

DEFAULT_DATA = Path(".usher")
Data = Annotated[Path, typer.Option("--data", help="The stack's data directory.")]
Service = Annotated[str, typer.Argument(help="upload, licensing, validation or notification.")]


def known(service: str) -> str:
    """The service, if there is one of that name. Raises StackError."""
    if service not in SERVICES:
        raise StackError(f"There is no service {service!r}. The services are: {', '.join(SERVICES)}.")
    return service


def database_url(service: str, data: Path) -> str:
    """A service's database: what USHER_DATABASE_URL says, else that of the development stack on `data`."""
    from deploy.local import endpoints

    return os.environ.get("USHER_DATABASE_URL") or str(endpoints.read(data)["postgres"][known(service)])
