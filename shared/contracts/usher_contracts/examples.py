"""One canonical example of each event: for the documentation, and for tests to vary by one field."""

from __future__ import annotations

from datetime import UTC, datetime

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
from usher_contracts.rows import Finding, Presumption, Row, RowValues
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
from usher_contracts.values import (
    AnnotatedRef,
    Counts,
    CustomField,
    FieldChange,
    File,
    FileFinding,
    ObjectRef,
    Person,
    Seats,
    UserFieldChange,
)

COMPANY = "0190a000-0000-7000-8000-00000000000c"
BATCH = "0190a000-0000-7000-8000-0000000000b1"
EARLIER_BATCH = "0190a000-0000-7000-8000-0000000000b0"
MANAGER = "0190a000-0000-7000-8000-0000000000a0"
USER = "0190a000-0000-7000-8000-0000000000a1"
INVITATION = "0190a000-0000-7000-8000-0000000000d1"
NEW_INVITATION = "0190a000-0000-7000-8000-0000000000d2"
MESSAGE_ID = "<0190a000-0000-7000-8000-0000000000e1@usher.example>"
EMAIL = "yusuf.demir@northwind.example"
MANAGER_EMAIL = "ines.moreau@northwind.example"
MARTA = Person(
    email="marta.lindqvist@northwind.example",
    name="Marta Lindqvist",
    subject="auth|marta",
    issuer="https://sign-in.northwind.example",
)
INVITED_AT = datetime(2026, 12, 4, 9, 11, tzinfo=UTC)
EXPIRES_AT = datetime(2026, 12, 18, 9, 11, tzinfo=UTC)
SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
FILE = File(name="autumn-changes.xlsx", size=14_321, sha256=SHA256, ref=f"{COMPANY}/original/{SHA256}")
ROWS = ObjectRef(ref=f"{COMPANY}/rows/{SHA256}", sha256=SHA256)
COUNTS = Counts(rows=25, invite=3, change=8, unchanged=14, error=0, warning=1)
SEATS = Seats(purchased=25, occupied=22, available=3, required=3)

BATCHES: tuple[Event, ...] = (
    BatchUploaded(company_id=COMPANY, batch_id=BATCH, uploaded_by=MARTA, file=FILE, replaces=EARLIER_BATCH),
    BatchRevalidationRequested(company_id=COMPANY, batch_id=BATCH, run=2, requested_by=MARTA, file=FILE),
    BatchConfirmed(
        company_id=COMPANY, batch_id=BATCH, review=2, confirmed_by=MARTA, rows=ROWS, file_name="autumn-changes.xlsx"
    ),
    BatchCancelled(company_id=COMPANY, batch_id=BATCH, cancelled_by=MARTA),
    BatchSuperseded(company_id=COMPANY, batch_id=EARLIER_BATCH, superseded_by=BATCH),
)

VALIDATIONS: tuple[Event, ...] = (
    BatchValidated(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=COUNTS,
        seats=SEATS,
        rows=ROWS,
        review=2,
        run=1,
        warnings=(
            FileFinding(
                code="unknown_column", message="The column Comment is not known and is ignored.", columns=("Comment",)
            ),
        ),
    ),
    BatchRejected(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=COUNTS.model_copy(update={"invite": 5, "change": 6}),
        file_errors=(
            FileFinding(
                code="licenses_exceeded",
                message="The file needs 5 licenses and 3 are available. "
                "Remove 2 new users, or free 2 licenses, and reupload it.",
                requested=5,
                available=3,
            ),
        ),
        annotated=AnnotatedRef(ref=f"{COMPANY}/annotated/{SHA256}", sha256=SHA256),
        seats=SEATS.model_copy(update={"required": 5}),
        rows=ROWS,
        review=1,
        run=1,
    ),
)

LICENSES: tuple[Event, ...] = (
    CompanyChanged(
        company_id=COMPANY,
        name="Northwind Trading",
        plan="plus",
        purchased_licenses=25,
        sso_domains=("northwind.example",),
        functional_areas=("Sales", "Finance"),
        regions=("EMEA", "Americas"),
        custom_fields=(
            CustomField(name="Cost Center", required=True),
            CustomField(name="Site", values=("Oslo", "Lyon")),
        ),
        retention_days=365,
        version=4,
    ),
    LicensesReserved(company_id=COMPANY, licenses=3, occupied=25, purchased=25, batch_id=BATCH, reason="batch"),
    LicenseReservationRejected(
        company_id=COMPANY, batch_id=BATCH, reason="licenses_exceeded", requested=3, available=1
    ),
    LicensesReleased(company_id=COMPANY, licenses=1, occupied=24, purchased=25, batch_id=None, reason="cancelled"),
    BatchProcessed(company_id=COMPANY, batch_id=BATCH, invited=3, changed=8, unchanged=14),
)

USERS: tuple[Event, ...] = (
    UserInvited(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=1,
        first_name="Yusuf",
        last_name="Demir",
        functional_area="Sales",
        title="AE",
        region="EMEA",
        reports_to=MANAGER_EMAIL,
        reports_to_id=MANAGER,
        custom_fields={"Cost Center": "0042"},
        status="pending_transfer",
        previous_plan="pro",
        invitation_id=INVITATION,
        invited_by=MARTA,
        batch_id=BATCH,
        expires_at=EXPIRES_AT,
    ),
    UserChanged(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=2,
        changes=(
            UserFieldChange(field="title", from_="AE", to="Senior AE"),
            UserFieldChange(field="reports_to", from_=None, to=MANAGER_EMAIL, from_id=None, to_id=MANAGER),
        ),
        changed_by=MARTA,
        batch_id=BATCH,
    ),
    UserTransferPending(company_id=COMPANY, user_id=USER, email=EMAIL, version=3, previous_plan="connect"),
    UserTransferWithdrawn(company_id=COMPANY, user_id=USER, email=EMAIL, version=4, previous_plan="connect"),
    InvitationResent(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=5,
        by=MARTA,
        invitation_id=NEW_INVITATION,
        first_name="Yusuf",
        last_name="Demir",
        status="waiting",
        previous_plan=None,
        expires_at=EXPIRES_AT,
    ),
    InvitationCancelled(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, by=MARTA),
    InvitationExpired(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, by=None),
    UserActivated(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, records="transfer"),
    UserDeactivated(company_id=COMPANY, user_id=USER, email=EMAIL, version=7, by=MARTA),
    UserReactivated(
        company_id=COMPANY, user_id=USER, email=EMAIL, version=8, by=MARTA, first_name="Yusuf", last_name="Demir"
    ),
)

DIRECTORY: tuple[Event, ...] = (
    UserState(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        first_name="Yusuf",
        last_name="Demir",
        functional_area="Sales",
        title="Senior AE",
        region="EMEA",
        reports_to=MANAGER_EMAIL,
        reports_to_id=MANAGER,
        custom_fields={"Cost Center": "0042"},
        status="pending_transfer",
        previous_plan="pro",
        invited_at=INVITED_AT,
        activated_at=None,
        version=2,
    ),
)

INVITATIONS: tuple[Event, ...] = (
    InvitationSent(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        message_id=MESSAGE_ID,
        attempts=1,
    ),
    InvitationFailed(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        message_id=MESSAGE_ID,
        attempts=1,
        error="550 5.1.1 mailbox not found",
    ),
    BatchCompleted(company_id=COMPANY, batch_id=BATCH, invited=3, changed=8, emails_sent=2, emails_failed=1),
)

EXAMPLES: tuple[Event, ...] = (*BATCHES, *VALIDATIONS, *LICENSES, *USERS, *DIRECTORY, *INVITATIONS)
"""One of each event, in the order of `usher_contracts.EVENTS`."""

ROW = Row(
    row=7,
    outcome="change",
    email=EMAIL,
    values=RowValues(first_name="Yusuf", title="Senior AE", reports_to=MANAGER_EMAIL, custom_fields={"Site": "Oslo"}),
    warnings=(
        Finding(
            code="possible_typo",
            column="Email",
            message="northwnd.example is close to northwind.example.",
            value="yusuf.demir@northwnd.example",
            suggestion=EMAIL,
        ),
    ),
    changes=(FieldChange(field="title", from_="AE", to="Senior AE"),),
    presumes=Presumption(user_id=USER, version=1, manager_id=MANAGER, manager_status="active"),
)
"""A line of a rows object."""
