"""The retry policy: when a mail that was put off is tried again, and when no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.core.retry import Backoff


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses double from `initial_pause` up to `max_pause`; what is put off for `give_up_after` fails."""

    initial_pause: timedelta
    max_pause: timedelta
    give_up_after: timedelta = timedelta(hours=24)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        backoff = Backoff(self.initial_pause.total_seconds(), self.max_pause.total_seconds())
        return timedelta(seconds=backoff.pause(attempts))
