"""The names under which licensing stores its events. A name is for ever; a new shape gets a new one and an upcaster."""

from services.licensing.confirmation import BatchApplied, BatchRefused, ConfirmationEvent
from services.licensing.ledger import CompanyChanged, LedgerEvent, LicensesReleased, LicensesReserved
from services.licensing.plan import IndividualPlanBegun, IndividualPlanEnded, PlanEvent
from services.licensing.user import (
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserEvent,
    UserInvited,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from shared.eventsourcing.events import EventTypes

Event = LedgerEvent | UserEvent | PlanEvent | ConfirmationEvent

TYPES = EventTypes[Event](
    {
        "company-changed.v1": CompanyChanged,
        "licenses-reserved.v1": LicensesReserved,
        "licenses-released.v1": LicensesReleased,
        "user-invited.v1": UserInvited,
        "user-provisioned.v1": UserProvisioned,
        "user-changed.v1": UserChanged,
        "transfer-pending.v1": TransferPending,
        "transfer-withdrawn.v1": TransferWithdrawn,
        "invitation-resent.v1": InvitationResent,
        "invitation-expired.v1": InvitationExpired,
        "invitation-cancelled.v1": InvitationCancelled,
        "user-activated.v1": UserActivated,
        "user-deactivated.v1": UserDeactivated,
        "user-reactivated.v1": UserReactivated,
        "user-restated.v1": UserRestated,
        "individual-plan-begun.v1": IndividualPlanBegun,
        "individual-plan-ended.v1": IndividualPlanEnded,
        "batch-applied.v1": BatchApplied,
        "batch-refused.v1": BatchRefused,
    }
)
