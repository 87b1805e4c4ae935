"""What licensing measures."""

from collections.abc import Iterable, Sequence

from prometheus_client import Counter

from services.licensing.domain.confirmation.events import BatchRefused
from services.licensing.domain.licenses.events import LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import SeatsReleased, SeatsReserved
from services.licensing.domain.stored_events import Event

DECISIONS = Counter(
    "usher_seat_decisions_total",
    "Decisions on licenses: reserved or released for what, refused for which reason.",
    ["decision", "reason"],
)
SEATS = Counter(
    "usher_methodology_seats_total", "Seats of methodologies that were reserved and released.", ["decision"]
)
LICENSES = Counter("usher_seats_total", "Licenses that were reserved and released.", ["decision"])


Counted = LicensesReserved | LicensesReleased | SeatsReserved | SeatsReleased | BatchRefused


def counted(events: Iterable[Event]) -> Sequence[Counted]:
    """Those of the events that are counted once they are committed: a few, so that the others need not be kept."""
    return [event for event in events if isinstance(event, Counted)]


def count(events: Sequence[Counted]) -> None:
    """Counts what was decided and committed."""
    for event in events:
        match event:
            case LicensesReserved():
                DECISIONS.labels("reserved", event.reason).inc()
                LICENSES.labels("reserved").inc(event.licenses)
            case LicensesReleased():
                DECISIONS.labels("released", event.reason).inc()
                LICENSES.labels("released").inc(event.licenses)
            case SeatsReserved():
                SEATS.labels("reserved").inc(event.seats)
            case SeatsReleased():
                SEATS.labels("released").inc(event.seats)
            case BatchRefused():
                DECISIONS.labels("refused", event.reason).inc()
