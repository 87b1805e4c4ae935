"""How many seats of each methodology a company occupies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)


@dataclass(frozen=True, slots=True)
class Pool:
    """The seats of one methodology. A consumed one stays so for good, whatever becomes of who used it."""

    reserved: int = 0
    consumed: int = 0

    @property
    def occupied(self) -> int:
        """How many are taken, one way or the other."""
        return self.reserved + self.consumed

    def available(self, purchased: int) -> int:
        """How many more fit; nought where purchased was lowered below occupied."""
        return max(0, purchased - self.occupied)


EMPTY = Pool()


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of a company, by methodology: those of which a seat was ever taken."""

    by_id: Mapping[str, Pool] = field(default_factory=dict[str, Pool])

    def of(self, methodology_id: str) -> Pool:
        """The pool of one methodology."""
        return self.by_id.get(methodology_id, EMPTY)

    @property
    def in_use(self) -> frozenset[str]:
        """The methodologies of which a seat is taken."""
        return frozenset(methodology_id for methodology_id, pool in self.by_id.items() if pool.occupied)


def evolve(state: Pools, event: PoolsEvent) -> Pools:
    """The pools after ``event``. Counts by difference: the fold is a sum of its own, not the event's word."""
    pool = state.of(event.methodology_id)
    match event:
        case SeatsReserved():
            pool = Pool(pool.reserved + event.seats, pool.consumed)
        case SeatsConsumed():
            pool = Pool(pool.reserved - event.seats, pool.consumed + event.seats)
        case SeatsReleased():
            pool = Pool(pool.reserved - event.seats, pool.consumed)
    return Pools({**state.by_id, event.methodology_id: pool})
