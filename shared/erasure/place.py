"""A place where a service keeps something of people, and who can be forgotten there."""

from collections.abc import Sequence
from typing import Protocol

from shared.erasure.person import Person
from shared.postgres.database import Pool


class Place(Protocol):
    """One place. ``name``: as it is told those who asked ("events", "mails"), for ever."""

    @property
    def name(self) -> str: ...

    async def erase(self, pool: Pool, person: Person) -> int:
        """Forgets the person here: in transactions of its own, a portion each. Returns how many things were changed or
        deleted. May be broken off anywhere and be begun again; done twice it is the same as once."""
        ...


Places = Sequence[Place]
"""In the order in which they are gone through."""
