"""The table `standing` as a place: who is out stays out. A row keeps the digest of the address in its place, by which
whoever comes with that address is still known; their token may live longer than they are remembered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from shared.erasure.known import Known
from shared.erasure.person import AddressDigests, Person
from shared.people.address import compare_form
from shared.postgres.database import Pool


def keys_of(email: str, digests: AddressDigests) -> list[str]:
    """Under which keys an address may stand in the table: as it is compared, and by its digests."""
    return [compare_form(email), *map(_by_digest, digests.of(email))]


@dataclass(frozen=True, slots=True)
class StandingDigests:
    """The place."""

    name: str = "standing"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Of all rows, which are those of who was ever deactivated."""
        count = 0
        async with pool.acquire() as conn, conn.transaction():
            for row in await conn.fetch(_ROWS, person.company):
                key: str = row["email_key"]
                if says_theirs(key, row["user_id"], person):
                    await conn.execute(_KEEP, row["user_id"], _by_digest(person.digest(key)))
                    count += 1
        return count

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """Whether they are out."""
        async with pool.acquire() as conn:
            rows = await conn.fetch(_ROWS, person.company)
        for row in rows:
            if person.has_address(row["email_key"]) or person.has_id(row["user_id"]):
                values = {"email_key": row["email_key"], "inactive": str(row["inactive"]).lower()}
                yield Known(self.name, str(row["user_id"]), values, theirs=True)


def says_theirs(email_key: str, user_id: UUID, person: Person) -> bool:
    """Whether a row says their address still. By their id: the request names all users whom it is about, and under the
    address may be somebody new."""
    return "@" in email_key and person.has_id(user_id)


def _by_digest(digest: str) -> str:
    return f"digest:{digest}"


_ROWS = "SELECT user_id, email_key, inactive FROM standing WHERE $1::uuid IS NULL OR company_id = $1"
_KEEP = "UPDATE standing SET email_key = $2 WHERE user_id = $1"
