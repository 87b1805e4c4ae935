"""./usher demo: everything, and the main job run before your eyes."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.common import DEFAULT_DATA, Data
from deploy.cli.dev import Ports, say, until_told
from deploy.local.options import Options

if TYPE_CHECKING:
    from deploy.local.stack import Stack


def demo(
    data: Data = DEFAULT_DATA,
    ports: Ports = 8000,
    once: Annotated[bool, typer.Option("--once", help="End after the run, not zero if a step went wrong.")] = False,
) -> None:
    """Start everything, seed a company, run the main job on the example workbooks, then stay up."""
    asyncio.run(until_told(Options.create(data, ports), lambda stack: _run(stack, once), quiet=True))


async def _run(stack: "Stack", once: bool) -> bool:
    """Seeds, tells the story, says where to look. True when that is all."""
    from deploy.demo.client import Client
    from deploy.demo.story import tell
    from deploy.local import seed
    from deploy.local.issuer.tokens import access_token, load_key
    from deploy.local.summary import summary
    from deploy.show import Show

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
