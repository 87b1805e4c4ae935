"""python -m deploy.local.mailbox DATA SMTP-PORT HTTP-PORT"""

import asyncio
import sys
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.app import build
from deploy.local.mailbox.store import Store
from deploy.local.options import HOST


class Sink:
    """Accepts everything."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for the mail's content; its answer is the server's."""
        content = envelope.original_content or b""
        self._store.add(envelope.mail_from or "", envelope.rcpt_tos, content)
        return "250 Kept for looking at"


async def main(data: Path, smtp_port: int, http_port: int) -> None:
    """Serves SMTP and HTTP until it is told to end."""
    store = Store(data / "mailbox" / "mail.sqlite")
    loop = asyncio.get_running_loop()
    sink = Sink(store)
    smtp = await loop.create_server(
        lambda: SMTP(sink, hostname="mailbox.localhost", enable_SMTPUTF8=True, loop=loop), HOST, smtp_port
    )
    async with smtp:
        http = uvicorn.Config(build(store), host=HOST, port=http_port, log_level="warning")
        await uvicorn.Server(http).serve()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
