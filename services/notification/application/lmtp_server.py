"""The LMTP server: a mail server hands over what comes to return addresses (RFC 2033), one mail after the other."""

from __future__ import annotations

import asyncio
import logging

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notification.application.take_bounces import BounceIntake, NotSentYet
from services.notification.formats.bounces.reader import MAX_BYTES
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from shared.core.retry import TRANSIENT

_TAKEN = "250 2.0.0 Taken"
_LATER = "451 4.3.0 Not now, try again"
_ONE_AT_A_TIME = "452 4.5.3 One recipient at a time"
_NOBODY = "550 5.1.1 No such address here"
_IDLE_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)
# It writes down every command, and with them addresses and tokens.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class _Conversation(LMTP):
    """Answers after a mail with one line, which is right for one recipient: so it takes no second one."""

    # Of RFC 5321's 1,000 not every system knows that writes reports: one that is refused for it is lost.
    line_length_limit = MAX_BYTES


class LmtpServer:
    """Serves LMTP on `host` and `port` until cancelled. What can't be recorded now is asked for again."""

    def __init__(self, host: str, port: int, hostname: str, addresses: ReturnAddresses, intake: BounceIntake) -> None:
        self._host = host
        self._port = port
        self._hostname = hostname
        self._addresses = addresses
        self._intake = intake

    async def run(self) -> None:
        """The background task."""
        server = await asyncio.get_running_loop().create_server(self._conversation, self._host, self._port)
        async with server:
            log.info("lmtp_listens", port=self._port)
            await server.serve_forever()

    def _conversation(self) -> LMTP:
        return _Conversation(
            self,
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._hostname,
            ident="Usher",
            timeout=_IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Says for whom a mail may be."""
        if not self._addresses.is_ours(address):
            return _NOBODY
        if envelope.rcpt_tos:
            return _ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Takes a mail: answered with 250 once what it leads to is committed."""
        mail_id, content = self._addresses.mail_of(envelope.rcpt_tos[0]), envelope.content
        try:
            await self._intake.take(mail_id, content if isinstance(content, bytes) else b"")
        except NotSentYet:
            return _LATER
        except TRANSIENT as error:
            log.warning("bounce_waits", error=type(error).__name__)
            return _LATER
        return _TAKEN
