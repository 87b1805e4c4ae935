"""Which pools are too small for what is asked of them: for one user as for a batch."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.licensing.domain.methodology_pools.state import Pools


@dataclass(frozen=True, slots=True)
class Shortage:
    """A pool that is too small: of a methodology ``requested`` seats are wanted and ``available`` are there."""

    id: str
    requested: int
    available: int

    @property
    def facts(self) -> Mapping[str, int | str]:
        """As a refusal says it."""
        return {"id": self.id, "requested": self.requested, "available": self.available}


def short_of(pools: Pools, seats: Mapping[str, int], purchased: Mapping[str, int]) -> tuple[Shortage, ...]:
    """The pools, by methodology, that have fewer free seats than are asked for."""
    asked = ((i, count, pools.of(i).available(purchased.get(i, 0))) for i, count in sorted(seats.items()) if count)
    return tuple(Shortage(i, count, available) for i, count, available in asked if count > available)
