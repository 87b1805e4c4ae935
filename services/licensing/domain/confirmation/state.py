"""A confirmed batch: not applied yet, or applied once and for all."""

from dataclasses import dataclass

from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused, ConfirmationEvent


@dataclass(frozen=True, slots=True)
class Open:
    """A confirmation that is not applied yet; ``refused`` are the reviews whose confirmation was refused."""

    refused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Applied:
    """Done, once and for all."""

    review: int


Confirmation = Open | Applied


def evolve(state: Confirmation, event: ConfirmationEvent) -> Confirmation:
    """The confirmation after ``event``."""
    match event, state:
        case BatchApplied(), _:
            return Applied(event.review)
        case BatchRefused(), Open(refused):
            return Open(refused | {event.review})
        case BatchRefused(), Applied():
            return state


def decided(state: Confirmation, review: int) -> bool:
    """Whether this review was answered before."""
    return isinstance(state, Applied) or review in state.refused
