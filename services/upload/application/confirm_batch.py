"""Confirming a batch: doing what its review says, within what the company may send in a day."""

from datetime import UTC, datetime
from uuid import UUID

from services.upload.application.actors import person
from services.upload.application.command_bus import BatchCall, CommandBus
from services.upload.domain.batch import commands
from services.upload.domain.batch.choice import AS_IT_IS, Choice
from services.upload.domain.batch.invitation_message import invitation_message
from services.upload.domain.stored_events import Event
from services.upload.messages import TOO_MANY_FOR_TODAY
from services.upload.read_models.batches.query import invites_confirmed_since
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.standing.query import UserStanding
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.daily_quota import seconds_left_today


class ConfirmBatch:
    """The use case. `invitations_per_day` is what a company's batches may invite in a day."""

    def __init__(self, bus: CommandBus, standing: UserStanding, invitations_per_day: int) -> None:
        self._bus = bus
        self._standing = standing
        self._invitations_per_day = invitations_per_day

    async def __call__(
        self, who: Principal, context: Context, batch_id: UUID, choice: Choice = AS_IT_IS, key: str | None = None
    ) -> Batch:
        """Confirms the review that was seen; saying it twice is the same as once.

        Raises as the command bus does (`review_changed`, `not_ready`), MessageRefused, and Problem 403 `deactivated`,
        429 `too_many_for_today`.
        """
        await self._standing.require_in(who)
        message = invitation_message(choice.message)
        command = commands.ConfirmBatch(person(who), choice.review, message, choice.reminders)
        return await self._bus.execute(
            command,
            BatchCall(who, context, batch_id, "confirm", key, choice.said),
            lambda tx, batch: self._within_the_day(tx, who.company, batch),
        )

    async def _within_the_day(self, tx: Transaction[Event], company: str, batch: Batch) -> None:
        """Whether the batch is among the invitations that the company may send today."""
        if batch.status != "ready_for_review":
            return
        invites = batch.counts.invite
        # One at a time, so that two batches don't both take the last of it.
        await tx.lock(f"invitations-{company}")
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        confirmed = await invites_confirmed_since(tx.conn, company, today)
        if invites and confirmed + invites > self._invitations_per_day:
            raise TOO_MANY_FOR_TODAY(
                limit=f"{self._invitations_per_day:,}",
                sent=f"{confirmed:,}",
                headers={"Retry-After": str(seconds_left_today())},
            )
