"""Tidying a batch away: the list leaves it out, and nothing else changes."""

from uuid import UUID

from services.upload.application.actors import person
from services.upload.application.command_bus import BatchCall, CommandBus
from services.upload.domain.batch import commands
from services.upload.read_models.batches.view import Batch
from shared.eventsourcing.events import Context
from shared.http.auth import Principal


class TidyBatch:
    """The use cases."""

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus

    async def away(self, who: Principal, context: Context, batch_id: UUID) -> Batch:
        """Leaves it out of the list. Raises as the command bus does (`not_over`)."""
        command = commands.TidyBatchAway(person(who))
        return await self._bus.execute(command, BatchCall(who, context, batch_id, "tidy-away"))

    async def back(self, who: Principal, context: Context, batch_id: UUID) -> Batch:
        """Has it in the list again. Raises as the command bus does."""
        command = commands.ShowBatchAgain(person(who))
        return await self._bus.execute(command, BatchCall(who, context, batch_id, "show-again"))
