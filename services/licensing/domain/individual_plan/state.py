"""Whether there is an account under an address, and on which plan."""

from dataclasses import dataclass

from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded, PlanEvent
from services.licensing.domain.user.state import IndividualPlan


@dataclass(frozen=True, slots=True)
class NoAccount:
    """No account under this address."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account with records that could be transferred, whether the plan still runs or has lapsed."""

    plan: IndividualPlan


PlanState = NoAccount | Account


def evolve(state: PlanState, event: PlanEvent) -> PlanState:
    """The account after ``event``."""
    del state
    match event:
        case IndividualPlanBegun():
            return Account(event.plan)
        case IndividualPlanEnded():
            return NoAccount()
