"""Facts about one company: its settings, and how many licenses it has and occupies. One company, one stream."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.licensing.domain.licenses.company_settings import CompanySettings

ReservedFor = Literal["batch", "invitation", "provisioned", "reactivation"]
ReleasedBy = Literal["cancelled", "deactivated"]


@dataclass(frozen=True, slots=True)
class CompanyChanged:
    """The company is as ``settings`` say; the first of them provisions it."""

    company_id: UUID
    settings: CompanySettings


@dataclass(frozen=True, slots=True)
class LicensesReserved:
    """So many more licenses are occupied: ``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    licenses: int
    occupied: int
    purchased: int
    reason: ReservedFor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LicensesReleased:
    """So many licenses are free again: ``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    licenses: int
    occupied: int
    purchased: int
    reason: ReleasedBy
    batch_id: UUID | None = None


LicensesEvent = CompanyChanged | LicensesReserved | LicensesReleased
