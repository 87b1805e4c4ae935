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
_GOODBYE = "221 Goodbye"
_EXTENSIONS = (f"SIZE {_LARGEST_MAIL}", "8BITMIME", "SMTPUTF8")
_PATH = re.compile(r"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)


class Conversation(asyncio.Protocol):
    """One connection, RFC 5321 as far as a sink needs it. What came in one piece is answered in one: with `pipelining`
    (RFC 2920) that is said, and clients may write several commands at once."""

    def __init__(self, take: Take, *, pipelining: bool = True) -> None:
        self._take = take
        self._extensions = _EXTENSIONS + ("PIPELINING",) * pipelining
        self._read = bytearray()
        self._in_message = False
        self._searched = 0
        self._sender: str | None = None
        self._recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._transport = cast("asyncio.Transport", transport)
        self._say(["220 mailbox.localhost ESMTP"])

    def data_received(self, data: bytes) -> None:
        """Answers all that is complete."""
        self._read += data
        answers: list[str] = []
        while (answer := self._message() if self._in_message else self._line()) is not None:
            answers.append(answer)
            if answer is _GOODBYE:
                break
        left = len(self._read)
        too_long = left > (_LARGEST_MAIL if self._in_message else _LONGEST_LINE)
        self._say([*answers, "500 That is too long"] if too_long else answers)
        if too_long or answers[-1:] == [_GOODBYE]:
            self._transport.close()

    def _line(self) -> str | None:
        end = self._read.find(b"\n")
        if end < 0:
            return None
        verb, _, rest = self._read[:end].decode("utf-8", "replace").strip().partition(" ")
        del self._read[: end + 1]
        return self._answer(verb.upper(), rest)

    def _answer(self, verb: str, rest: str) -> str:
        match verb:
            case "EHLO":
                self._forget()
                *first, last = ("mailbox.localhost", *self._extensions)
                return "".join(f"250-{said}\r\n" for said in first) + f"250 {last}"
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
                return _GOODBYE
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

    def _message(self) -> str | None:
        found = 0 if self._read.startswith(_END[2:]) else self._read.find(_END, max(0, self._searched - len(_END)))
        if found < 0:
            self._searched = len(self._read)
            return None
        message = bytes(self._read[: found + 2]) if found else b""
        del self._read[: found + len(_END) if found else len(_END) - 2]
        if message.startswith(b"..") or b"\r\n.." in message:
            message = (b"\r\n" + message).replace(b"\r\n..", b"\r\n.")[2:]
        self._take(self._sender or "", self._recipients, message)
        self._forget()
        return "250 Kept for looking at"

    def _forget(self) -> None:
        self._in_message, self._sender, self._recipients = False, None, []

    def _say(self, answers: Sequence[str]) -> None:
        if answers:
            self._transport.write("".join(f"{answer}\r\n" for answer in answers).encode())
