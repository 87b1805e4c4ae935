"""The admins of a company, as far as anybody can know them: whoever has come with the permission lately, but who is
known to have lost it since. They get the requests for approvals."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from services.upload.domain.batch.events import Person
from shared.http.auth import Principal
from shared.people.access import MANAGE_USERS, PermissionsFrom
from shared.people.address import compare_form
from shared.postgres.database import Pool

KEPT = timedelta(days=90)
"""Who has not come for so long may be no admin any more, and is forgotten."""
_AGAIN = timedelta(hours=1)
"""So long somebody who comes again is not written down again."""
MOST = 50
"""How many are asked at most: those who came last."""
_REMEMBERED = 10_000

_Key = tuple[str, str, str]
_Said = tuple[str, str]


class KnownAdmins:
    """The table `known_admins`."""

    def __init__(
        self,
        pool: Pool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        permissions_from: PermissionsFrom = "token",
    ) -> None:
        self._pool = pool
        self._lost = _LOST[permissions_from]
        self._now = now
        self._lately = dict[_Key, tuple[_Said, datetime]]()

    async def note(self, who: Principal) -> None:
        """An admin has come: their address and name are those of the token, from now on."""
        now, key, said = self._now(), (who.company, who.issuer or "", who.subject), (who.email, who.name or who.email)
        last = self._lately.get(key)
        if last and last[0] == said and now - last[1] < _AGAIN:
            return
        email, name = said
        await self._pool.execute(_NOTE, *key, email, compare_form(email), name, now)
        if len(self._lately) >= _REMEMBERED:
            self._lately.clear()
        self._lately[key] = said, now

    async def others(self, who: Principal) -> tuple[Person, ...]:
        """The company's other admins, who came last first. Who is deactivated is none, nor whose permission was taken
        away in Usher; where Usher says who may what, nor who was never granted it."""
        rows = await self._pool.fetch(
            _OTHERS.format(lost=self._lost),
            who.company,
            who.issuer or "",
            who.subject,
            compare_form(who.email),
            self._now() - KEPT,
            MOST,
        )
        return tuple(Person(row["subject"], row["email"], row["name"], row["issuer"] or None) for row in rows)

    async def forget(self) -> None:
        """Forgets who has not come for long."""
        await self._pool.execute("DELETE FROM known_admins WHERE seen_at < $1", self._now() - KEPT)


_NOTE = """
INSERT INTO known_admins (company_id, issuer, subject, email, email_key, name, seen_at)
VALUES ($1::uuid, $2, $3, $4, $5, $6, $7)
ON CONFLICT (company_id, issuer, subject) DO UPDATE
SET email = excluded.email, email_key = excluded.email_key, name = excluded.name, seen_at = excluded.seen_at
WHERE known_admins.seen_at <= excluded.seen_at
"""

_GRANTED = "SELECT FROM permissions p WHERE p.company_id = a.company_id AND p.email_key = a.email_key"
_MANAGES = f"p.active AND '{MANAGE_USERS}' = ANY (p.permissions)"
_LOST: Mapping[PermissionsFrom, str] = {
    "token": f"(EXISTS ({_GRANTED}) AND NOT EXISTS ({_GRANTED} AND {_MANAGES}))",
    "directory": f"NOT EXISTS ({_GRANTED} AND {_MANAGES})",
}

_OTHERS = """
SELECT issuer, subject, email, name FROM (
    SELECT DISTINCT ON (a.email_key) a.* FROM known_admins a
    WHERE a.company_id = $1::uuid AND a.email_key <> $4 AND (a.issuer, a.subject) <> ($2, $3) AND a.seen_at >= $5
      AND NOT EXISTS (
          SELECT FROM standing s WHERE s.company_id = a.company_id AND s.email_key = a.email_key AND s.inactive
      )
      AND NOT {lost}
    ORDER BY a.email_key, a.seen_at DESC
) AS known
ORDER BY seen_at DESC, email_key LIMIT $6
"""
