"""A mail server that does what a script says, recipient by recipient, and remembers whose final dot it has read."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "ok"
BUSY = "450 4.2.0 busy, come back later"
UNKNOWN = "550 5.1.1 mailbox not found"
CLOSING = "421 4.3.2 shutting down"
CUT_BEFORE = "cut before the dot"
CUT_AFTER = "cut after the dot"
BUSY_AFTER = "dot 451 4.3.0 out of space"
REFUSED_AFTER = "dot 554 5.7.1 not this content"
SILENT = "no answer to the dot"
GONE = "cut after the dot, and away from then on"


class MailServerScript:
    """`script[address]` is what happens to each attempt at that address, in order; then all is well."""

    def __init__(self) -> None:
        self.script: dict[str, list[str]] = defaultdict(list)
        self.dots: list[tuple[str, Message]] = []
        self.attempts: Counter[str] = Counter()
        self.senders: dict[str, str] = {}
        """The last envelope sender of each address' mails."""
        self.connections = 0
        self.pipelining = True
        self.port = 0
        self.listening: asyncio.Server | None = None
        self._now: dict[int, str] = {}
        self._open: list[Any] = []

    def plan(self, address: str, *steps: str) -> None:
        """What the next attempts at an address come to."""
        self.script[address] += steps

    def copies(self, address: str) -> list[Message]:
        """Messages to an address whose final dot was read, answered or not."""
        return [message for recipient, message in self.dots if recipient == address]

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        self.attempts[address] += 1
        self.senders[address] = envelope.mail_from or ""
        step = self.script[address].pop(0) if self.script[address] else OK
        if step in (BUSY, UNKNOWN, CLOSING):
            return step
        self._now[id(session)] = step
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        step = self._now.pop(id(session), OK)
        message = message_from_bytes(envelope.content or b"", policy=SMTP_POLICY)  # type: ignore[arg-type]
        self.dots.append((envelope.rcpt_tos[0], message))
        if step == GONE:
            self.go_away()
        if step in (CUT_AFTER, GONE):
            server.transport.abort()
        if step == SILENT:
            await asyncio.sleep(60)
        return step.removeprefix("dot ") if step.startswith("dot ") else "250 taken"

    def protocol(self) -> SMTP:
        """A conversation."""
        made = _Conversation(self, self._now)
        self.connections += 1
        self._open.append(made)
        return made

    def go_away(self) -> None:
        """Takes no more connections."""
        if self.listening is not None:
            self.listening.close()

    def hang_up(self) -> None:
        """Cuts every connection."""
        for made in self._open:
            if made.transport is not None:
                made.transport.abort()
        self._open.clear()


class _Conversation(SMTP):
    def __init__(self, script: MailServerScript, now: dict[int, str]) -> None:
        super().__init__(script, hostname="mail.example", enable_SMTPUTF8=False, ident="test")
        self._now = now

    async def smtp_DATA(self, arg: str) -> None:
        if self._now.get(id(self.session)) == CUT_BEFORE:
            del self._now[id(self.session)]
            self.transport.abort()  # type: ignore[union-attr]
            return
        await super().smtp_DATA(arg)


@asynccontextmanager
async def mail_server(
    port: int = 0, script: MailServerScript | None = None, *, pipelining: bool = True
) -> AsyncGenerator[MailServerScript]:
    """The server, listening."""
    ready = script or MailServerScript()
    ready.pipelining = pipelining
    server = await asyncio.get_running_loop().create_server(ready.protocol, "127.0.0.1", port)
    ready.listening = server
    ready.port = server.sockets[0].getsockname()[1]
    try:
        yield ready
    finally:
        server.close()
        ready.hang_up()


def plain(message: Message) -> str:
    """The text part of a mail."""
    [part] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()
