"""Invitations whose time is over, on a real database: told once, by one of the replicas."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.licensing.application.expire_invitations import PORTION, InvitationExpiry
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.events import InvitationExpired
from services.licensing.main import event_store
from services.licensing.read_models.team import query
from services.licensing.read_models.team.view import TeamUser
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.licensing.world import POLICY, Licensing

pytestmark = pytest.mark.anyio

LATER = datetime.now(UTC) + POLICY.lifetime + timedelta(hours=1)


def expiry(licensing: Licensing, at: datetime = LATER) -> InvitationExpiry:
    """One replica's task, at that time."""
    return InvitationExpiry(event_store(licensing.pool), POLICY, lambda: at)


async def shown(licensing: Licensing, company: UUID, user_id: UUID) -> TeamUser:
    async with licensing.pool.acquire() as conn:
        found = await query.one(conn, company, user_id)
    assert found is not None
    return found


async def test_each_link_is_told_of_once_however_many_replicas_look(licensing: Licensing) -> None:
    company, other = await licensing.company(40), await licensing.company(5)
    ids = {await licensing.invite(company, f"u{n}@acme.example") for n in range(12)}
    ids.add(await licensing.invite(other, "o@acme.example"))
    joined = await licensing.active(company, "in@acme.example")
    assert await expiry(licensing, datetime.now(UTC)).once() == 0
    await asyncio.gather(*(expiry(licensing).once() for _ in range(4)))
    told = await licensing.told("InvitationExpired")
    assert sorted(e.after.user_id for e in told if isinstance(e, InvitationExpired)) == sorted(ids)
    assert joined not in ids and (await licensing.seats(company)).occupied == 13, (
        "the license is the admin's to release"
    )
    assert await expiry(licensing).once() == 0
    differences = await Rebuild(licensing.store, licensing.store.projections[0]).differences(licensing.url)
    assert not any(differences.values())


async def test_more_links_than_one_transaction_takes(licensing: Licensing) -> None:
    company = await licensing.company(PORTION * 2)
    await licensing.confirm(company, [_row(n) for n in range(PORTION + 3)])
    assert await expiry(licensing).once() == PORTION + 3


def _row(n: int) -> dict[str, object]:
    from tests.integration.licensing.world import row

    return row(f"u{n}@acme.example")


async def test_sent_again_it_is_good_and_can_end_again(licensing: Licensing) -> None:
    company = await licensing.company()
    ann = await licensing.invite(company, "ann@acme.example")
    await licensing.pool.execute("UPDATE users SET expires_at = now() - interval '1 s'")
    link = await licensing.invitation(ann)
    user = await shown(licensing, company, ann)
    assert user.invitation is not None and user.invitation.expired, "as soon as the link has ended, told or not"
    assert await expiry(licensing, datetime.now(UTC)).once() == 1
    with pytest.raises(Refused) as refused:
        await licensing.accept(link)
    assert refused.value.code == "expired"
    await licensing.resend(company, ann)
    user = await shown(licensing, company, ann)
    assert user.invitation is not None and not user.invitation.expired
    assert await expiry(licensing, datetime.now(UTC)).once() == 0
    assert await expiry(licensing).once() == 1
