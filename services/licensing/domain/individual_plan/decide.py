"""Rules of individual plans: what the platform says is so; saying it twice is the same as once."""

from services.licensing.domain.individual_plan.commands import RecordPlan
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded, PlanEvent
from services.licensing.domain.individual_plan.state import Account, NoAccount, PlanState, evolve
from shared.eventsourcing.decider import Decider


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
