"""Facts about an individual plan: a person's own account outside any company, known by the e-mail address alone."""

from dataclasses import dataclass

from services.licensing.domain.user.state import IndividualPlan


@dataclass(frozen=True, slots=True)
class IndividualPlanBegun:
    email: str
    plan: IndividualPlan


@dataclass(frozen=True, slots=True)
class IndividualPlanEnded:
    email: str


PlanEvent = IndividualPlanBegun | IndividualPlanEnded
