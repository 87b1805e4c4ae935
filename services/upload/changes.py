"""Who watches a batch is woken when it changes: one listening connection a process, however many watch."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID

from services.upload.batches.projection import CHANNEL
from services.upload.batches.query import BatchQueries
from services.upload.batches.view import Batch
from shared.database import Listener, wait_for_wakeup

_LOOK_ANYWAY = 15.0
"""Seconds after which a watcher looks though nobody called: a notification can be lost, the present state cannot."""


class Changes:
    """Wakes watchers by the NOTIFYs of the projections."""

    def __init__(self, listener: Listener, batches: BatchQueries) -> None:
        self._listener = listener
        self._batches = batches

    async def watch(self, company_id: str, batch_id: UUID, until: datetime | None = None) -> AsyncGenerator[Batch]:
        """The batch as it is, then at every change of what is shown of it, until the caller stops, or
        `until` is there: nobody watches for longer than their token is good. Problem 404.

        Changes that follow each other faster than they can be read come as one.
        """
        woken = asyncio.Event()

        def heard(payload: str) -> None:
            if payload in ("", str(batch_id)):
                woken.set()

        unsubscribe = await self._listener.subscribe(CHANNEL, heard)
        try:
            shown: Batch | None = None
            while True:
                batch = await self._batches.get(company_id, batch_id)
                if batch != shown:
                    shown = batch
                    yield batch
                left = _seconds(until)
                if left <= 0:
                    return
                await wait_for_wakeup(woken, min(left, _LOOK_ANYWAY))
        finally:
            unsubscribe()


def _seconds(until: datetime | None) -> float:
    return _LOOK_ANYWAY if until is None else (until - datetime.now(UTC)).total_seconds()
