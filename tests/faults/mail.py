"""The mail server of the faults: the scripted one of the mails' own tests, with a habit for everybody."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from tests.integration.notification.smtp import OK, MailServerScript, plain


def well(_: str) -> str:
    """Takes every mail."""
    return OK


@dataclass(frozen=True)
class Copy:
    """A mail whose final dot the server has read, answered or not."""

    recipient: str
    message_id: str
    text: str


class MailServer(MailServerScript):
    """`habit(address)` is what an attempt comes to, unless the script says otherwise; `late` seconds is how long the
    server takes to answer a final dot."""

    def __init__(self) -> None:
        super().__init__()
        self.habit: Callable[[str], str] = well
        self.late = 0.0

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if not self.script[address] and (step := self.habit(address)) != OK:
            self.script[address].append(step)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.late)
        answer = await super().handle_DATA(server, session, envelope)
        if not answer.startswith("250"):
            # Refused after the dot: nobody has this copy.
            del self.dots[max(n for n, (to, _) in enumerate(self.dots) if to == envelope.rcpt_tos[0])]
        return answer

    # No property: aiosmtpd reads every attribute of its handler at each connection.
    def mails(self) -> list[Copy]:
        """Every copy so far."""
        return [_copy(recipient, message) for recipient, message in tuple(self.dots)]


@cache
def _copy(recipient: str, message: Message) -> Copy:
    return Copy(recipient, str(message["Message-ID"]).strip(), plain(message))
