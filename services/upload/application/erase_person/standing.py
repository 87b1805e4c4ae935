"""The table `standing` as a place: who is out stays out. A row keeps the digest of the address in its place, by which
whoever comes with that address is still known (read_models/standing/query.py)."""

from dataclasses import dataclass

from services.upload.read_models.standing.query import by_digest
from shared.erasure.person import Person
from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class StandingDigests:
    """The place."""

    name: str = "standing"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Of all rows, which are those of who was ever deactivated."""
        async with pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(_ROWS, person.company)
            theirs = [
                row["user_id"]
                for row in rows
                if person.has_address(row["email_key"]) or (person.has_id(row["user_id"]) and "@" in row["email_key"])
            ]
            for row in rows:
                if row["user_id"] in theirs:
                    await conn.execute(_KEEP, row["user_id"], by_digest(person.digest(row["email_key"])))
        return len(theirs)


_ROWS = "SELECT user_id, email_key FROM standing WHERE $1::uuid IS NULL OR company_id = $1"
_KEEP = "UPDATE standing SET email_key = $2 WHERE user_id = $1"
