"""Who is forgotten in a service. Kafka keeps for a while what was published of them: whoever reads it later reads it
without them, by the same rules as what is stored here lost them (`documents`)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from msgspec import structs

from shared.erasure.documents import erase_in
from shared.erasure.person import EVERYWHERE, AddressDigests, Person
from shared.messaging.consumed_record import Parse, Received
from shared.postgres.database import Connection
from usher_contracts import ErasureRequested

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Forgotten:
    """Some or all of those who are forgotten here."""

    people: Sequence[Person]

    def without(self, received: Received, parse: Parse) -> Received:
        """The record without them; itself where it speaks of none. Pure. Raises what `parse` does where the value is
        no longer of its type."""
        if not self._perhaps_in(received.value.decode(errors="replace")):
            return received
        before: Any = orjson.loads(received.value)
        after = before
        for person in self.people:
            if person.company is None or str(person.company) == received.company_id:
                after = erase_in(after, person.as_of(received.time))
        if after == before:
            return received
        value = orjson.dumps(after)
        return structs.replace(received, value=value, event=parse(received.type, value))

    def _perhaps_in(self, text: str) -> bool:
        """Looked at once for all of them, so that it costs the same however many they are."""
        if not self.people:
            return False
        return not self._ids.isdisjoint(_ID.findall(text)) or self._by_address.is_in(text)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(str(each) for person in self.people for each in person.user_ids)

    @cached_property
    def _by_address(self) -> Person:
        digests = frozenset(each for person in self.people for each in person.address_digests)
        return replace(self.people[0], user_ids=frozenset(), address_digests=digests)


async def keep(conn: Connection, request: ErasureRequested) -> None:
    """Keeps who is to be forgotten, in the transaction that records the job. Waits for those who have read without
    knowing of it: the job finds what they store, and whoever reads later knows."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('forgotten', 0))")
    await conn.execute(
        _KEEP,
        UUID(request.erasure_id),
        UUID(request.company_id),
        [UUID(each) for each in request.user_ids],
        list(request.address_digests),
        request.erased_at,
    )


async def known(conn: Connection, digests: AddressDigests, companies: Collection[str] | None = None) -> Forgotten:
    """Those who are forgotten in these companies, or in all. Until the transaction ends there will be no others: so
    what it stores was read without all who are forgotten when it commits."""
    await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('forgotten', 0))")
    wanted = None if companies is None else [EVERYWHERE, *map(UUID, companies)]
    rows = await conn.fetch(_KNOWN, wanted)
    return Forgotten(
        [
            Person(
                erasure_id=row["erasure_id"],
                company_id=row["company_id"],
                user_ids=frozenset(row["user_ids"]),
                address_digests=frozenset(row["address_digests"]),
                erased_at=row["erased_at"],
                _digests=digests,
            )
            for row in rows
        ]
    )


_KEEP = """
INSERT INTO forgotten (erasure_id, company_id, user_ids, address_digests, erased_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
_KNOWN = """
SELECT erasure_id, company_id, user_ids, address_digests, erased_at FROM forgotten
WHERE $1::uuid[] IS NULL OR company_id = ANY ($1) ORDER BY erased_at, erasure_id
"""
