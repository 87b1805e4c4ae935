"""When a mail that was put off is tried again, and when no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.core.retry import Backoff


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses double from `first` up to `longest`; what is put off for `give_up` fails."""

    first: timedelta
    longest: timedelta
    give_up: timedelta = timedelta(hours=24)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        backoff = Backoff(self.first.total_seconds(), self.longest.total_seconds())
        return timedelta(seconds=backoff.pause(attempts))
