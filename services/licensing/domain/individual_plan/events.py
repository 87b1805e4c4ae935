"""Facts about an individual plan: a person's own account outside any company, known by the e-mail address alone."""

from dataclasses import dataclass

from services.licensing.domain.user.events import IndividualPlan


@dataclass(frozen=True, slots=True)
class NoAccount:
    """No account under this address."""


@dataclass(frozen=True, slots=True)
class Account:
    """There are records that could be transferred, whether the plan still runs or has lapsed."""

    plan: IndividualPlan


PlanState = NoAccount | Account


@dataclass(frozen=True, slots=True)
class IndividualPlanBegun:
    email: str
    plan: IndividualPlan


@dataclass(frozen=True, slots=True)
class IndividualPlanEnded:
    email: str


PlanEvent = IndividualPlanBegun | IndividualPlanEnded


def evolve(state: PlanState, event: PlanEvent) -> PlanState:
    """The account after ``event``."""
    del state
    match event:
        case IndividualPlanBegun():
            return Account(event.plan)
        case IndividualPlanEnded():
            return NoAccount()
