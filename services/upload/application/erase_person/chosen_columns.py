"""Which columns of My Team somebody chose, as a place: it is kept by their token's subject, and `known_admins` says
whose that is. So it comes before that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from shared.erasure.known import Known
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

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """What they chose to see."""
        async with pool.acquire() as conn:
            rows = await conn.fetch(_CHOSEN, person.company, person.erased_at)
        for row in rows:
            if person.has_address(row["email_key"]):
                values = {"subject": row["subject"], "columns": ", ".join(row["columns"])}
                yield Known(self.name, f"{row['company_id']}:{row['subject']}", values, theirs=True)


_SUBJECTS = """
SELECT company_id, subject, email_key FROM known_admins
WHERE ($1::uuid IS NULL OR company_id = $1) AND seen_at < $2
"""
_CHOSEN = """
SELECT company_id, subject, email_key, columns FROM known_admins JOIN web_columns USING (company_id, subject)
WHERE ($1::uuid IS NULL OR company_id = $1) AND seen_at < $2
"""
_FORGET = "DELETE FROM web_columns WHERE company_id = $1 AND subject = $2 RETURNING subject"
