"""Deactivated means out: at the door, and once more in the transaction of what is done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from services.licensing.application import lock_retry
from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.cancel_invitations import cancel_invitations
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues
from services.licensing.application.invite_user import invite_user
from services.licensing.application.reactivate_users import reactivate_users
from services.licensing.application.resend_invitations import resend_invitations
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Active, Actor, Inactive
from services.licensing.read_models.team.standing import UsersStanding
from shared.http.auth import Principal
from tests.integration.licensing.world import BY, POLICY, Licensing, context, row

pytestmark = pytest.mark.anyio

T = TypeVar("T")


def holder(company: UUID | None, email: str) -> Principal:
    return Principal("sub", email, "", company and str(company), frozenset(), frozenset(), "token")


def admin(n: int) -> Actor:
    return Actor(f"admin{n}@acme.example", f"Admin {n}", f"sub-{n}", "https://sign-in.acme.example")


async def admins(licensing: Licensing, company: UUID, count: int) -> list[UUID]:
    return [await licensing.provision_user(company, admin(n).email) for n in range(count)]


async def test_whose_address_is_an_inactive_users_is_out_and_nobody_else(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    ann = await licensing.active(company, "ann@acme.example")
    await licensing.invite(company, "wim@acme.example")
    standing = UsersStanding(licensing.pool)
    assert not await standing.is_out(holder(company, "ann@acme.example"))
    await licensing.deactivate(company, ann)
    for spelt in ("ann@acme.example", " ANN@Acme.Example", "ann@\uff41cme.example"):
        assert await standing.is_out(holder(company, spelt)), spelt
    for free in ("wim@acme.example", "nobody@acme.example", "", "no address"):
        assert not await standing.is_out(holder(company, free)), free
    assert not await standing.is_out(holder(other, "ann@acme.example")), "they may be another company's"
    assert not await standing.is_out(holder(None, "ann@acme.example"))
    await licensing.reactivate(company, ann)
    assert not await standing.is_out(holder(company, "ann@acme.example"))


async def test_an_inactive_admin_does_nothing_whatever_the_door_let_in(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben, _ = await admins(licensing, company, 3)
    waiting = await licensing.invite(company, "wim@acme.example")
    await licensing.deactivate(company, ada)
    by = admin(0)
    attempts: Sequence[Callable[[UnitOfWork], Awaitable[object]]] = (
        lambda uow: reactivate_users(uow, [ada], by),
        lambda uow: resend_invitations(uow, [waiting], by),
        lambda uow: deactivate_users(uow, [ben], by),
        lambda uow: cancel_invitations(uow, [waiting], by),
        lambda uow: edit_users(uow, [ben], FormValues({"title": "AE"}, {}), by),
        lambda uow: edit_users(uow, [ben], FormValues({"reports_to": None}, {}), by),
        lambda uow: invite_user(uow, FormValues({"email": "new@acme.example"}, {}), by),
    )
    before = await licensing.pool.fetchval("SELECT count(*) FROM events")
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            await licensing.run(company, attempt)
        assert refused.value.code == "deactivated"
    assert await licensing.pool.fetchval("SELECT count(*) FROM events") == before


@pytest.mark.parametrize("spelt", ["admin0@acme.example", "ADMIN0@Acme.Example"])
async def test_nobody_deactivates_themselves(licensing: Licensing, spelt: str) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    for chosen in ([ada], [ben, ada]):
        with pytest.raises(RefusedForSome) as refused:
            await licensing.deactivate(company, *chosen, by=Actor(spelt, "Ada"))
        assert [(r.user_id, r.code) for r in refused.value.reasons] == [(ada, "own_account")]
    assert (await licensing.seats(company)).of("inactive") == 0, "all or nothing"


@pytest.mark.parametrize("attempt", range(5))
async def test_two_who_deactivate_each_other_at_the_same_moment_leave_one(licensing: Licensing, attempt: int) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    said = await asyncio.gather(
        licensing.deactivate(company, ben, by=admin(0)),
        licensing.deactivate(company, ada, by=admin(1)),
        return_exceptions=True,
    )
    refused = [each for each in said if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["deactivated"], said
    assert {type(await licensing.user(company, i)) for i in (ada, ben)} == {Active, Inactive}


async def test_the_second_finds_out_though_it_began_before_the_first_ended(licensing: Licensing) -> None:
    """Interleaved by hand: both are past the door when the first has decided and not committed."""
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    decided, release = asyncio.Event(), asyncio.Event()

    async def first(uow: UnitOfWork) -> None:
        await deactivate_users(uow, [ben], admin(0))
        decided.set()
        await release.wait()

    one = asyncio.create_task(licensing.run(company, first))
    await decided.wait()
    standing = UsersStanding(licensing.pool)
    assert not await standing.is_out(holder(company, admin(1).email)), "nothing is committed yet"
    other = asyncio.create_task(licensing.deactivate(company, ada, by=admin(1)))
    await asyncio.sleep(0.2)
    assert not other.done()
    release.set()
    await one
    with pytest.raises(Refused) as refused:
        await other
    assert refused.value.code == "deactivated"
    assert isinstance(await licensing.user(company, ada), Active)


@pytest.mark.parametrize("count", [3, 8])
async def test_a_ring_of_admins_leaves_at_least_one(licensing: Licensing, count: int) -> None:
    company = await licensing.company(20)
    ids = await admins(licensing, company, count)
    ring = [licensing.deactivate(company, ids[(n + 1) % count], by=admin(n)) for n in range(count)]
    said = await asyncio.gather(*ring, return_exceptions=True)
    assert all(each is None or isinstance(each, Refused | RefusedForSome) for each in said), said
    users = [await licensing.user(company, i) for i in ids]
    assert any(isinstance(user, Active) for user in users)
    done = sum(each is None for each in said)
    assert done == sum(isinstance(user, Inactive) for user in users) >= 1


async def test_what_a_deactivated_admin_confirmed_goes_back_to_review(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, _ = await admins(licensing, company, 2)
    batch = uuid4()
    await licensing.put_batch(company, [row("new@acme.example")], batch, by=admin(0))
    await licensing.deactivate(company, ada, by=admin(1))
    await licensing.work()
    (refused,) = await licensing.told("BatchRefused")
    assert getattr(refused, "reason", None) == "stale_review"
    await licensing.put_batch(company, [row("new@acme.example")], batch, review=2, by=admin(1))
    await licensing.work()
    assert len(await licensing.told("BatchApplied")) == 1


async def test_a_company_sends_so_many_invitations_a_day_and_no_more(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    few = replace(POLICY, company_limit=3)

    async def run(of: UUID, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        return (await lock_retry.run(licensing.store, lambda tx: work(UnitOfWork(tx, of, context(), few)))).result

    async def invited(of: UUID, email: str) -> UUID:
        given = {"email": email, "first_name": "Ann", "last_name": "Lee", "functional_area": "Sales"}
        return await run(of, lambda uow: invite_user(uow, FormValues(given, {}), BY))

    ids = [await invited(company, f"u{n}@acme.example") for n in range(2)]
    before = await licensing.pool.fetchval("SELECT count(*) FROM events")
    with pytest.raises(Refused) as refused:
        await run(company, lambda uow: resend_invitations(uow, ids, BY))
    assert refused.value.code == "too_many_for_today"
    assert await licensing.pool.fetchval("SELECT count(*) FROM events") == before, "all or nothing"
    await run(company, lambda uow: edit_users(uow, ids[:1], FormValues({"email": "v@acme.example"}, {}), BY))
    with pytest.raises(Refused) as refused:
        await invited(company, "w@acme.example")
    assert refused.value.code == "too_many_for_today"
    await run(company, lambda uow: edit_users(uow, ids, FormValues({"title": "AE"}, {}), BY))
    await invited(other, "x@acme.example")
