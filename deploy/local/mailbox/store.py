"""The kept mails, in one SQLite file, so that a restarted mailbox still has them."""

import email
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import formatdate
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, sender TEXT, recipients TEXT, subject TEXT, date TEXT,
                                 message_id TEXT, body TEXT, html TEXT);
CREATE TABLE IF NOT EXISTS recipient (address TEXT, mail INTEGER, PRIMARY KEY (address, mail)) WITHOUT ROWID;
"""
_COLUMNS = "id, sender, recipients, subject, date, message_id, body, html"


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
        message = email.message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        row = (
            sender,
            ", ".join(recipients),
            _header(content, "Subject"),
            _header(content, "Date") or formatdate(usegmt=True),
            _header(content, "Message-ID"),
            _body(message, "plain") or "",
            _body(message, "html"),
        )
        self._db.execute("BEGIN")
        placed = self._db.execute(f"INSERT INTO mail ({_COLUMNS[4:]}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid
        pairs = {(comparable(address), placed) for address in recipients}
        self._db.executemany("INSERT INTO recipient VALUES (?, ?)", pairs)
        self._db.execute("COMMIT")

    def find(self, to: str | None, limit: int) -> list[Mail]:
        """The newest mails, to everybody or to one address."""
        where = "WHERE id IN (SELECT mail FROM recipient WHERE address = ?)" if to else ""
        values = (comparable(to), limit) if to else (limit,)
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM mail {where} ORDER BY id DESC LIMIT ?", values)
        return [Mail(*row) for row in rows]

    def get(self, number: int) -> Mail | None:
        """One mail by its number."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", (number,)).fetchone()
        return Mail(*row) if row else None


def _header(content: bytes, name: str) -> str:
    """By the older parser, which takes any header: the newer one raises IndexError on a strange Message-ID."""
    raw = email.message_from_bytes(content, policy=compat32)[name]
    return str(make_header(decode_header(raw))).strip() if raw else ""


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else None
