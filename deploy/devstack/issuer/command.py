"""./usher token: an access token of the development issuer, for curl."""

from typing import Annotated

import typer

from deploy.operate.connections import DEFAULT_DATA, Data


def token(
    company: Annotated[str | None, typer.Option(help="The company's id, a UUID.")] = None,
    email: Annotated[str | None, typer.Option(help="Whom the token is for.")] = None,
    permission: Annotated[list[str] | None, typer.Option(help="A permission, such as manage_users; repeat.")] = None,
    platform: Annotated[bool, typer.Option("--platform", help="Add the scope usher.platform.")] = False,
    expires_in: Annotated[int, typer.Option(help="Seconds; negative: expired already.")] = 3600,
    name: Annotated[str, typer.Option(help="The person's name; else one made of the e-mail.")] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Print an access token of the development issuer.

    curl -H "Authorization: Bearer $(./usher token --company ID --email E --permission manage_users)" …
    """
    from deploy.devstack.issuer.people import Person
    from deploy.devstack.issuer.tokens import access_token, load_key
    from deploy.operate import endpoints
    from deploy.operate.errors import CommandError

    if not platform and not (company and email):
        raise CommandError("A token is for somebody: --company ID and --email E. Only --platform can stand alone.")
    found = endpoints.read(data)
    if "pid" not in found["issuer"] and found["issuer"].get("external"):
        raise CommandError(f"This stack believes {found['issuer']['url']}, not its own issuer. Get a token there.")
    person = Person(email or "platform@usher.example.com", company, name, tuple(permission or ()), platform)
    print(access_token(load_key(data), person, found["issuer"]["url"], expires_in))
