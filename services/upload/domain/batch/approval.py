"""When a batch needs a second admin, and who that can be."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.upload.domain.batch.events import Person
from shared.people.address import compare_form

APPROVAL_DAYS = 7
"""After so many days a batch that nobody has approved goes back to its review."""


@dataclass(frozen=True, slots=True)
class ApprovalThresholds:
    """What a company may confirm by one admin: at most `rows` invitations and changes, and no more of them than `share`
    of its users. None sets no bound."""

    rows: int | None = None
    share: float | None = None

    def exceeded_by(self, rows: int, users: int) -> bool:
        """Whether so many invitations and changes are more than that, in a company of so many users."""
        # As it is written, not as binary has it: 29 of 100 are no more than 0.29 of them.
        too_large_a_share = self.share is not None and rows > Decimal(str(self.share)) * users
        return too_large_a_share or (self.rows is not None and rows > self.rows)


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """How a confirmation is approved where it has to be: from where on, asked when and until when, and who is asked."""

    thresholds: ApprovalThresholds
    asked_at: datetime
    until: datetime
    approvers: tuple[Person, ...] = ()


def same_person(one: Person, other: Person) -> bool:
    """Whether two are the same: to the issuer, or by their address, which may have two accounts there."""
    same_subject = one.issuer == other.issuer and one.subject == other.subject
    return same_subject or compare_form(one.email) == compare_form(other.email)
