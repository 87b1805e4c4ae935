"""The table of addresses, over all companies: with an address that no user has goes what stands under it."""

import asyncio

from shared.erasure.person import Person
from shared.postgres.database import Pool

_PORTION = 2_000


class Addresses:
    """What is known of an address itself: whether it has an individual plan. That is no company's, so only who forgets
    somebody everywhere forgets it; the platform may say it again."""

    name = "addresses"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Looks through all that nobody has."""
        if person.company is not None:
            return 0
        last, count = "", 0
        while rows := await pool.fetch(_FREE, last, _PORTION):
            theirs = [row["email_key"] for row in rows if person.has_address(row["email_key"])]
            for key in theirs:
                async with pool.acquire() as conn, conn.transaction():
                    await conn.execute("DELETE FROM addresses WHERE email_key = $1", person.marker)
                    await conn.execute(_RENAME, key, person.marker)
            count += len(theirs)
            last = rows[-1]["email_key"]
            await asyncio.sleep(0)
        return count


_FREE = "SELECT email_key FROM addresses WHERE email_key > $1 AND user_id IS NULL ORDER BY email_key LIMIT $2"
_RENAME = "UPDATE addresses SET email_key = $2 WHERE email_key = $1 AND user_id IS NULL"
