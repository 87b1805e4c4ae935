"""What an admin does with a batch: for the HTTP interface and for the pages alike."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.upload.api.problems import of_batch, person, refusals
from services.upload.domain.batch.decide import BATCH, CancelBatch, Command, ConfirmBatch, RevalidateBatch
from services.upload.domain.batch.events import Event, stream_of
from services.upload.read_models.batches.query import in_transaction, invites_confirmed_since, view
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.standing.query import HeardStanding
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.daily_quota import seconds_left_today
from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.http.problems import Problem
from shared.observability import current_traceparent
from shared.observability.spans import within

log = structlog.stdlib.get_logger(__name__)


class Actions:
    """Commands on one batch of the company of `who`. Each answers with the batch as it is then, and repeated by its
    `key` as it is now: what was answered first is kept, not what the batch has become since.

    Problem 404 where the company has no such batch, 409 where its phase does not allow it, 422
    `idempotency_key_reused` for a `key` that came with something else before.
    """

    def __init__(self, store: EventStore[Event], standing: HeardStanding, invitations_a_day: int) -> None:
        self._store = store
        self._standing = standing
        self._invitations_a_day = invitations_a_day

    async def confirm(
        self, who: Principal, context: Context, batch_id: UUID, review: int | None = None, key: str | None = None
    ) -> Batch:
        """Confirm the review that was seen; saying it twice is the same as once. 403 `deactivated`, 409
        `review_changed`, `not_ready`, 429 `too_many_for_today`."""
        await self._standing.require_in(who)
        call = _call(who, batch_id, "confirm", key, review)
        return await self._do(ConfirmBatch(person(who), review), call, context, batch_id)

    async def revalidate(self, who: Principal, context: Context, batch_id: UUID, key: str | None = None) -> Batch:
        """Check the same file again. 409 `already_confirmed`, `cancelled`, `superseded`."""
        call = _call(who, batch_id, "revalidate", key)
        return await self._do(RevalidateBatch(person(who)), call, context, batch_id)

    async def cancel(self, who: Principal, context: Context, batch_id: UUID, key: str | None = None) -> Batch:
        """Give the batch up. 409 `already_confirmed`, `superseded`."""
        return await self._do(CancelBatch(person(who)), _call(who, batch_id, "cancel", key), context, batch_id)

    async def _do(self, command: Command, call: Call, context: Context, batch_id: UUID) -> Batch:
        company = call.company_id

        async def work(tx: Transaction[Event]) -> Batch:
            async def act() -> Answer:
                batch = view(await in_transaction(tx.conn, company, batch_id))
                if isinstance(command, ConfirmBatch) and batch.status == "ready_for_review":
                    await self._room_today(tx, company, batch.counts.invite)
                await _execute(tx, batch_id, command, context)
                reached("action.decided")
                return Answer(202)

            await once(tx.conn, call, act)
            return view(await in_transaction(tx.conn, company, batch_id))

        with refusals():
            committed = await self._store.run(work)
        reached("action.committed")
        log.info("batch", does=type(command).__name__, batch_id=str(batch_id), position=committed.position)
        return committed.result

    async def _room_today(self, tx: Transaction[Event], company: str, invites: int) -> None:
        """Among the invitations that the company may send today. Problem 429 `too_many_for_today`."""
        # One at a time, so that two batches don't both take the last of it.
        await tx.lock(f"invitations-{company}")
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        confirmed = await invites_confirmed_since(tx.conn, company, today)
        if invites and confirmed + invites > self._invitations_a_day:
            raise Problem(
                429,
                "too_many_for_today",
                f"Your company may send {self._invitations_a_day:,} invitations a day, and its batches of today have"
                f" {confirmed:,} of them. Nothing was done. Confirm this one tomorrow, or ask whoever runs Usher to"
                " raise the limit.",
                headers={"Retry-After": str(seconds_left_today())},
            )


async def _execute(tx: Transaction[Event], batch_id: UUID, command: Command, context: Context) -> None:
    """The batch's trace goes on, from its upload to its last mail; the request has one of its own, linked to it."""
    stream = stream_of(str(batch_id))
    name = type(command).__name__
    with within(await tx.origin(stream), name, because=[context.traceparent]):
        caused = replace(of_batch(context, batch_id), traceparent=current_traceparent())
        await tx.execute(BATCH, stream, command, caused)


def _call(who: Principal, batch_id: UUID, action: str, key: str | None, review: int | None = None) -> Call:
    seen = None if review is None else str(review)
    return Call(who.company, f"POST /api/v1/batches/{batch_id}/{action}", key, fingerprint(seen))
