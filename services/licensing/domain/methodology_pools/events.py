"""Facts about the pools of one company: which seats were taken, used and given back. One company, one stream. How many
are bought of which is a setting of the company; each event says what it was then."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

SeatsReservedFor = Literal["batch", "invitation", "granted", "reactivation"]
SeatsReleasedBy = Literal["withdrawn", "cancelled", "deactivated"]


@dataclass(frozen=True, slots=True)
class SeatsReserved:
    """So many more seats of a methodology are reserved: ``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    methodology_id: str
    seats: int
    occupied: int
    purchased: int
    reason: SeatsReservedFor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SeatsConsumed:
    """So many of the reserved seats were used. They never come free."""

    company_id: UUID
    methodology_id: str
    seats: int


@dataclass(frozen=True, slots=True)
class SeatsReleased:
    """So many reserved seats are free again: ``occupied`` and ``purchased`` are the counts after it."""

    company_id: UUID
    methodology_id: str
    seats: int
    occupied: int
    purchased: int
    reason: SeatsReleasedBy
    batch_id: UUID | None = None


PoolsEvent = SeatsReserved | SeatsConsumed | SeatsReleased
