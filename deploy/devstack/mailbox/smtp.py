"""The sink's side of SMTP: takes every mail as it is. A few lines of our own, since a general server needs a
millisecond of the processor for each mail, which the services beside it would miss."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import cast

Take = Callable[[str, Sequence[str], bytes], None]
"""Keeps a mail: who it is from, whom it is to, and the message; answered with 250 when it returns."""

_LONGEST_LINE = 8192
_LARGEST_MAIL = 32 << 20
_END = b"\r\n.\r\n"
_PATH = re.compile(r"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)


class Conversation(asyncio.Protocol):
    """One connection, RFC 5321 as far as a sink needs it."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._read = bytearray()
        self._in_message = False
        self._searched = 0
        self._sender: str | None = None
        self._recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._transport = cast("asyncio.Transport", transport)
        self._say("220 mailbox.localhost ESMTP")

    def data_received(self, data: bytes) -> None:
        """Answers all that is complete."""
        self._read += data
        while self._message() if self._in_message else self._line():
            pass
        if len(self._read) > (_LARGEST_MAIL if self._in_message else _LONGEST_LINE):
            self._say("500 That is too long")
            self._transport.close()

    def _line(self) -> bool:
        line, end, _ = self._read.partition(b"\n")
        if not end or self._transport.is_closing():
            return False
        del self._read[: len(line) + 1]
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        self._say(self._answer(verb.upper(), rest))
        if verb.upper() == "QUIT":
            self._transport.close()
        return True

    def _answer(self, verb: str, rest: str) -> str:
        match verb:
            case "EHLO":
                self._forget()
                return f"250-mailbox.localhost\r\n250-SIZE {_LARGEST_MAIL}\r\n250-8BITMIME\r\n250 SMTPUTF8"
            case "HELO" | "RSET":
                self._forget()
                return "250 OK"
            case "MAIL" | "RCPT" if path := _PATH.match(rest):
                return self._address(verb, path[1])
            case "MAIL" | "RCPT":
                return f"501 {verb} wants an address in angle brackets"
            case "DATA" if self._recipients:
                self._in_message, self._searched = True, 0
                return "354 End with a dot on a line of its own"
            case "DATA":
                return "503 First say whom it is to"
            case "NOOP":
                return "250 OK"
            case "QUIT":
                return "221 Goodbye"
            case _:
                return "500 That command is not known here"

    def _address(self, verb: str, address: str) -> str:
        if verb == "MAIL":
            self._forget()
            self._sender = address
        elif self._sender is None:
            return "503 First say whom it is from"
        else:
            self._recipients.append(address)
        return "250 OK"

    def _message(self) -> bool:
        found = 0 if self._read.startswith(_END[2:]) else self._read.find(_END, max(0, self._searched - len(_END)))
        if found < 0:
            self._searched = len(self._read)
            return False
        whole = bytes(self._read[: found + 2]) if found else b""
        del self._read[: found + len(_END) if found else len(_END) - 2]
        message = (b"\r\n" + whole).replace(b"\r\n..", b"\r\n.")[2:]
        self._take(self._sender or "", self._recipients, message)
        self._forget()
        self._say("250 Kept for looking at")
        return True

    def _forget(self) -> None:
        self._in_message, self._sender, self._recipients = False, None, []

    def _say(self, answer: str) -> None:
        self._transport.write(answer.encode() + b"\r\n")
