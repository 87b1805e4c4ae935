"""Individual plans: what the platform says is so."""

from services.licensing.domain.individual_plan.commands import RecordPlan
from services.licensing.domain.individual_plan.decide import PLAN
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded
from services.licensing.domain.stored_events import individual_plan_stream
from tests.spec import given

EMAIL = "pia@acme.example"
BEGUN = IndividualPlanBegun(EMAIL, "pro")


def test_it_begins_once() -> None:
    given(PLAN).when(RecordPlan(EMAIL, "pro")).then(BEGUN).when(RecordPlan(EMAIL, "pro")).then_nothing()


def test_another_plan_is_news() -> None:
    given(PLAN, BEGUN).when(RecordPlan(EMAIL, "connect")).then(IndividualPlanBegun(EMAIL, "connect"))


def test_it_ends_once() -> None:
    gone = RecordPlan(EMAIL, None)
    given(PLAN, BEGUN).when(gone).then(IndividualPlanEnded(EMAIL)).when(gone).then_nothing()


def test_its_stream_does_not_say_the_address() -> None:
    assert "pia" not in individual_plan_stream(EMAIL)
    assert individual_plan_stream(EMAIL) == individual_plan_stream("pia@acme.example")
