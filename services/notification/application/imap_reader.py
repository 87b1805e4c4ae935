"""The reader of an IMAP folder in which mails to return addresses are kept, where no mail server can hand them over.

The folder is only read, a window of UIDs at a time, whatever it holds; how far is kept in Postgres.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from imaplib import IMAP4
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from imapclient import IMAPClient

from services.notification.application import imap_folders
from services.notification.application.imap_folders import Place
from services.notification.application.take_bounces import BounceIntake, NotSentYet
from services.notification.formats.bounces.reader import MAX_BYTES
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from services.notification.metrics import BOUNCE_FOLDER_FAILURES
from shared.postgres.database import Pool

WINDOW = 500
"""UIDs asked for at once, whatever a folder holds. Where there are none, the next time four times as many, up to
WIDEST: mails that are gone leave their UIDs behind."""
WIDEST = 128 * WINDOW
AT_ONCE = 20
"""Mails that are held at a time, each of MAX_BYTES at most."""
POLL_SECONDS = 30.0
_TIMEOUT = 30.0
_AWAY = (OSError, IMAP4.error)
"""What a server says, or does not, that is away or lets nobody in: IMAPClient's errors are imaplib's."""

log = structlog.stdlib.get_logger(__name__)


class Folder(Protocol):
    """A folder that was opened for reading."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int: ...
    def uids(self, first: int, last: int) -> Sequence[int]: ...
    def read(self, uids: Sequence[int]) -> Mapping[int, bytes]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where a folder is, and how to sign in."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str

    @classmethod
    def from_url(cls, url: str) -> ImapAccount:
        """Of imaps://user:password@host:port/folder, or imap:// without TLS, as the settings have checked it."""
        parts = urlsplit(url)
        tls = parts.scheme == "imaps"
        return cls(
            parts.hostname or "",
            parts.port or (993 if tls else 143),
            tls,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.strip("/")) or "INBOX",
        )

    @property
    def name(self) -> str:
        """By which its place is kept."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


class OpenFolder:
    """A folder on an IMAP server, opened by EXAMINE: nothing in it is changed. Blocks: to be called in a thread."""

    def __init__(self, account: ImapAccount) -> None:
        self._client: Any = IMAPClient(account.host, account.port, ssl=account.tls, timeout=_TIMEOUT)
        self._client.login(account.user, account.password)
        said: Mapping[bytes, Any] = self._client.select_folder(account.folder, readonly=True)
        if b"UIDVALIDITY" not in said:
            raise IMAP4.error("Its mails have no UIDs that last.")
        self.uidvalidity = int(said[b"UIDVALIDITY"])
        # A server need not say which comes next (RFC 3501, 7.1).
        self.uidnext = int(said[b"UIDNEXT"]) if b"UIDNEXT" in said else max(self._search("UID", "*"), default=0) + 1

    def uids(self, first: int, last: int) -> Sequence[int]:
        """Those of these UIDs whose mails are there, and not longer than MAX_BYTES; rising."""
        found = self._search("UID", f"{first}:{last}", "SMALLER", MAX_BYTES + 1)
        return sorted(uid for uid in found if first <= uid <= last)

    def read(self, uids: Sequence[int]) -> Mapping[int, bytes]:
        """These mails, which stay unseen, but for those that are gone."""
        # Number by number: IMAPClient 4.1.0 takes no range, it asks the server and then fails to read its own argument.
        found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(list(uids), ["BODY.PEEK[]"])
        return {uid: body for uid, data in found.items() if (body := data.get(b"BODY[]"))}

    def _search(self, *criteria: str | int) -> Sequence[int]:
        return self._client.search(list(criteria))

    def close(self) -> None:
        """Signs out."""
        with suppress(Exception):  # the connection may be gone, and nothing is lost with it
            self._client.logout()


class ImapReader:
    """Reads what has come, again and again until cancelled: one replica at a time. A folder that can't be read now is
    tried again at the next turn: mails go out and calls are answered meanwhile."""

    def __init__(
        self, pool: Pool, name: str, connect: Callable[[], Folder], addresses: ReturnAddresses, intake: BounceIntake
    ) -> None:
        self._pool = pool
        self._name = name
        self._connect = connect
        self._addresses = addresses
        self._intake = intake
        self._waited_for: int | None = None

    async def run(self) -> None:
        """The background task."""
        while True:
            place = await imap_folders.claim(self._pool, self._name)
            if place is not None:
                try:
                    await self._read_all(place)
                except _AWAY as error:
                    BOUNCE_FOLDER_FAILURES.inc()
                    log.warning("bounce_folder_unread", error=type(error).__name__)
                finally:
                    await asyncio.shield(imap_folders.release(self._pool, self._name))
            await asyncio.sleep(POLL_SECONDS)

    async def _read_all(self, place: Place) -> None:
        folder = await asyncio.to_thread(self._connect)
        try:
            # Another validity means other UIDs: from the beginning, where all that was taken leads to nothing more.
            first = place.next_uid if place.uidvalidity == folder.uidvalidity else 1
            window = WINDOW
            while first < folder.uidnext:
                last = min(first + window, folder.uidnext) - 1
                found = await asyncio.to_thread(folder.uids, first, last)
                for start in range(0, len(found), AT_ONCE):
                    group = found[start : start + AT_ONCE]
                    if (later := await self._take(folder, group)) is not None:
                        await self._move(folder, later)
                        return  # that one later, and with it those behind it
                    await self._move(folder, group[-1] + 1)
                first, window = last + 1, WINDOW if found else min(4 * window, WIDEST)
                await self._move(folder, first)
        finally:
            await asyncio.to_thread(folder.close)

    async def _move(self, folder: Folder, next_uid: int) -> None:
        await imap_folders.move(self._pool, self._name, Place(folder.uidvalidity, next_uid))

    async def _take(self, folder: Folder, uids: Sequence[int]) -> int | None:
        """Which of them is to be asked for again later, if any."""
        for uid, raw in sorted((await asyncio.to_thread(folder.read, uids)).items()):
            try:
                await self._intake.take(self._mail_of(raw), raw)
            except NotSentYet:
                if self._waited_for != uid:
                    self._waited_for = uid
                    return uid
        return None

    def _mail_of(self, raw: bytes) -> UUID | None:
        """The mail in whose return address it came: what mail systems note of that stands in the header."""
        header = raw.partition(b"\r\n\r\n")[0]
        return self._addresses.mail_of(header.decode("ascii", "replace"))
