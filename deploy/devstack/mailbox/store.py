"""The kept mails, in one SQLite file, so that a restarted mailbox still has them.

A mail is kept as it came and understood when somebody looks: parsing takes longer than all else, and thousands come
that nobody looks at.
"""

import email
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import cast

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, sender TEXT, recipients TEXT, arrived REAL, content BLOB);
CREATE TABLE IF NOT EXISTS recipient (address TEXT, mail INTEGER, PRIMARY KEY (address, mail)) WITHOUT ROWID;
"""
_COLUMNS = "id, sender, recipients, arrived, content"


@dataclass(frozen=True)
class Mail:
    """One delivered mail. `recipients` are the envelope's: whom it was sent to, whatever its To says."""

    id: int
    sender: str
    recipients: str
    subject: str
    date: str
    message_id: str
    text: str
    html: str | None


def comparable(address: str) -> str:
    """An address as the mailbox looks for it: without case, its domain in ASCII."""
    local, at, domain = address.strip().casefold().rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}{at}{domain}"


class Store:
    """Mails, newest first."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Keeps a mail once, for all its recipients."""
        row = (sender, ", ".join(recipients), time(), content)
        self._db.execute("BEGIN")
        placed = self._db.execute(f"INSERT INTO mail ({_COLUMNS[4:]}) VALUES (?, ?, ?, ?)", row).lastrowid
        pairs = {(comparable(address), placed) for address in recipients}
        self._db.executemany("INSERT INTO recipient VALUES (?, ?)", pairs)
        self._db.execute("COMMIT")

    def find(self, to: str | None, limit: int) -> list[Mail]:
        """The newest mails, to everybody or to one address."""
        where = "WHERE id IN (SELECT mail FROM recipient WHERE address = ?)" if to else ""
        values = (comparable(to), limit) if to else (limit,)
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM mail {where} ORDER BY id DESC LIMIT ?", values)
        return [_understood(*row) for row in rows]

    def get(self, number: int) -> Mail | None:
        """One mail by its number."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", (number,)).fetchone()
        return _understood(*row) if row else None


def _understood(number: int, sender: str, recipients: str, arrived: float, content: bytes) -> Mail:
    # By the older policy, which takes any header: the newer one raises IndexError on a strange Message-ID, and is slow.
    message = email.message_from_bytes(content, policy=compat32)
    return Mail(
        number,
        sender,
        recipients,
        _header(message, "Subject"),
        _header(message, "Date") or formatdate(arrived, usegmt=True),
        _header(message, "Message-ID"),
        _body(message, "text/plain") or "",
        _body(message, "text/html"),
    )


def _header(message: Message, name: str) -> str:
    raw = str(message[name] or "")
    try:
        return str(make_header(decode_header(raw))).strip()
    except (LookupError, ValueError, MessageError):
        return raw.strip()


def _body(message: Message, kind: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            data = cast("bytes", part.get_payload(decode=True))
            try:
                text = data.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                text = data.decode("utf-8", "replace")
            return text.replace("\r\n", "\n")
    return None
