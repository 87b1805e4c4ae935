"""python -m deploy.devstack.mailbox DATA SMTP-PORT HTTP-PORT LMTP-PORT"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn
import uvloop

from deploy.devstack.mailbox.app import build
from deploy.devstack.mailbox.bounces import Bounces
from deploy.devstack.mailbox.smtp import Conversation
from deploy.devstack.mailbox.store import Store
from deploy.devstack.options import HOST


async def main(data: Path, smtp_port: int, http_port: int, lmtp_port: int) -> None:
    """Serves SMTP and HTTP until it is told to end; what comes back goes to `lmtp_port`."""
    store, bounces = Store(data / "mailbox" / "mails.sqlite"), Bounces(lmtp_port)

    def take(sender: str, recipients: Sequence[str], message: bytes) -> None:
        store.add(sender, recipients, message)
        bounces.consider(sender, recipients)

    smtp = await asyncio.get_running_loop().create_server(lambda: Conversation(take), HOST, smtp_port)
    async with smtp:
        http = uvicorn.Config(build(store), host=HOST, port=http_port, log_level="warning")
        await uvicorn.Server(http).serve()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
