"""Waiting for one's turn in a company without a database connection in hand.

While a large batch is confirmed its company is closed for some seconds. Whoever waited for it inside a transaction
would hold a connection, and a dozen of them would keep all other companies out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from services.licensing.domain.stored_events import Event
from shared.core.retry import Backoff
from shared.eventsourcing.event_store import Committed, EventStore, Transaction

T = TypeVar("T")

MAX_WAIT = 25.0
"""Seconds until a request is told to come back: a batch of 150,000 rows is confirmed in less."""
_BACKOFF = Backoff(first=0.02, cap=0.5, jitter=0.5)


class CompanyBusy(Exception):
    """Somebody needs the company for themselves just now."""


async def run(
    store: EventStore[Event], work: Callable[[Transaction[Event]], Awaitable[T]], max_wait: float = MAX_WAIT
) -> Committed[T]:
    """``store.run``, done again while the company is busy. Raises CompanyBusy after ``max_wait`` seconds."""
    deadline, attempts = monotonic() + max_wait, 0
    while True:
        try:
            return await store.run(work)
        except CompanyBusy:
            if monotonic() > deadline:
                raise
        attempts += 1
        await asyncio.sleep(_BACKOFF.pause(attempts))
