"""Seats of methodologies, and who has one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from services.licensing.domain.methodology_pools.events import SeatsConsumed, SeatsReleased, SeatsReserved
from services.licensing.domain.methodology_pools.state import Pools, evolve
from services.licensing.domain.user.state import MethodologySeat, seats_of
from tests.faults.evidence import Evidence
from tests.faults.promises.look import first_deliveries


def pools_are_what_users_have(seen: Evidence) -> Iterator[str]:
    """At any prefix of licensing's log no reservation takes more seats of a methodology than were purchased; and at its
    end the pools count just the seats that users have, those among them who are gone and had used theirs."""
    pools: dict[str, Pools] = defaultdict(Pools)
    held: dict[str, dict[str, Mapping[str, MethodologySeat]]] = defaultdict(dict)
    for recorded in seen.logs["licensing"]:
        event, company = recorded.event, str(recorded.context.company_id)
        match event:
            case SeatsReserved() | SeatsConsumed() | SeatsReleased():
                pools[company] = evolve(pools[company], event)
                occupied = pools[company].of(event.methodology_id).occupied
                if isinstance(event, SeatsReserved) and occupied > event.purchased:
                    yield f"{company}: {occupied} of {event.purchased} seats occupied at position {recorded.position}"
                if not isinstance(event, SeatsConsumed) and event.occupied != occupied:
                    yield f"{company}: an event says {event.occupied} occupied where its prefix comes to {occupied}"
            case _ if recorded.stream.startswith("user-"):
                held[company][recorded.stream] = seats_of(event.after)
            case _:
                pass
    for company in pools.keys() | held.keys():
        counted = Counter(place for seats in held[company].values() for place in seats.items())
        for methodology in pools[company].by_id.keys() | {place[0] for place in counted}:
            pool = pools[company].of(methodology)
            found = counted[methodology, "reserved"], counted[methodology, "consumed"]
            if (pool.reserved, pool.consumed) != found:
                yield f"{company}: the pool of {methodology} has {pool}, users have {found}"


def pools_on_kafka_are_never_over_allocated(seen: Evidence) -> Iterator[str]:
    """The same for whoever reads usher.licenses.v1 alone."""
    for message in first_deliveries(seen):
        if message.type == "MethodologySeatsReserved" and message.data["occupied"] > message.data["purchased"]:
            yield f"{message.company}: {message.data['occupied']} of {message.data['purchased']} at {message.offset}"
