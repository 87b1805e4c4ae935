"""Usher's public events: models, topics and `parse`. See README.md."""

from usher_contracts.base import Event, Id, Model
from usher_contracts.batches import (
    BatchCancelled,
    BatchConfirmed,
    BatchRevalidationRequested,
    BatchSuperseded,
    BatchUploaded,
)
from usher_contracts.catalogue import EVENTS
from usher_contracts.directory import UserState
from usher_contracts.invitations import BatchCompleted, InvitationFailed, InvitationSent
from usher_contracts.licenses import (
    BatchProcessed,
    CompanyChanged,
    LicenseReservationRejected,
    LicensesReleased,
    LicensesReserved,
)
from usher_contracts.parsing import Undecodable, UnknownType, Upcaster, parse
from usher_contracts.rows import Finding, Outcome, Presumption, Row, RowValues
from usher_contracts.topics import TOPICS, Topic
from usher_contracts.users import (
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserEvent,
    UserInvited,
    UserReactivated,
    UserTransferPending,
    UserTransferWithdrawn,
)
from usher_contracts.validations import BatchRejected, BatchValidated
from usher_contracts.values import (
    AnnotatedRef,
    Counts,
    CustomField,
    FieldChange,
    File,
    FileFinding,
    InvitedStatus,
    ObjectRef,
    Person,
    Plan,
    Records,
    Seats,
    UserFieldChange,
    UserStatus,
)
from usher_contracts.version import __version__

__all__ = [
    "EVENTS",
    "TOPICS",
    "AnnotatedRef",
    "BatchCancelled",
    "BatchCompleted",
    "BatchConfirmed",
    "BatchProcessed",
    "BatchRejected",
    "BatchRevalidationRequested",
    "BatchSuperseded",
    "BatchUploaded",
    "BatchValidated",
    "CompanyChanged",
    "Counts",
    "CustomField",
    "Event",
    "FieldChange",
    "File",
    "FileFinding",
    "Finding",
    "Id",
    "InvitationCancelled",
    "InvitationExpired",
    "InvitationFailed",
    "InvitationResent",
    "InvitationSent",
    "InvitedStatus",
    "LicenseReservationRejected",
    "LicensesReleased",
    "LicensesReserved",
    "Model",
    "ObjectRef",
    "Outcome",
    "Person",
    "Plan",
    "Presumption",
    "Records",
    "Row",
    "RowValues",
    "Seats",
    "Topic",
    "Undecodable",
    "UnknownType",
    "Upcaster",
    "UserActivated",
    "UserChanged",
    "UserDeactivated",
    "UserEvent",
    "UserFieldChange",
    "UserInvited",
    "UserReactivated",
    "UserState",
    "UserStatus",
    "UserTransferPending",
    "UserTransferWithdrawn",
    "__version__",
    "parse",
]
