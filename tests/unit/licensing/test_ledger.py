"""Licenses: nobody gets one that is not there, whatever comes in whatever order."""

from dataclasses import replace

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.licenses.commands import (
    LicensesCommand,
    ProvisionCompany,
    ReleaseLicenses,
    ReserveLicenses,
)
from services.licensing.domain.licenses.decide import LICENSES
from services.licensing.domain.licenses.events import CompanyChanged, LicensesEvent, LicensesReleased, LicensesReserved
from services.licensing.domain.licenses.state import Licenses
from services.licensing.domain.refusals import Refused
from tests.spec import given
from tests.unit.licensing.people import BATCH, COMPANY, SETTINGS

THREE = CompanyChanged(COMPANY, SETTINGS)
TWO_TAKEN = LicensesReserved(COMPANY, 2, 2, 3, "batch", BATCH)


def purchased(licenses: int) -> ProvisionCompany:
    return ProvisionCompany(COMPANY, replace(SETTINGS, purchased_licenses=licenses))


def test_a_company_is_provisioned_once() -> None:
    given(LICENSES).when(purchased(3)).then(THREE).when(purchased(3)).then_nothing()


def test_a_batch_reserves_all_it_needs() -> None:
    given(LICENSES, THREE).when(ReserveLicenses(2, "batch", BATCH)).then(TWO_TAKEN)


def test_the_last_license_can_be_taken_and_no_more() -> None:
    last = LicensesReserved(COMPANY, 1, 3, 3, "invitation")
    one = ReserveLicenses(1, "invitation")
    given(LICENSES, THREE, TWO_TAKEN).when(one).then(last).when(one).then_refused(
        Refused, code="licenses_exceeded", facts={"requested": 1, "available": 0}
    )


def test_all_or_none() -> None:
    given(LICENSES, THREE, TWO_TAKEN).when(ReserveLicenses(2, "batch", BATCH)).then_refused(
        Refused, code="licenses_exceeded", facts={"requested": 2, "available": 1}
    )


def test_lowered_below_occupied_nobody_loses_access_and_nothing_new_fits() -> None:
    lowered = CompanyChanged(COMPANY, replace(SETTINGS, purchased_licenses=1))
    after = given(LICENSES, THREE, TWO_TAKEN).when(purchased(1)).then(lowered)
    assert isinstance(after.state, Licenses) and (after.state.occupied, after.state.available) == (2, 0)
    after.when(ReserveLicenses(1, "invitation")).then_refused(Refused, code="licenses_exceeded")


def test_what_is_released_fits_again() -> None:
    released = LicensesReleased(COMPANY, 2, 0, 3, "deactivated")
    given(LICENSES, THREE, TWO_TAKEN).when(ReleaseLicenses(2, "deactivated")).then(released).when(
        ReserveLicenses(3, "batch")
    ).then(LicensesReserved(COMPANY, 3, 3, 3, "batch"))


def test_nothing_needs_no_license() -> None:
    given(LICENSES, THREE).when(ReserveLicenses(0, "batch", BATCH)).then_nothing()
    given(LICENSES, THREE).when(ReleaseLicenses(0, "cancelled")).then_nothing()


def test_an_unknown_company_has_no_licenses() -> None:
    given(LICENSES).when(ReserveLicenses(1, "invitation")).then_refused(Refused, code="not_found")


COMMANDS = st.lists(
    st.one_of(
        st.builds(purchased, st.integers(0, 30)),
        st.builds(ReserveLicenses, st.integers(0, 10), st.sampled_from(["batch", "invitation"])),
        st.builds(ReleaseLicenses, st.integers(0, 3), st.sampled_from(["cancelled", "deactivated"])),
    ),
    max_size=60,
)


@for_any(COMMANDS)
def test_occupied_exceeds_purchased_only_by_lowering(commands: list[LicensesCommand]) -> None:
    events: list[LicensesEvent] = list(LICENSES.decide(purchased(5), LICENSES.initial))
    for command in commands:
        before = LICENSES.fold(events)
        assert isinstance(before, Licenses)
        if isinstance(command, ReleaseLicenses) and command.licenses > before.occupied:
            continue  # only who has a license can leave it
        try:
            events += LICENSES.decide(command, before)
        except Refused:
            assert isinstance(command, ReserveLicenses) and command.licenses > before.available
        after = LICENSES.fold(events)
        assert isinstance(after, Licenses) and after.occupied >= 0
        assert after.occupied <= max(after.purchased, before.occupied)
        if events and isinstance(events[-1], LicensesReserved | LicensesReleased):
            assert events[-1].occupied == after.occupied, "the event says the count after it"
    moved = [
        e.licenses if isinstance(e, LicensesReserved) else -e.licenses
        for e in events
        if not isinstance(e, CompanyChanged)
    ]
    last = LICENSES.fold(events)
    assert isinstance(last, Licenses) and last.occupied == sum(moved)
