"""When a delivery is tried again, and when no more; when an address is spared, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR = 1.0, 60.0, 3600.0
PAUSES = (5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds before each new attempt at a delivery; after the last of them it is dead."""
LONGEST_RETRY_AFTER = 24 * _HOUR
"""What an address may ask for by `Retry-After`: longer than a day nobody is waited for."""
_SPARED_FROM = 2
"""Attempts in a row without one that was taken, from which on an address is given a rest between two of them."""


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """`pauses`: see PAUSES. `longest`: seconds that nothing waits longer for. `off_after`: how long an address fails
    before it is switched off. `rest`: the most seconds between two attempts at one that fails."""

    pauses: tuple[float, ...] = PAUSES
    longest: float = LONGEST_RETRY_AFTER
    off_after: timedelta = timedelta(days=5)
    rest: float = 60.0

    def again_at(self, attempts: int, now: datetime, retry_after: float | None = None) -> datetime | None:
        """When a delivery is tried again that has failed so many times; None: it is dead. retry_after: the seconds that
        the address asked for; it is never tried sooner for that."""
        if attempts > len(self.pauses):
            return None
        pause = max(self.pauses[attempts - 1], min(retry_after or 0.0, LONGEST_RETRY_AFTER))
        return now + timedelta(seconds=min(pause, self.longest))

    def rested_at(self, failures: int, now: datetime) -> datetime:
        """When an address is tried next, with whatever is due, after so many attempts in a row that failed."""
        if failures < _SPARED_FROM:
            return now
        return now + timedelta(seconds=min(self.rest, 2.0 ** min(failures - _SPARED_FROM, 30)))

    def is_over(self, failing_since: datetime | None, now: datetime) -> bool:
        """Whether an address has failed for so long that it is switched off."""
        return failing_since is not None and now - failing_since >= self.off_after
