"""./usher directory: a directory that provisions made-up people by SCIM into a running development stack."""

from typing import Annotated

import typer

from deploy.operate.connections import DEFAULT_DATA, Data


def directory(
    people: Annotated[int, typer.Option(help="How many people the directory has.", min=0, max=10_000)] = 10,
    company: Annotated[str | None, typer.Option(help="The company's id; else the demo's.")] = None,
    admin: Annotated[str | None, typer.Option(help="An admin of it, who makes the token; else the demo's.")] = None,
    leave: Annotated[bool, typer.Option("--leave", help="They all leave again afterwards.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a token for a directory, and sync its people as Entra ID would: looked for, created, their managers after.

    The token is printed, for curl and scim2-cli (docs/scim.md). Run it again and nothing changes: everybody is found.
    """
    import httpx

    from deploy.devstack import seed
    from deploy.devstack.directory.sync import Sync
    from deploy.devstack.issuer.people import Person
    from deploy.devstack.issuer.tokens import access_token, load_key
    from deploy.operate import endpoints
    from deploy.operate.errors import CommandError

    found = endpoints.read(data)
    who = Person(admin or seed.ADMIN.email, company or seed.COMPANY_ID, "", ("manage_users",))
    bearer = access_token(load_key(data), who, found["issuer"]["url"])
    url = found["licensing"]["url"]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {bearer}"}, timeout=60) as api:
        made = api.post("/api/v1/scim/tokens", json={"name": "Development directory"})
    if not made.is_success:
        raise CommandError(made.json().get("detail", made.text))
    token: str = made.json()["token"]
    typer.echo(f"SCIM_CLI_URL={url}/scim/v2")
    typer.echo(f"SCIM_CLI_HEADERS='Authorization: Bearer {token}'")
    with httpx.Client(base_url=f"{url}/scim/v2", headers={"Authorization": f"Bearer {token}"}, timeout=60) as scim:
        sync = Sync(scim, who.email.partition("@")[2], typer.echo)
        sync.everybody(people)
        if leave:
            sync.leave()
