"""The invitation before it goes: an admin sees what they are about to send, and may send themselves a sample."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from services.upload.application.notification_client import InvitedPerson, Inviter, Notification
from services.upload.domain.batch.invitation_message import invitation_message
from services.upload.domain.stored_events import Event
from services.upload.formats.shown_mail import ShownMail, Variant
from services.upload.messages import ENOUGH_SAMPLES, INVITES_NOBODY, NOT_TO_PREVIEW
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.standing.query import UserStanding
from shared.eventsourcing.event_store import EventStore
from shared.http.auth import Principal
from shared.http.daily_quota import DailyQuota, seconds_left_today
from shared.http.idempotency import Answer, Call, fingerprint, once


class PreviewInvitation:
    """The use cases. They write nothing of the batch. `samples`: how many a company's admins may be sent in a day."""

    def __init__(
        self,
        store: EventStore[Event],
        batches: BatchQueries,
        rows: RowQueries,
        companies: CompanyQueries,
        standing: UserStanding,
        notification: Notification,
        samples: DailyQuota,
    ) -> None:
        self._store = store
        self._batches = batches
        self._rows = rows
        self._companies = companies
        self._standing = standing
        self._notification = notification
        self._samples = samples

    async def show(self, who: Principal, batch_id: UUID, message: str | None) -> Sequence[ShownMail]:
        """The invitation to the first of those whom the batch invites, with this sentence.

        Whether anybody in the batch has an account of their own is not looked up: before they are invited that is not
        the company's to know. So both variants are shown. Raises MessageRefused, and Problem 404, 409 `not_ready` and
        `invites_nobody`, 503.
        """
        by = _inviter(who, message)
        company = await self._companies.require_plus(who.company)
        batch, to = await self._first(who, batch_id)
        if batch.approval and batch.status == "awaiting_approval":
            # What waits for another admin's word is shown as it would go then.
            asked = batch.approval.asked_by
            by = Inviter(asked.email, asked.name or asked.email, batch.message)
        return await self._notification.preview(company.name, by, to)

    async def send_sample(
        self, who: Principal, batch_id: UUID, message: str | None, variant: Variant, key: str | None
    ) -> str:
        """Sends the caller a sample; returns their address. Nobody else can be sent one. The same key again is the same
        sample. Raises as `show` does, and Problem 422 `idempotency_key_reused`, 429 `too_many_for_today`."""
        await self._standing.require_in(who)
        by = _inviter(who, message)
        _, to = await self._first(who, batch_id)
        asked = fingerprint(by.message, variant)
        call = Call(who.company, f"POST /api/v1/batches/{batch_id}/invitation/sample {who.subject}", key, asked)
        # Of a fixed length, whatever the caller's key is.
        sample = fingerprint(str(batch_id), who.subject, key or str(uuid4()), asked).hex()

        async def send() -> Answer:
            if not await self._samples.spend(UUID(who.company), [f"sample {sample}"]):
                headers = {"Retry-After": str(seconds_left_today())}
                raise ENOUGH_SAMPLES(limit=f"{self._samples.most:,}", headers=headers)
            await self._notification.send_sample(who.company, by, to, variant, sample)
            return Answer(202)

        await self._store.run(lambda tx: once(tx.conn, call, send))
        return who.email

    async def _first(self, who: Principal, batch_id: UUID) -> tuple[Batch, InvitedPerson]:
        batch = await self._batches.get(who.company, batch_id)
        if batch.status not in ("ready_for_review", "awaiting_approval"):
            raise NOT_TO_PREVIEW()
        page = await self._rows.page(who.company, batch_id, outcome="invite", code=None, q=None, limit=1, cursor=None)
        if not page.items:
            raise INVITES_NOBODY()
        row = page.items[0]
        return batch, InvitedPerson(row.email, row.values.first_name or "", row.values.last_name or "")


def _inviter(who: Principal, message: str | None) -> Inviter:
    return Inviter(who.email, who.name or who.email, invitation_message(message))
