"""The table `deliveries`, fed by what notification publishes."""

from collections import Counter
from collections.abc import Sequence

from services.upload.read_models.batches.projection import notify
from shared.postgres.database import Connection
from usher_contracts import InvitationBounced, InvitationFailed, InvitationSent

Delivery = InvitationSent | InvitationFailed | InvitationBounced


async def count(conn: Connection, deliveries: Sequence[Delivery]) -> None:
    """Adds deliveries that were not counted before (the inbox sees to that), in one statement a call."""
    sent: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for delivery in deliveries:
        if delivery.batch_id is not None:
            batch = delivery.batch_id, delivery.company_id
            counter = sent if isinstance(delivery, InvitationSent) else failed
            counter[batch] += 1
            if isinstance(delivery, InvitationBounced):
                sent[batch] -= 1  # it was counted when the server took it
    batches = sorted(sent.keys() | failed.keys())
    if not batches:
        return
    await conn.execute(
        "INSERT INTO deliveries (batch_id, company_id, sent, failed)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) ON CONFLICT (batch_id) DO UPDATE"
        " SET sent = deliveries.sent + excluded.sent, failed = deliveries.failed + excluded.failed",
        [batch_id for batch_id, _ in batches],
        [company_id for _, company_id in batches],
        [sent[key] for key in batches],
        [failed[key] for key in batches],
    )
    await notify(conn, [batch_id for batch_id, _ in batches])
