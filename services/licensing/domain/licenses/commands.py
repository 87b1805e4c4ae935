"""What can be asked of a company's licenses."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.events import (
    ReleasedBy,
    ReservedFor,
)


@dataclass(frozen=True, slots=True)
class ProvisionCompany:
    """The platform says what the company is. Purchased may be lowered below occupied: nobody loses access then.
    ``in_use``: the methodologies of which somebody has a seat, which the company keeps."""

    company_id: UUID
    settings: CompanySettings
    in_use: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReserveLicenses:
    """Occupy so many more licenses, all or none."""

    licenses: int
    reason: ReservedFor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReleaseLicenses:
    """Free so many licenses."""

    licenses: int
    reason: ReleasedBy
    batch_id: UUID | None = None


LicensesCommand = ProvisionCompany | ReserveLicenses | ReleaseLicenses
