"""What a wait hears: that it begins, how the batch and the company's licenses are now, that the request is declined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.upload.domain.batch.events import Person
from services.upload.domain.seat_wait.events import SeatsAwaited


@dataclass(frozen=True, slots=True)
class SeatsNeeded:
    """How many licenses, and seats of methodologies by their ids."""

    licenses: int = 0
    methodologies: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class SeatsFree:
    """How many are free, as licensing said it last: at `sequence` of its log."""

    sequence: int
    licenses: int = 0
    methodologies: Mapping[str, int] = field(default_factory=dict[str, int])

    def suffice_for(self, needed: SeatsNeeded) -> bool:
        """Whether there is room for all of it."""
        pools = needed.methodologies.items()
        return needed.licenses <= self.licenses and all(
            seats <= self.methodologies.get(methodology, 0) for methodology, seats in pools
        )


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """The batch that waits as it is now, or the one that has taken its place. `short`: it lacks licenses or seats.
    `admins`: who is told."""

    batch_id: str
    status: str
    review: int
    short: bool
    needed: SeatsNeeded
    invite: int
    change: int
    error: int
    file_name: str
    admins: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class AwaitSeats:
    """An admin has asked for more for a batch."""

    awaited: SeatsAwaited


@dataclass(frozen=True, slots=True)
class LookAtBatch:
    """Something has changed: the batch, or what is free."""

    batch: JudgedBatch
    free: SeatsFree


@dataclass(frozen=True, slots=True)
class DeclineSeats:
    """The billing side has declined the request."""


SeatWaitCommand: TypeAlias = AwaitSeats | LookAtBatch | DeclineSeats
