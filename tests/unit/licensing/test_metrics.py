"""What is counted of decisions on licenses."""

from collections.abc import Callable
from uuid import uuid4

from prometheus_client import REGISTRY

from services.licensing import metrics
from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused
from services.licensing.domain.licenses.events import LicensesReleased, LicensesReserved

COMPANY, BATCH = uuid4(), uuid4()


def gained(decision: str, reason: str) -> Callable[[], float]:
    """How much is counted from here on."""
    labels = {"decision": decision, "reason": reason}

    def value() -> float:
        return REGISTRY.get_sample_value("usher_seat_decisions_total", labels) or 0

    before = value()
    return lambda: value() - before


def test_decisions_are_counted_by_what_they_are_and_why() -> None:
    reserved, released = gained("reserved", "batch"), gained("released", "deactivated")
    stale, full = gained("refused", "stale_review"), gained("refused", "licenses_exceeded")
    events = [
        LicensesReserved(COMPANY, 20, 20, 50, "batch", BATCH),
        LicensesReleased(COMPANY, 1, 19, 50, "deactivated"),
        BatchRefused(BATCH, COMPANY, 1, "stale_review", 3, 4),
        BatchRefused(BATCH, COMPANY, 2, "licenses_exceeded", 9, 4),
        BatchApplied(BATCH, COMPANY, 1, 20, 0, 0),
    ]
    metrics.count(metrics.counted(events))
    assert [each() for each in (reserved, released, stale, full)] == [1, 1, 1, 1]
