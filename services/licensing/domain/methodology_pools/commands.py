"""What can be asked of a company's pools. Seats are counts by methodology; ``purchased`` says of each how many are
bought, and is asked for with the command: it is the company's setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.methodology_pools.events import SeatsReleasedBy, SeatsReservedFor


@dataclass(frozen=True, slots=True)
class ReserveSeats:
    """Occupy so many more seats of each, all or none."""

    company_id: UUID
    seats: Mapping[str, int]
    purchased: Mapping[str, int]
    reason: SeatsReservedFor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConsumeSeats:
    """So many reserved seats of each have been used."""

    company_id: UUID
    seats: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReleaseSeats:
    """Free so many reserved seats of each."""

    company_id: UUID
    seats: Mapping[str, int]
    purchased: Mapping[str, int]
    reason: SeatsReleasedBy
    batch_id: UUID | None = None


PoolsCommand = ReserveSeats | ConsumeSeats | ReleaseSeats
