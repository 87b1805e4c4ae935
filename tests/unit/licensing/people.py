"""Canonical users and companies, varied by a field where a test needs it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.user.commands import Invite
from services.licensing.domain.user.events import UserActivated, UserDeactivated, UserEvent, UserInvited
from services.licensing.domain.user.state import (
    Active,
    Actor,
    Gone,
    Inactive,
    IndividualPlan,
    Invitation,
    PendingTransfer,
    Profile,
    Waiting,
)
from tests.spec import replace

COMPANY = UUID(int=1)
ANN = UUID(int=2)
LINK, NEXT_LINK = UUID(int=3), UUID(int=4)
BATCH, UNDO = UUID(int=5), UUID(int=6)
BY = Actor("admin@acme.example", "Ada Admin")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TWO_WEEKS, FIVE_MINUTES = timedelta(days=14), timedelta(minutes=5)
PROFILE = Profile(email="ann@acme.example", first_name="Ann", last_name="Lee", functional_area="Sales")
SETTINGS = CompanySettings("Acme", "plus", 3)

INVITATION = Invitation(LINK, BY, NOON, NOON + TWO_WEEKS, offered=False)
WAITING = Waiting(user_id=ANN, company_id=COMPANY, profile=PROFILE, invited_at=NOON, invitation=INVITATION)
PENDING = PendingTransfer(
    user_id=ANN,
    company_id=COMPANY,
    profile=PROFILE,
    invited_at=NOON,
    invitation=replace(INVITATION, offered=True),
    plan="pro",
)
EXPIRED = replace(WAITING, invitation=replace(INVITATION, expired=True))
ACTIVE = Active(user_id=ANN, company_id=COMPANY, profile=PROFILE, invited_at=NOON, activated_at=NOON)
INACTIVE = Inactive(user_id=ANN, company_id=COMPANY, profile=PROFILE, invited_at=NOON, activated_at=NOON)
GONE = Gone(user_id=ANN, company_id=COMPANY, email="ann@acme.example")

INVITED = UserInvited(WAITING, None)
INVITED_WITH_PLAN = UserInvited(PENDING, None)
ACTIVATED = UserActivated(ACTIVE, None)
DEACTIVATED = UserDeactivated(INACTIVE, BY)
IS_WAITING: list[UserEvent] = [INVITED]
IS_PENDING: list[UserEvent] = [INVITED_WITH_PLAN]
IS_ACTIVE: list[UserEvent] = [INVITED, ACTIVATED]
IS_INACTIVE: list[UserEvent] = [INVITED, ACTIVATED, DEACTIVATED]


def invite(plan: IndividualPlan | None = None) -> Invite:
    """The invitation that INVITED answers."""
    return Invite(ANN, COMPANY, PROFILE, plan, LINK, BY, NOON, TWO_WEEKS)
