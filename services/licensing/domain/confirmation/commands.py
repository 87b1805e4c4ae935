"""What can be asked of a confirmed batch."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.confirmation.events import MethodologyShortage


@dataclass(frozen=True, slots=True)
class SettleBatch:
    """A confirmed review as the facts are now. ``stale``: some row no longer means what the review showed.
    ``available`` licenses, of which ``invited`` are needed; ``short``: the methodologies whose seats are too few."""

    batch_id: UUID
    company_id: UUID
    review: int
    stale: bool
    available: int
    invited: int
    changed: int
    unchanged: int
    cancelled: int = 0
    short: tuple[MethodologyShortage, ...] = ()
