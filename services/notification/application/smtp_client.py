"""One kept connection to the mail server, and what became of each mail on it.

What counts is where a conversation breaks: before the final dot is written nobody has the mail, after it somebody may.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import normalize_message_line_endings

from services.notification.domain.mail.outcome import Broken, Outcome, PutOff, Refusal, Taken
from services.notification.formats.mail.compose import Envelope
from services.notification.formats.mail.render import one_line
from services.notification.settings import RESET_SECONDS
from shared.core.crash_points import reached

_MAX_REASON_LENGTH = 300
_IDLE_SECONDS = 20.0
"""A connection that rested longer is asked first: servers hang up on idle ones, and that must not cost an attempt."""
_COMPLETED, _WILL_FORWARD, _START_INPUT, _UNAVAILABLE = 250, 251, 354, 421


class MailServerAway(Exception):
    """There is no connection to be had; nothing was attempted."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail leaves. `timeout` in seconds is for all up to the message, and again for the answer to it."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    start_tls: bool | None
    timeout: float
    greeting: str

    @classmethod
    def from_url(cls, url: str, sender: Address, timeout: float) -> MailServer:
        """From smtp://user:password@host:port, smtps:// or smtp+starttls://. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("USHER_SMTP_URL must be like smtp://host:25, smtps://host or smtp+starttls://host")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            start_tls=True if parts.scheme == "smtp+starttls" else False if parts.scheme == "smtps" else None,
            timeout=timeout,
            greeting=sender.domain,
        )

    def client(self) -> SMTP:
        """A client that is not connected yet."""
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.tls,
            start_tls=self.start_tls,
            tls_context=ssl.create_default_context() if self.tls or self.start_tls else None,
            timeout=self.timeout,
            local_hostname=self.greeting,
        )


_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class SmtpConnection:
    """A connection that is kept from mail to mail, for one sender at a time."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: SMTP | None = None
        self._used = 0.0

    @property
    def alive(self) -> bool:
        """Whether the next mail can begin at once."""
        return self._smtp is not None and self._smtp.is_connected

    async def open(self) -> None:
        """Sees to it that there is a live connection. Raises MailServerAway."""
        if self._smtp is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            await self._ask()
        if self.alive:
            return
        smtp = self._server.client()
        try:
            await smtp.connect()
            await smtp.ehlo()
        except (SMTPException, OSError) as error:
            smtp.close()
            raise MailServerAway(_error_text(error)) from error
        self._smtp, self._used = smtp, time.monotonic()

    async def send(self, envelope: Envelope) -> Outcome:
        """Hands one mail over. Never raises for what the server or the network does."""
        smtp = self._smtp
        if smtp is None:
            return PutOff("There was no connection to the mail server.")
        self._used = time.monotonic()
        try:
            async with asyncio.timeout(self._server.timeout):
                for command, expected in _dialogue(envelope):
                    answer = await smtp.execute_command(command)
                    if answer.code not in expected:
                        return await self._answered(smtp, answer.code, answer.message)
        except (SMTPException, OSError, ValueError) as error:
            self.close()
            return PutOff(_error_text(error))
        return await self._hand_over(smtp, envelope.message)

    async def _hand_over(self, smtp: SMTP, message: bytes) -> Outcome:
        # Not aiosmtplib's own DATA: it raises the same error whether the dot was written or not.
        stuffed = _stuffed(message)
        protocol = smtp.protocol
        try:
            if protocol is None:
                raise SMTPServerDisconnected("the connection was lost")
            reached("mail.begun")
            protocol.write(stuffed)
            reached("mail.dot-written")
        except SMTPServerDisconnected as error:
            self.close()
            return PutOff(_error_text(error))
        try:
            answer = await protocol.read_response(timeout=self._server.timeout)
            reached("mail.dot-answered")
        except (SMTPException, OSError) as error:
            self.close()
            return Broken(_error_text(error))
        if answer.code == _COMPLETED:
            return Taken()
        return await self._answered(smtp, answer.code, answer.message)

    async def _answered(self, smtp: SMTP, code: int, message: str) -> Outcome:
        said = one_line(f"{code} {message}")[:_MAX_REASON_LENGTH]
        if code == _UNAVAILABLE or not 400 <= code < 600:
            self.close()
        elif smtp.is_connected:
            await self._reset(smtp)
        return Refusal(said) if 500 <= code < 600 else PutOff(said)

    async def _reset(self, smtp: SMTP) -> None:
        try:
            async with asyncio.timeout(RESET_SECONDS):
                await smtp.rset()
        except (SMTPException, OSError):
            self.close()

    async def _ask(self) -> None:
        assert self._smtp is not None
        try:
            await self._smtp.noop()
        except (SMTPException, OSError):
            self.close()

    async def quit(self) -> None:
        """Says goodbye."""
        if self._smtp is not None and self._smtp.is_connected:
            with suppress(SMTPException, OSError):
                await self._smtp.quit()
        self.close()

    def close(self) -> None:
        """Hangs up."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _dialogue(envelope: Envelope) -> Iterable[tuple[bytes, Container[int]]]:
    """What is said up to the message, and the answers that let it go on. Not by the library's own `mail` and `rcpt`:
    these look for an address within the address, for as long as a whole mail takes to be written."""
    yield b"MAIL FROM:<" + envelope.sender.encode("ascii") + b">", (_COMPLETED,)
    yield b"RCPT TO:<" + envelope.recipient.encode("ascii") + b">", (_COMPLETED, _WILL_FORWARD)
    yield b"DATA", (_START_INPUT,)


def _stuffed(message: bytes) -> bytes:
    """The message as DATA wants it: whole lines, no lone dot but the last one."""
    if message.count(b"\n") != message.count(b"\r\n") or message.count(b"\r") != message.count(b"\r\n"):
        message = normalize_message_line_endings(message)
    whole = message if message.endswith(b"\r\n") else message + b"\r\n"
    return (b"\r\n" + whole).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def _error_text(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}")[:_MAX_REASON_LENGTH]
    if isinstance(error, TimeoutError):
        return "The mail server took too long to answer."
    return one_line(f"The connection to the mail server broke: {error}")[:_MAX_REASON_LENGTH]
