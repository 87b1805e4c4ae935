"""Rules of individual plans: what the platform says is so; saying it twice is the same as once."""

from dataclasses import dataclass

from services.licensing.domain.individual_plan.events import (
    Account,
    IndividualPlanBegun,
    IndividualPlanEnded,
    NoAccount,
    PlanEvent,
    PlanState,
    evolve,
)
from services.licensing.domain.user.events import IndividualPlan
from shared.eventsourcing.decider import Decider


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """The person under ``email`` has an account with this plan; None: that account is gone."""

    email: str
    plan: IndividualPlan | None


def decide(command: RecordPlan, state: PlanState) -> list[PlanEvent]:
    """Never refused."""
    match command.plan, state:
        case None, NoAccount():
            return []
        case None, Account():
            return [IndividualPlanEnded(command.email)]
        case plan, Account(present) if plan == present:
            return []
        case plan, _:
            return [IndividualPlanBegun(command.email, plan)]


PLAN: Decider[RecordPlan, PlanState, PlanEvent] = Decider(NoAccount(), decide, evolve)
