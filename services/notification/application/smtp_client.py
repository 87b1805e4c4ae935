"""One kept connection to the mail server, and what became of each mail on it.

What counts is where a conversation breaks: before the final dot is written nobody has the mail, after it somebody may.

aiosmtplib connects, signs in and asks what the server can do. The mails themselves go by a protocol of our own on the
same transport: the library's takes one answer at a time and drops what comes with it.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notification.domain.mail.outcome import Broken, Outcome, PutOff, Refusal, Taken
from services.notification.formats.mail.compose import Envelope
from services.notification.formats.mail.render import one_line
from services.notification.settings import RESET_SECONDS
from shared.core.crash_points import reached

_MAX_REASON_LENGTH = 300
_IDLE_SECONDS = 20.0
"""A connection that rested longer is asked first: servers hang up on idle ones, and that must not cost an attempt."""
_QUIT_SECONDS = 5.0
_COMPLETED, _WILL_FORWARD, _START_INPUT, _UNAVAILABLE = 250, 251, 354, 421
_EXPECTED = (frozenset({_COMPLETED}), frozenset({_COMPLETED, _WILL_FORWARD}), frozenset({_START_INPUT}))
"""The answers to MAIL, RCPT and DATA that let a mail go on."""


class MailServerAway(Exception):
    """No connection to be had; nothing was attempted."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server, and how it is reached. `timeout` in seconds is for all up to the message, and again for the
    answer to it."""

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
        self._dialogue: Dialogue | None = None
        self._pipelining = False
        self._begun: Envelope | None = None
        self._used = 0.0

    @property
    def alive(self) -> bool:
        """Whether the next mail can begin at once."""
        return self._dialogue is not None and self._dialogue.open

    async def open(self) -> None:
        """Sees to it that there is a live connection. Raises MailServerAway."""
        if self._dialogue is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            await self._short(b"NOOP\r\n", self._server.timeout)
        if self.alive:
            return
        smtp = self._server.client()
        try:
            await smtp.connect()
            await smtp.ehlo()
            self._dialogue = Dialogue.instead_of(smtp)
        except (SMTPException, OSError) as error:
            smtp.close()
            raise MailServerAway(_error_text(error)) from error
        self._pipelining = smtp.supports_extension("pipelining")
        self._begun, self._used = None, time.monotonic()

    async def send(self, envelope: Envelope, following: Envelope | None = None) -> Outcome:
        """Hands one mail over; `following` is begun in the same write, where the server offers PIPELINING (RFC 2920).
        Never raises for what the server or the network does."""
        dialogue = self._dialogue
        if dialogue is None:
            return PutOff("There was no connection to the mail server.")
        self._used = time.monotonic()
        begun, self._begun = self._begun, None
        try:
            answers = await self._introduce(dialogue, envelope, written=begun is envelope)
        except (OSError, ValueError) as error:
            self.close()
            return PutOff(_error_text(error))
        for answer, expected in zip(answers, _EXPECTED, strict=False):
            if answer.code not in expected:
                return await self._turned_away(dialogue, answer, answers)
        if len(answers) < len(_EXPECTED):
            self.close()
            return PutOff("The mail server hung up.")
        return await self._hand_over(dialogue, envelope.data, following)

    async def _introduce(self, dialogue: Dialogue, envelope: Envelope, *, written: bool) -> Sequence[Answer]:
        """The answers to MAIL, RCPT and DATA; fewer where one of them ends it."""
        if not written:
            commands = _commands(envelope)
            if not self._pipelining:
                return await self._one_by_one(dialogue, commands)
            dialogue.write(b"".join(commands), len(commands))
        return await dialogue.answers(len(_EXPECTED), self._server.timeout)

    async def _one_by_one(self, dialogue: Dialogue, commands: Sequence[bytes]) -> Sequence[Answer]:
        answers: list[Answer] = []
        async with asyncio.timeout(self._server.timeout):
            for command, expected in zip(commands, _EXPECTED, strict=True):
                dialogue.write(command, 1)
                answers += await dialogue.answers(1)
                if answers[-1].code not in expected:
                    break
        return answers

    async def _hand_over(self, dialogue: Dialogue, data: bytes, following: Envelope | None) -> Outcome:
        ahead = _commands_ahead(following) if self._pipelining and following else ()
        try:
            reached("mail.begun")
            dialogue.write(b"".join((data, *ahead)) if ahead else data, 1 + len(ahead))
            reached("mail.dot-written")
        except OSError as error:
            self.close()
            return PutOff(_error_text(error))
        self._begun = following if ahead else None
        try:
            [answer] = await dialogue.answers(1, self._server.timeout)
            reached("mail.dot-answered")
        except OSError as error:
            self.close()
            return Broken(_error_text(error))
        # With that answer the server has done with the mail, whatever it says: there is nothing to reset.
        return Taken() if answer.code == _COMPLETED else self._answered(answer)

    async def _turned_away(self, dialogue: Dialogue, answer: Answer, answers: Sequence[Answer]) -> Outcome:
        outcome = self._answered(answer)
        if len(answers) == len(_EXPECTED) and answers[-1].code == _START_INPUT:
            # It waits for a message to nobody. What it would do with one is not known, so it gets none.
            self.close()
        elif dialogue.open:
            await self._short(b"RSET\r\n", RESET_SECONDS)
        return outcome

    def _answered(self, answer: Answer) -> Outcome:
        said = one_line(f"{answer.code} {answer.text}")[:_MAX_REASON_LENGTH]
        if answer.code == _UNAVAILABLE or not 400 <= answer.code < 600:
            self.close()
        return Refusal(said) if 500 <= answer.code < 600 else PutOff(said)

    async def _short(self, command: bytes, seconds: float) -> None:
        """Says something that changes nothing; a connection on which it is not answered well is closed."""
        assert self._dialogue is not None
        try:
            self._dialogue.write(command, 1)
            [answer] = await self._dialogue.answers(1, seconds)
        except OSError:
            self.close()
        else:
            if answer.code != _COMPLETED:
                self.close()

    def abandon(self, envelope: Envelope) -> None:
        """Gives up on this mail: where it was begun, only hanging up ends it."""
        if self._begun is envelope:
            self.close()

    async def quit(self) -> None:
        """Says goodbye."""
        if self._dialogue is not None and self._dialogue.open:
            with suppress(OSError):
                self._dialogue.write(b"QUIT\r\n", 1)
                await self._dialogue.answers(1, _QUIT_SECONDS)
        self.close()

    def close(self) -> None:
        """Hangs up."""
        if self._dialogue is not None:
            self._dialogue.close()
            self._dialogue = self._begun = None


class Answer(NamedTuple):
    """What the server said to one command."""

    code: int
    text: str


class Dialogue(asyncio.Protocol):
    """Commands that are written, and their answers in the same order; several may be under way.

    An answer that nobody has asked for ends it: from then on answers would be taken for those to other commands.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._read = bytearray()
        self._lines: list[str] = []
        self._answers: list[Answer] = []
        self._due = 0
        self._waiting: tuple[int, asyncio.Future[None]] | None = None
        self._ended: OSError | None = None

    @classmethod
    def instead_of(cls, smtp: SMTP) -> Dialogue:
        """Takes the transport over from a client whose last command has been answered. Raises OSError."""
        transport = cast("asyncio.Transport | None", smtp.transport)
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection was lost")
        dialogue = cls(transport)
        transport.set_protocol(dialogue)
        return dialogue

    @property
    def open(self) -> bool:
        """Whether something can be said."""
        return self._ended is None and not self._transport.is_closing()

    def write(self, data: bytes, answers: int) -> None:
        """Writes what will have so many answers. Raises OSError where nothing can be written any more."""
        if not self.open:
            raise self._ended or ConnectionResetError("the connection was lost")
        self._due += answers
        self._transport.write(data)

    async def answers(self, count: int, timeout: float | None = None) -> Sequence[Answer]:
        """The next answers; fewer, but one, where the server hung up after it. Raises OSError, also for time out."""
        if len(self._answers) < count and self._ended is None:
            waiter = self._loop.create_future()
            self._waiting = count, waiter
            clock = self._loop.call_later(timeout, _time_out, waiter) if timeout is not None else None
            try:
                await waiter
            finally:
                self._waiting = None
                if clock is not None:
                    clock.cancel()
        if not self._answers:
            raise self._ended or ConnectionResetError("the connection was lost")
        given, self._answers = self._answers[:count], self._answers[count:]
        return given

    def data_received(self, data: bytes) -> None:
        """Takes the answers that are whole."""
        self._read += data
        *lines, rest = self._read.split(b"\n")
        self._read = rest
        for line in lines:
            self._line(line.decode("utf-8", "replace"))
        if len(rest) + sum(map(len, self._lines)) > _LONGEST_ANSWER:
            self._end(ConnectionAbortedError("an answer is too long"))
        elif self._waiting is not None and len(self._answers) >= self._waiting[0]:
            self._wake()

    def _line(self, line: str) -> None:
        code = line[:3]
        if not (code.isascii() and code.isdecimal()) or (line[3:4] not in ("", " ", "-", "\r")):
            self._end(ConnectionAbortedError("an answer is none of SMTP"))
            return
        self._lines.append(line[4:].strip())
        if line[3:4] == "-":
            return
        answer, self._lines = Answer(int(code), "\n".join(self._lines)), []
        self._due -= 1
        if self._due < 0 and self._ended is None:
            self._end(ConnectionAbortedError(f"unasked, it said {answer.code} {answer.text}"))
        elif self._ended is None:
            self._answers.append(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will be answered."""
        self._end(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was lost"))

    def _end(self, error: OSError) -> None:
        self._ended = self._ended or error
        self._transport.close()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_result(None)

    def close(self) -> None:
        """Hangs up."""
        self._end(ConnectionAbortedError("we hung up"))


_LONGEST_ANSWER = 1 << 15


def _time_out(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


def _commands(envelope: Envelope) -> Sequence[bytes]:
    """MAIL, RCPT and DATA. Raises ValueError for an address that would say more than itself."""
    for address in (envelope.sender, envelope.recipient):
        if not (address.isascii() and address.isprintable()) or ">" in address or "<" in address:
            raise ValueError("an address that can't be said to a mail server")
    return f"MAIL FROM:<{envelope.sender}>\r\n".encode(), f"RCPT TO:<{envelope.recipient}>\r\n".encode(), b"DATA\r\n"


def _commands_ahead(envelope: Envelope) -> Sequence[bytes]:
    """The commands of a mail that follows; none where it has to be looked at alone."""
    try:
        return _commands(envelope)
    except ValueError:
        return ()


def _error_text(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}")[:_MAX_REASON_LENGTH]
    if isinstance(error, TimeoutError):
        return "The mail server took too long to answer."
    return one_line(f"The connection to the mail server broke: {error}")[:_MAX_REASON_LENGTH]
