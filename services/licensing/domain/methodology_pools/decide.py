"""Rules of a company's pools: nobody gets a seat that is not there."""

from collections.abc import Iterator, Mapping

from services.licensing.domain.methodology_pools.commands import (
    ConsumeSeats,
    PoolsCommand,
    ReleaseSeats,
    ReserveSeats,
)
from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)
from services.licensing.domain.methodology_pools.shortage import short_of
from services.licensing.domain.methodology_pools.state import Pools, evolve
from services.licensing.domain.refusals import Refused
from shared.eventsourcing.decider import Decider


def decide(command: PoolsCommand, state: Pools) -> list[PoolsEvent]:
    """Raises Refused ``methodology_seats_exceeded``, naming every pool that is too small. Only who has a reserved seat
    can use it or give it back: that is for the rules of users."""
    company_id = command.company_id
    match command:
        case ReserveSeats(_, seats, purchased, reason, batch_id):
            if short := short_of(state, seats, purchased):
                raise Refused("methodology_seats_exceeded", methodologies=[each.facts for each in short])
            return [
                SeatsReserved(company_id, i, n, state.of(i).occupied + n, purchased[i], reason, batch_id)
                for i, n in _some(seats)
            ]
        case ConsumeSeats(_, seats):
            return [SeatsConsumed(company_id, i, n) for i, n in _some(seats)]
        case ReleaseSeats(_, seats, purchased, reason, batch_id):
            return [
                SeatsReleased(company_id, i, n, state.of(i).occupied - n, purchased.get(i, 0), reason, batch_id)
                for i, n in _some(seats)
            ]


def _some(seats: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return ((methodology_id, count) for methodology_id, count in sorted(seats.items()) if count)


POOLS: Decider[PoolsCommand, Pools, PoolsEvent] = Decider(Pools(), decide, evolve)
