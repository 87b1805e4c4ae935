"""The table `imap_folders`: how far the folders are read in which mails to return addresses are kept. Of no log: what
is read twice leads to nothing more."""

from __future__ import annotations

from dataclasses import dataclass

from shared.postgres.database import Pool

LEASE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: the next UID, under the folder's UIDVALIDITY (RFC 3501, 2.3.1.1)."""

    uidvalidity: int
    next_uid: int


async def claim(pool: Pool, folder: str) -> Place | None:
    """The folder's place for who reads it from now on, for a lease's time; None while another replica does."""
    row = await pool.fetchrow(_CLAIM, folder, LEASE_SECONDS)
    return None if row is None else Place(row["uidvalidity"], row["next_uid"])


async def move(pool: Pool, folder: str, place: Place) -> None:
    """Reading goes on there, and the lease from now on."""
    await pool.execute(_MOVE, folder, place.uidvalidity, place.next_uid, LEASE_SECONDS)


async def release(pool: Pool, folder: str) -> None:
    """Somebody else may read it."""
    await pool.execute("UPDATE imap_folders SET leased_until = now() WHERE folder = $1", folder)


_CLAIM = """
INSERT INTO imap_folders AS f (folder, leased_until) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (folder) DO UPDATE SET leased_until = excluded.leased_until WHERE f.leased_until <= now()
RETURNING uidvalidity, next_uid
"""
_MOVE = """
UPDATE imap_folders SET uidvalidity = $2, next_uid = $3, leased_until = now() + make_interval(secs => $4)
WHERE folder = $1
"""
