"""Batches as they change, for whoever watches one."""

from collections.abc import AsyncGenerator
from uuid import UUID

from services.upload.read_models.batches.projection import CHANNEL
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.batches.view import Batch
from shared.postgres.change_feed import watch
from shared.postgres.database import Listener


class BatchChanges:
    """Wakes watchers by the NOTIFYs of the projections."""

    def __init__(self, listener: Listener, batches: BatchQueries) -> None:
        self._listener = listener
        self._batches = batches

    def watch(self, company_id: str, batch_id: UUID) -> AsyncGenerator[Batch]:
        """The batch as it is, then at every change of what is shown of it. Problem 404."""
        return watch(self._listener, CHANNEL, lambda: self._batches.get(company_id, batch_id), str(batch_id))
