"""A read model that is rebuilt from topics has everybody again whom Kafka still tells of: before it takes the live
one's place it loses those who are forgotten."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from shared.erasure.forgotten import known
from shared.erasure.person import AddressDigests, Person
from shared.erasure.place import Place, Places
from shared.erasure.table_rows import TableRows
from shared.postgres.database import Connection


def forgetting(places: Places, digests: AddressDigests) -> Callable[[Connection], Awaitable[None]]:
    """What takes them out of the copies that a connection sees as its tables. places: those of these tables."""

    async def forget(conn: Connection) -> None:
        pool = cast("Any", _One(conn))
        for person in (await known(conn, digests)).people:
            for place in places:
                await place.erase(pool, _whom(place, person))

    return forget


def _whom(place: Place, person: Person) -> Person:
    """Where rows do not say from when they are, under an address of theirs there may be somebody new: they are known by
    their ids alone."""
    return person if isinstance(place, TableRows) and place.before else person.as_of(person.erased_at)


@dataclass(frozen=True, slots=True)
class _One:
    """A pool of one connection, which is not given back."""

    connection: Connection

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Connection]:
        yield self.connection
