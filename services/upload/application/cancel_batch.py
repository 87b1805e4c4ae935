"""Cancelling a batch: giving it up before it is confirmed."""

from uuid import UUID

from services.upload.application.actors import person
from services.upload.application.command_bus import BatchCall, CommandBus
from services.upload.domain.batch import commands
from services.upload.read_models.batches.view import Batch
from shared.eventsourcing.events import Context
from shared.http.auth import Principal


class CancelBatch:
    """The use case."""

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus

    async def __call__(self, who: Principal, context: Context, batch_id: UUID, key: str | None = None) -> Batch:
        """Gives the batch up. Raises as the command bus does (`already_confirmed`, `superseded`)."""
        command = commands.CancelBatch(person(who))
        return await self._bus.execute(command, BatchCall(who, context, batch_id, "cancel", key))
