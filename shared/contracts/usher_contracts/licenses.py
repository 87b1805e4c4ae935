"""usher.licenses.v1, written by licensing: companies, licenses, and what became of a confirmed batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import BATCH, COMPANY, JONAS, MARTA, REQUEST, ROWS, UNDO
from usher_contracts.values import (
    ApprovalThresholds,
    CustomField,
    Methodology,
    MethodologyShortage,
    ObjectRef,
    Person,
    Seats,
    Subscription,
    UndoCounts,
)

__all__ = [
    "BatchProcessed",
    "CompanyChanged",
    "LicenseReservationRejected",
    "LicensesReleased",
    "LicensesReserved",
    "MethodologySeatsReleased",
    "MethodologySeatsReserved",
    "SeatsRequestAnswered",
    "SeatsRequested",
    "UndoReviewed",
]


class _LicenseEvent(Event):
    topic: ClassVar[str] = topics.LICENSES


class CompanyChanged(_LicenseEvent):
    """A company as it is from now on, whole. An empty list allows anything."""

    type: ClassVar[str] = "usher.CompanyChanged.v1"

    name: str
    plan: str
    purchased_licenses: int
    sso_domains: tuple[str, ...] = ()
    functional_areas: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    custom_fields: tuple[CustomField, ...] = ()
    retention_days: int = 365
    reminders: bool = False
    """Whether who does not answer an invitation is reminded, where a batch does not say."""
    approval: ApprovalThresholds | None = None
    """From where on a batch needs a second admin. None: no batch does."""
    methodologies: tuple[Methodology, ...] = ()
    """What the company has bought seats of, beside its licenses."""
    version: int | None = None
    """The settings' version, rising."""
    subscription: Subscription | None = None


class _LicensesMoved(_LicenseEvent):
    """`licenses` is how many; `occupied` is the count after the event."""

    licenses: int
    occupied: int
    purchased: int
    batch_id: Id | None = None
    reason: str


class LicensesReserved(_LicensesMoved):
    """Licenses were taken. `reason`: "batch", "invitation", "provisioned" or "reactivation"; more may come."""

    type: ClassVar[str] = "usher.LicensesReserved.v1"


class LicensesReleased(_LicensesMoved):
    """Licenses are free again. `reason`: "cancelled" or "deactivated"; more may come."""

    type: ClassVar[str] = "usher.LicensesReleased.v1"


class _SeatsMoved(_LicenseEvent):
    """`seats` is how many; `occupied` is the count after the event, of seats that are reserved and consumed."""

    methodology_id: str
    seats: int
    occupied: int
    purchased: int
    batch_id: Id | None = None
    reason: str


class MethodologySeatsReserved(_SeatsMoved):
    """Seats of a methodology were taken. `reason`: "batch", "invitation", "granted" or "reactivation"; more may
    come."""

    type: ClassVar[str] = "usher.MethodologySeatsReserved.v1"


class MethodologySeatsReleased(_SeatsMoved):
    """Reserved seats are free again. `reason`: "withdrawn", "cancelled" or "deactivated"; more may come."""

    type: ClassVar[str] = "usher.MethodologySeatsReleased.v1"


class LicenseReservationRejected(_LicenseEvent):
    """A confirmed batch goes back to review, whole. Nobody was invited, nothing was reserved."""

    type: ClassVar[str] = "usher.LicenseReservationRejected.v1"

    batch_id: Id
    reason: Annotated[Literal["licenses_exceeded", "stale_review"], Field(title="RejectionReason")]
    requested: int
    available: int
    methodologies: tuple[MethodologyShortage, ...] = ()
    """With `licenses_exceeded`: the methodologies whose seats are too few. The licenses may suffice then: `requested`
    and `available` say so."""


class BatchProcessed(_LicenseEvent):
    """A confirmed batch is decided: so many users were invited and changed, each told on usher.users.v1."""

    type: ClassVar[str] = "usher.BatchProcessed.v1"

    batch_id: Id
    invited: int
    changed: int
    unchanged: int
    cancelled: int = 0
    """Of an undo: how many invitations were taken back. `changed` are then the users who are as they were before."""


class UndoReviewed(_LicenseEvent):
    """What undoing a batch comes to as of now; nothing has happened. `review` numbers these results, from 1. Each line
    of `rows` is an `UndoRow`."""

    type: ClassVar[str] = "usher.UndoReviewed.v1"

    batch_id: Id
    undoes: Id
    review: int
    counts: UndoCounts
    seats: Seats
    rows: ObjectRef


class _SeatsWanted(_LicenseEvent):
    """`methodologies`: how many more seats, by id; `methodology_names`: what these are called."""

    request_id: Id
    licenses: int
    methodologies: Mapping[str, int] = {}
    methodology_names: Mapping[str, str] = {}
    batch_id: Id | None = None
    """The batch that needs them: it is checked again by itself once they are there."""
    asked_by: Person


class SeatsRequested(_SeatsWanted):
    """An admin asks for so many more licenses, and seats of methodologies by their ids: for the billing side, which
    answers by `PUT /api/v1/companies/{id}/requests/{request}`, and says in the company's settings what was bought."""

    type: ClassVar[str] = "usher.SeatsRequested.v1"

    note: str | None = None
    """What the admin says to it: plain text of 1,000 characters at most."""
    purchasers: tuple[Person, ...] = ()
    """Who may authorize purchases: who gets a mail. There may be none."""


class SeatsRequestAnswered(_SeatsWanted):
    """The billing side has answered a request. What is purchased, `CompanyChanged` says."""

    type: ClassVar[str] = "usher.SeatsRequestAnswered.v1"

    state: Annotated[Literal["granted", "declined"], Field(title="SeatsAnswer")]
    comment: str | None = None


EXAMPLES: tuple[Event, ...] = (
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
        approval=ApprovalThresholds(rows=500, share=0.25),
        methodologies=(Methodology(id="command", name="Command of the Message", purchased=23),),
        version=4,
        subscription=Subscription(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)),
    ),
    LicensesReserved(company_id=COMPANY, licenses=3, occupied=25, purchased=25, batch_id=BATCH, reason="batch"),
    LicenseReservationRejected(
        company_id=COMPANY,
        batch_id=BATCH,
        reason="licenses_exceeded",
        requested=3,
        available=1,
        methodologies=(MethodologyShortage(id="command", name="Command of the Message", requested=2, available=0),),
    ),
    LicensesReleased(company_id=COMPANY, licenses=1, occupied=24, purchased=25, batch_id=None, reason="cancelled"),
    MethodologySeatsReserved(
        company_id=COMPANY, methodology_id="command", seats=2, occupied=15, purchased=23, batch_id=BATCH, reason="batch"
    ),
    MethodologySeatsReleased(
        company_id=COMPANY, methodology_id="command", seats=1, occupied=14, purchased=23, reason="withdrawn"
    ),
    BatchProcessed(company_id=COMPANY, batch_id=BATCH, invited=3, changed=8, unchanged=14),
    UndoReviewed(
        company_id=COMPANY,
        batch_id=UNDO,
        undoes=BATCH,
        review=1,
        counts=UndoCounts(rows=11, cancel=2, restore=7, kept=2),
        seats=Seats(purchased=25, occupied=25, available=0, required=0),
        rows=ROWS,
    ),
    SeatsRequested(
        company_id=COMPANY,
        request_id=REQUEST,
        licenses=12,
        methodologies={"command": 5},
        methodology_names={"command": "Command of the Message"},
        note="For the team in Lyon, who begin in January.",
        batch_id=BATCH,
        asked_by=MARTA,
        purchasers=(Person(email=JONAS.email, name=JONAS.name),),
    ),
    SeatsRequestAnswered(
        company_id=COMPANY,
        request_id=REQUEST,
        licenses=12,
        methodologies={"command": 5},
        methodology_names={"command": "Command of the Message"},
        state="granted",
        comment="They are on the invoice of December.",
        batch_id=BATCH,
        asked_by=MARTA,
    ),
)
"""One of each: an event without one is not in the catalogue."""
