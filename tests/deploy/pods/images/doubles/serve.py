"""mailbox DATA SMTP-PORT HTTP-PORT, or issuer URL DATA CERTIFICATE KEY: for all addresses of a pod."""

import asyncio
import sys
from pathlib import Path

import uvicorn

ANY = "0.0.0.0"


async def mailbox(data: Path, smtp_port: int, http_port: int) -> None:
    """Takes mails in, and shows them."""
    from deploy.devstack.mailbox.app import build
    from deploy.devstack.mailbox.smtp import Conversation
    from deploy.devstack.mailbox.store import Store

    store = Store(data / "mails.sqlite")
    smtp = await asyncio.get_running_loop().create_server(lambda: Conversation(store.add), ANY, smtp_port)
    async with smtp:
        await uvicorn.Server(uvicorn.Config(build(store), host=ANY, port=http_port, log_level="warning")).serve()


def issuer(url: str, data: Path, certificate: str, key: str) -> None:
    """Signs people in, by TLS."""
    from deploy.devstack.issuer.app import build

    uvicorn.run(build(url, data), host=ANY, port=8009, ssl_certfile=certificate, ssl_keyfile=key, log_level="warning")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["mailbox", data, smtp_port, http_port]:
            asyncio.run(mailbox(Path(data), int(smtp_port), int(http_port)))
        case ["issuer", url, data, certificate, key]:
            issuer(url, Path(data), certificate, key)
        case _:
            sys.exit(__doc__)
