"""Confirming a batch: doing what its review says, within what the company may send in a day; where the company wants a
second admin for so large a one, asking them, who approves or declines."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.upload.application.actors import person
from services.upload.application.command_bus import BatchCall, CommandBus
from services.upload.application.known_admins import KnownAdmins
from services.upload.domain.batch import commands
from services.upload.domain.batch.approval import APPROVAL_DAYS, ApprovalTerms
from services.upload.domain.batch.choice import ANY_REQUEST, AS_IT_IS, Choice, SeenRequest
from services.upload.domain.batch.invitation_message import invitation_message
from services.upload.domain.refusals import Refused
from services.upload.domain.stored_events import Event
from services.upload.messages import TOO_MANY_FOR_TODAY
from services.upload.read_models.batches.query import BatchQueries, invites_confirmed_since, is_undone
from services.upload.read_models.batches.retention import kept_until
from services.upload.read_models.batches.view import Batch, Status
from services.upload.read_models.companies.query import CompanyQueries, approval_thresholds
from services.upload.read_models.standing.query import UserStanding
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.daily_quota import seconds_left_today


class ConfirmBatch:
    """The use cases. `invitations_per_day` is what a company's batches may invite in a day."""

    def __init__(
        self,
        bus: CommandBus,
        batches: BatchQueries,
        standing: UserStanding,
        companies: CompanyQueries,
        admins: KnownAdmins,
        invitations_per_day: int,
    ) -> None:
        self._bus = bus
        self._batches = batches
        self._standing = standing
        self._companies = companies
        self._admins = admins
        self._invitations_per_day = invitations_per_day

    async def __call__(
        self, who: Principal, context: Context, batch_id: UUID, choice: Choice = AS_IT_IS, key: str | None = None
    ) -> Batch:
        """Confirms the review that was seen; saying it twice is the same as once. Where the company wants it approved,
        the other admins are asked.

        Raises as the command bus does (`review_changed`, `not_ready`, `not_undoable`), MessageRefused, and Problem 403
        `deactivated`, 429 `too_many_for_today`.
        """
        # With it comes all that licensing has answered before: the company's settings too.
        await self._standing.require_in(who)
        message, terms = invitation_message(choice.message), await self._terms(who, batch_id, context.at)
        command = commands.ConfirmBatch(person(who), choice.review, message, choice.reminders, terms)
        call = BatchCall(who, context, batch_id, "confirm", key, choice.said)
        return await self._bus.execute(command, call, self._allowed(who, "ready_for_review"))

    async def approve(
        self, who: Principal, context: Context, batch_id: UUID, seen: SeenRequest = ANY_REQUEST, key: str | None = None
    ) -> Batch:
        """Approves what another admin has confirmed, of the request that was seen; saying it twice is the same as once.
        Where that admin has been deactivated since, it goes back to its review.

        Raises as the command bus does (`own_batch`, `review_changed`, `not_ready`), and Problem 403 `deactivated`, 429
        `too_many_for_today`.
        """
        await self._standing.require_in(who)
        deactivated = await self._deactivated_asker(who, batch_id)
        command = commands.ApproveBatch(person(who), seen.review, seen.asked_at, deactivated)
        call = BatchCall(who, context, batch_id, "approve", key, seen.said)
        return await self._bus.execute(command, call, self._allowed(who, "awaiting_approval"))

    async def decline(
        self,
        who: Principal,
        context: Context,
        batch_id: UUID,
        comment: str | None = None,
        asked_at: datetime | None = None,
        key: str | None = None,
    ) -> Batch:
        """Sends what waits for an approval back to its review; who asked for it takes it back so. Raises as the command
        bus does (`review_changed`, `not_ready`, `already_confirmed`)."""
        command = commands.DeclineBatch(person(who), comment, asked_at)
        said = comment if asked_at is None else f"{asked_at.isoformat()} {comment or ''}"
        return await self._bus.execute(command, BatchCall(who, context, batch_id, "decline", key, said))

    async def _deactivated_asker(self, who: Principal, batch_id: UUID) -> str | None:
        """The address of who asked for the approval, where they are Inactive by now."""
        approval = (await self._batches.get(who.company, batch_id)).approval
        email = approval.asked_by.email if approval else None
        return email if email and await self._standing.is_inactive(who.company, email) else None

    async def _terms(self, who: Principal, batch_id: UUID, at: datetime) -> ApprovalTerms | None:
        company = await self._companies.find(who.company)
        thresholds = approval_thresholds(company)
        if thresholds is None:
            return None
        # Once the company keeps the file no longer, there is nothing to approve.
        kept = kept_until(await self._batches.get(who.company, batch_id), company)
        until = min(at + timedelta(days=APPROVAL_DAYS), kept)
        return ApprovalTerms(thresholds, at, until, await self._admins.others(who))

    def _allowed(self, who: Principal, status: Status) -> "_MayBeConfirmed":
        return _MayBeConfirmed(who.company, status, self._invitations_per_day)


class _MayBeConfirmed:
    """Whether a batch that is in `status` is among the invitations that the company may send today and, where it is an
    undo, its batch was not undone by another meanwhile."""

    def __init__(self, company: str, status: Status, invitations_per_day: int) -> None:
        self._company = company
        self._status = status
        self._invitations_per_day = invitations_per_day

    async def __call__(self, tx: Transaction[Event], batch: Batch) -> None:
        if batch.status != self._status:
            return
        if batch.undoes:
            # One after the other: of two undos of the same batch the second finds here that it is undone.
            await tx.lock(f"undo-{batch.undoes}")
            if await is_undone(tx.conn, self._company, batch.undoes, but=batch.id):
                raise Refused("not_undoable", "undo", "undone")
        invites = batch.counts.invite
        # One at a time, so that two batches don't both take the last of it.
        await tx.lock(f"invitations-{self._company}")
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        confirmed = await invites_confirmed_since(tx.conn, self._company, today)
        if invites and confirmed + invites > self._invitations_per_day:
            raise TOO_MANY_FOR_TODAY(
                limit=f"{self._invitations_per_day:,}",
                sent=f"{confirmed:,}",
                headers={"Retry-After": str(seconds_left_today())},
            )
