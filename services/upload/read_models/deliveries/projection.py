"""The table `deliveries`, fed by what notification publishes."""

from collections import Counter
from collections.abc import Sequence

from services.upload.read_models.batches.projection import CHANNEL
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake
from usher_contracts import InvitationBounced, InvitationFailed, InvitationSent

Delivery = InvitationSent | InvitationFailed | InvitationBounced


_KINDS = (InvitationSent, InvitationFailed, InvitationBounced)


async def count(conn: Connection, deliveries: Sequence[Delivery]) -> None:
    """Adds deliveries that were not counted before (the inbox sees to that), in one statement a call. What has bounced
    was counted as sent before."""
    counted = Counter((d.batch_id, d.company_id, type(d)) for d in deliveries if d.batch_id is not None)
    batches = sorted({(batch_id, company_id) for batch_id, company_id, _ in counted})
    if not batches:
        return
    await conn.execute(
        _ADD,
        [batch_id for batch_id, _ in batches],
        [company_id for _, company_id in batches],
        *([counted[*batch, kind] for batch in batches] for kind in _KINDS),
    )
    await wake(conn, CHANNEL, [batch_id for batch_id, _ in batches])


_ADD = """
INSERT INTO deliveries (batch_id, company_id, sent, failed, bounced)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[])
ON CONFLICT (batch_id) DO UPDATE
SET sent = deliveries.sent + excluded.sent, failed = deliveries.failed + excluded.failed,
    bounced = deliveries.bounced + excluded.bounced
"""
