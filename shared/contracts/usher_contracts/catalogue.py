"""Every event, in the order of docs/events.md."""

from __future__ import annotations

from usher_contracts.base import Event
from usher_contracts.batches import (
    BatchCancelled,
    BatchConfirmed,
    BatchRevalidationRequested,
    BatchSuperseded,
    BatchUploaded,
)
from usher_contracts.directory import UserState
from usher_contracts.invitations import BatchCompleted, InvitationFailed, InvitationSent
from usher_contracts.licenses import (
    BatchProcessed,
    CompanyChanged,
    LicenseReservationRejected,
    LicensesReleased,
    LicensesReserved,
)
from usher_contracts.users import (
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserInvited,
    UserReactivated,
    UserTransferPending,
    UserTransferWithdrawn,
)
from usher_contracts.validations import BatchRejected, BatchValidated

EVENTS: tuple[type[Event], ...] = (
    BatchUploaded,
    BatchRevalidationRequested,
    BatchConfirmed,
    BatchCancelled,
    BatchSuperseded,
    BatchValidated,
    BatchRejected,
    CompanyChanged,
    LicensesReserved,
    LicenseReservationRejected,
    LicensesReleased,
    BatchProcessed,
    UserInvited,
    UserChanged,
    UserTransferPending,
    UserTransferWithdrawn,
    InvitationResent,
    InvitationCancelled,
    InvitationExpired,
    UserActivated,
    UserDeactivated,
    UserReactivated,
    UserState,
    InvitationSent,
    InvitationFailed,
    BatchCompleted,
)
