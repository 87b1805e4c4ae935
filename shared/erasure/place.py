"""A place where a service keeps something of people, and who can be forgotten there."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from shared.erasure.known import Known
from shared.erasure.person import Person
from shared.eventsourcing.rewriting import may_rewrite
from shared.jobs.queue import Retry
from shared.postgres.database import Connection, Pool

_REBUILT_SECONDS = 5.0


class Place(Protocol):
    """One place. ``name``: as it is told those who asked ("events", "mails"), for ever."""

    @property
    def name(self) -> str: ...

    async def erase(self, pool: Pool, person: Person) -> int:
        """Forgets the person here: in transactions of its own, a portion each. Returns how many things were changed or
        deleted. May be broken off anywhere and be begun again; done twice it is the same as once."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A place that can also tell what stands there. One that can't has nothing that another one does not tell
    (tests/unit/test_places.py says of which and why)."""

    def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """All that stands here of the person."""
        ...


Places = Sequence[Place]
"""In the order in which they are gone through."""


async def not_while_rebuilt(conn: Connection) -> None:
    """Until the transaction ends nothing is rebuilt. Raises Retry where something is: it would put back what goes."""
    if not await may_rewrite(conn):
        raise Retry(_REBUILT_SECONDS)
