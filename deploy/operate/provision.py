"""./usher provision: a company and its first admin, as a platform makes them."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.operate.errors import CommandError

Company = Annotated[str, typer.Argument(metavar="COMPANY-ID", help="The company's id, a UUID.")]
Described = Annotated[Path, typer.Argument(metavar="FILE", help="The company as JSON, like examples/company.json.")]
Admin = Annotated[str, typer.Option(help="The e-mail address of the first admin, Active at once.")]
Licensing = Annotated[str, typer.Option(envvar="USHER_LICENSING_URL", help="Where licensing is.")]
Token = Annotated[str, typer.Option(envvar="USHER_TOKEN", help="An access token with the scope usher.platform.")]
Issuer = Annotated[str, typer.Option(envvar="USHER_OIDC_ISSUER", help="Without a token: the issuer that gives one.")]
Client = Annotated[str, typer.Option(help="Without a token: the client that asks for one.")]
Secret = Annotated[str, typer.Option(envvar="USHER_CLIENT_SECRET", help="The client's secret.")]


def provision(
    company: Company,
    described: Described,
    admin: Admin,
    first_name: Annotated[str, typer.Option(help="The admin's first name.")] = "",
    last_name: Annotated[str, typer.Option(help="The admin's last name.")] = "",
    licensing: Licensing = "http://127.0.0.1:8001",
    token: Token = "",
    issuer: Issuer = "",
    client: Client = "",
    secret: Secret = "",
) -> None:
    """Make a company and let its first admin in; with the same words again it changes nothing."""
    import asyncio
    import json

    from deploy.operate.provisioning import client_token
    from deploy.operate.provisioning import provision as put

    if not token and not (issuer and client and secret):
        raise CommandError("Provisioning takes --token, or --issuer, --client and USHER_CLIENT_SECRET to ask for one.")
    try:
        settings = json.loads(described.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{described} is not a company as JSON ({error}).") from error
    names = {name: value for name, value in (("first_name", first_name), ("last_name", last_name)) if value}
    profile = {**names, "permissions": ["manage_users"]}

    async def work() -> None:
        await put(licensing, token or await client_token(issuer, client, secret), company, settings, {admin: profile})

    asyncio.run(work())
    print(f"{settings.get('name', company)} is there, and {admin} is in it.")
