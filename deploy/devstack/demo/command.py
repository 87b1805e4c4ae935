"""./usher demo: everything, and the main job run before your eyes."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.devstack.command import Ports, say, until_told
from deploy.devstack.options import Options
from deploy.operate.connections import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from deploy.devstack.stack import Stack


def demo(
    data: Data = DEFAULT_DATA,
    ports: Ports = 8000,
    once: Annotated[bool, typer.Option("--once", help="End after the run, not zero if a step went wrong.")] = False,
) -> None:
    """Start everything, seed a company, run the main job on the example workbooks, then stay up."""
    asyncio.run(until_told(Options.create(data, ports), lambda stack: _run(stack, once), quiet=True))


async def _run(stack: "Stack", once: bool) -> bool:
    """Seeds, tells the story, says where to look. True when that is all."""
    from deploy.devstack import seed
    from deploy.devstack.demo.client import Client
    from deploy.devstack.demo.story import tell
    from deploy.devstack.invite.show import Show
    from deploy.devstack.issuer.tokens import access_token, load_key
    from deploy.devstack.summary import summary

    await seed.seed(stack)
    found = stack.endpoints()
    token = access_token(load_key(stack.options.data), seed.ADMIN, stack.issuer_url)
    client = Client(found["upload"]["url"], found["licensing"]["url"], found["mailbox"]["url"], token)
    try:
        await tell(client, Show(), stack.options.data / "demo")
    finally:
        await client.close()
    if not once:
        say(summary(stack))
    return once
