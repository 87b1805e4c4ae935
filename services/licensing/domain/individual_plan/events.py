"""Facts about an individual plan: a person's own account outside any company, known by the e-mail address alone."""

from dataclasses import dataclass

from services.licensing.domain.user.state import IndividualPlan


@dataclass(frozen=True, slots=True)
class IndividualPlanBegun:
    """An account under the address is on this plan from now on."""

    email: str
    plan: IndividualPlan


@dataclass(frozen=True, slots=True)
class IndividualPlanEnded:
    """The account under the address is gone."""

    email: str


PlanEvent = IndividualPlanBegun | IndividualPlanEnded
