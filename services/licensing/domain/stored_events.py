"""The names under which licensing stores its events, and those of their streams. A name is for ever; a new shape of an
event gets a new one and an upcaster."""

from datetime import date
from hashlib import sha256
from uuid import UUID

from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused, ConfirmationEvent
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded, PlanEvent
from services.licensing.domain.licenses.events import CompanyChanged, LicensesEvent, LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.saved_views.events import (
    BeginningChosen,
    SavedViewsEvent,
    ViewChanged,
    ViewDeleted,
    ViewSaved,
)
from services.licensing.domain.seat_request.events import SeatRequestEvent, SeatsRequestAnswered, SeatsRequested
from services.licensing.domain.undo.events import UndoReviewed
from services.licensing.domain.user.events import (
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserEvent,
    UserInvited,
    UserPermissionsChanged,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from shared.erasure.events import STORED_NAME as PERSON_ERASED
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import EventTypes
from shared.people.origins import SCIM

Event = (
    LicensesEvent
    | PoolsEvent
    | UserEvent
    | PlanEvent
    | ConfirmationEvent
    | UndoReviewed
    | SeatRequestEvent
    | SavedViewsEvent
    | AttemptRefused
    | ErasureRequested
    | PersonErased
)

TYPES = EventTypes[Event](
    {
        "company-changed.v1": CompanyChanged,
        "licenses-reserved.v1": LicensesReserved,
        "licenses-released.v1": LicensesReleased,
        "methodology-seats-reserved.v1": SeatsReserved,
        "methodology-seats-consumed.v1": SeatsConsumed,
        "methodology-seats-released.v1": SeatsReleased,
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
        "user-permissions-changed.v1": UserPermissionsChanged,
        "user-restated.v1": UserRestated,
        "user-erased.v1": UserErased,
        "methodology-granted.v1": MethodologyGranted,
        "methodology-consumed.v1": MethodologyConsumed,
        "methodology-withdrawn.v1": MethodologyWithdrawn,
        "individual-plan-begun.v1": IndividualPlanBegun,
        "individual-plan-ended.v1": IndividualPlanEnded,
        "batch-applied.v1": BatchApplied,
        "batch-refused.v1": BatchRefused,
        "undo-reviewed.v1": UndoReviewed,
        "seats-requested.v1": SeatsRequested,
        "seats-request-answered.v1": SeatsRequestAnswered,
        "view-saved.v1": ViewSaved,
        "view-changed.v1": ViewChanged,
        "view-deleted.v1": ViewDeleted,
        "beginning-view-chosen.v1": BeginningChosen,
        "attempt-refused.v1": AttemptRefused,
        "erasure-requested.v1": ErasureRequested,
        PERSON_ERASED: PersonErased,
    }
)


def licenses_stream(company_id: UUID) -> str:
    """The stream of a company: its settings and licenses."""
    return f"ledger-{company_id}"


def pools_stream(company_id: UUID) -> str:
    """The stream of a company's methodology seats."""
    return f"pools-{company_id}"


def user_stream(user_id: UUID) -> str:
    """The stream of one user."""
    return f"user-{user_id}"


def confirmation_stream(batch_id: UUID) -> str:
    """The stream of a batch's confirmation."""
    return f"batch-{batch_id}"


def undo_stream(batch_id: UUID) -> str:
    """The stream of an undo's reviews; that it was confirmed stands where every batch's confirmation does."""
    return f"undo-{batch_id}"


def seat_request_stream(request_id: UUID) -> str:
    """The stream of one request for more licenses."""
    return f"seat-request-{request_id}"


def refused_attempts_stream(company_id: UUID, day: date, origin: str | None = None) -> str:
    """The stream of what a company's admins were refused on a day. Its directory, which asks again and again, has one
    of its own."""
    return f"refused-{company_id}-{day}{'-scim' if origin == SCIM else ''}"


def individual_plan_stream(email: str) -> str:
    """The stream of an address, by its hash: a stream's name is read in logs and headers, an address must not be."""
    return f"plan-{sha256(email.encode()).hexdigest()}"


def saved_views_stream(company_id: UUID, person: str) -> str:
    """The stream of one admin's views, by the hash of who they are: a name may hold no address."""
    return f"views-{company_id}-{sha256(person.encode()).hexdigest()}"
