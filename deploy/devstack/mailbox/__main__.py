"""python -m deploy.devstack.mailbox DATA SMTP-PORT HTTP-PORT"""

import asyncio
import sys
from pathlib import Path

import uvicorn
import uvloop

from deploy.devstack.mailbox.app import build
from deploy.devstack.mailbox.smtp import Conversation
from deploy.devstack.mailbox.store import Store
from deploy.devstack.options import HOST


async def main(data: Path, smtp_port: int, http_port: int) -> None:
    """Serves SMTP and HTTP until it is told to end."""
    store = Store(data / "mailbox" / "mails.sqlite")
    smtp = await asyncio.get_running_loop().create_server(lambda: Conversation(store.add), HOST, smtp_port)
    async with smtp:
        http = uvicorn.Config(build(store), host=HOST, port=http_port, log_level="warning")
        await uvicorn.Server(http).serve()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
