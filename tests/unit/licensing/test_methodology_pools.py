"""Seats of methodologies: nobody gets one that is not there, and one that was used never comes free."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.licenses.commands import ProvisionCompany
from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.domain.licenses.decide import LICENSES
from services.licensing.domain.licenses.events import CompanyChanged
from services.licensing.domain.methodology_pools.commands import (
    ConsumeSeats,
    PoolsCommand,
    ReleaseSeats,
    ReserveSeats,
)
from services.licensing.domain.methodology_pools.decide import POOLS
from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)
from services.licensing.domain.methodology_pools.state import Pool, Pools
from services.licensing.domain.refusals import Refused
from tests.spec import given
from tests.unit.licensing.people import BATCH, COMPANY, SETTINGS

BOUGHT = {"command": 3, "value": 2}
TWO_TAKEN = SeatsReserved(COMPANY, "command", 2, 2, 3, "batch", BATCH)


def reserve(purchased: Mapping[str, int] = BOUGHT, **seats: int) -> ReserveSeats:
    return ReserveSeats(COMPANY, seats, purchased, "batch", BATCH)


def test_a_batch_reserves_of_every_pool_what_it_needs() -> None:
    given(POOLS).when(reserve(value=1, command=2)).then(
        TWO_TAKEN, SeatsReserved(COMPANY, "value", 1, 1, 2, "batch", BATCH)
    )


def test_all_pools_or_none_and_each_that_is_too_small_is_named() -> None:
    given(POOLS, TWO_TAKEN).when(reserve(command=2, value=1)).then_refused(
        Refused,
        code="methodology_seats_exceeded",
        facts={"methodologies": [{"id": "command", "requested": 2, "available": 1}]},
    )
    given(POOLS, TWO_TAKEN).when(reserve(command=2, value=3)).then_refused(
        Refused,
        code="methodology_seats_exceeded",
        facts={
            "methodologies": [
                {"id": "command", "requested": 2, "available": 1},
                {"id": "value", "requested": 3, "available": 2},
            ]
        },
    )


def test_there_are_none_of_what_the_company_has_not_bought() -> None:
    given(POOLS).when(reserve(other=1)).then_refused(Refused, code="methodology_seats_exceeded")


def test_a_used_seat_stays_occupied() -> None:
    used = (
        given(POOLS, TWO_TAKEN).when(ConsumeSeats(COMPANY, {"command": 1})).then(SeatsConsumed(COMPANY, "command", 1))
    )
    assert used.state.of("command") == Pool(reserved=1, consumed=1)
    freed = used.when(ReleaseSeats(COMPANY, {"command": 1}, BOUGHT, "deactivated")).then(
        SeatsReleased(COMPANY, "command", 1, 1, 3, "deactivated")
    )
    assert freed.state.of("command") == Pool(reserved=0, consumed=1)
    freed.when(reserve(command=3)).then_refused(Refused, code="methodology_seats_exceeded")


def test_bought_fewer_than_occupied_nobody_loses_a_seat_and_nothing_new_fits() -> None:
    lowered = given(POOLS, TWO_TAKEN).when(reserve({"command": 1}, command=1))
    lowered.then_refused(Refused, code="methodology_seats_exceeded")


def test_nothing_needs_no_seat() -> None:
    given(POOLS).when(reserve(command=0)).then_nothing()
    given(POOLS).when(ReleaseSeats(COMPANY, {"command": 0}, BOUGHT, "withdrawn")).then_nothing()
    given(POOLS).when(ConsumeSeats(COMPANY, {})).then_nothing()


COMMAND = Methodology("command", "Command of the Message", 3)
OFFERED = replace(SETTINGS, methodologies=(COMMAND,))


def test_a_methodology_of_which_somebody_has_a_seat_stays_with_the_company() -> None:
    used = given(POOLS, TWO_TAKEN).state.in_use
    offered = CompanyChanged(COMPANY, OFFERED)
    given(LICENSES, offered).when(ProvisionCompany(COMPANY, SETTINGS, used)).then_refused(
        Refused, code="methodology_in_use", facts={"methodologies": ["command"]}
    )
    fewer = replace(OFFERED, methodologies=(replace(COMMAND, purchased=1),))
    given(LICENSES, offered).when(ProvisionCompany(COMPANY, fewer, used)).then(CompanyChanged(COMPANY, fewer))
    given(LICENSES, offered).when(ProvisionCompany(COMPANY, SETTINGS)).then(CompanyChanged(COMPANY, SETTINGS))


SEATS = st.dictionaries(st.sampled_from(["command", "value"]), st.integers(0, 4))
COMMANDS = st.lists(
    st.one_of(
        st.builds(ReserveSeats, st.just(COMPANY), SEATS, SEATS, st.just("batch")),
        st.builds(ReleaseSeats, st.just(COMPANY), SEATS, SEATS, st.just("withdrawn")),
        st.builds(ConsumeSeats, st.just(COMPANY), SEATS),
    ),
    max_size=40,
)


@for_any(COMMANDS)
def test_occupied_exceeds_purchased_only_by_lowering_and_used_seats_stay(commands: list[PoolsCommand]) -> None:
    """``purchased`` is another with every command: the billing side raises and lowers it as it likes."""
    pools, log = Pools(), list[PoolsEvent]()
    for command in commands:
        if not isinstance(command, ReserveSeats) and any(n > pools.of(i).reserved for i, n in command.seats.items()):
            continue  # only who has a reserved seat can use it or give it back
        before = pools
        try:
            events = POOLS.decide(command, before)
        except Refused as refused:
            assert isinstance(command, ReserveSeats) and refused.code == "methodology_seats_exceeded"
            continue
        pools, log = POOLS.fold(events, before), [*log, *events]
        for methodology in ("command", "value"):
            was, now = before.of(methodology), pools.of(methodology)
            assert now.reserved >= 0 and now.consumed >= was.consumed
            if isinstance(command, ReserveSeats):
                assert now.occupied <= max(command.purchased.get(methodology, 0), was.occupied)
        for event in events:
            if not isinstance(event, SeatsConsumed):
                assert event.occupied == pools.of(event.methodology_id).occupied, "the event says the count after it"
    assert POOLS.fold(log) == pools
