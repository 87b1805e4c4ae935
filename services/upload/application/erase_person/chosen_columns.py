"""Which columns of My Team somebody chose, as a place: it is kept by their token's subject, and `known_admins` says
whose that is. So it comes before that."""

from dataclasses import dataclass

from shared.erasure.person import Person
from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class ChosenColumns:
    """The place."""

    name: str = "web_columns"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Forgets the choices of every subject of theirs."""
        async with pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(_SUBJECTS, person.company, person.erased_at)
            theirs = [row for row in rows if person.has_address(row["email_key"])]
            gone = [await conn.fetch(_FORGET, row["company_id"], row["subject"]) for row in theirs]
        return sum(map(len, gone))


_SUBJECTS = """
SELECT company_id, subject, email_key FROM known_admins
WHERE ($1::uuid IS NULL OR company_id = $1) AND seen_at < $2
"""
_FORGET = "DELETE FROM web_columns WHERE company_id = $1 AND subject = $2 RETURNING subject"
