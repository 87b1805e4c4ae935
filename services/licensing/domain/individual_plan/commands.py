"""What the platform can say of an account."""

from dataclasses import dataclass

from services.licensing.domain.user.state import IndividualPlan


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """The person under ``email`` has an account with this plan; None: that account is gone."""

    email: str
    plan: IndividualPlan | None
