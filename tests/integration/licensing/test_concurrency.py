"""Real transactions that race for the same licenses, addresses and batches."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.licensing.application import lock_retry
from services.licensing.application.form_validation import InvalidValues
from services.licensing.application.unit_of_work import UnitOfWork, lock_company_shared
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import PendingTransfer, Waiting
from services.licensing.read_models.team.projection import TeamProjection
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.licensing.world import Licensing, row

pytestmark = pytest.mark.anyio


async def codes(*attempts: Any) -> list[str]:
    """What became of each: "done", or the code of its refusal. Any other error is raised."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    said: list[str] = []
    for result in results:
        match result:
            case Refused():
                said.append(result.code)
            case InvalidValues():
                said.append(result.findings[0].code)
            case BaseException():
                raise result
            case _:
                said.append("done")
    return sorted(said)


async def test_twenty_invitations_for_the_last_three_licenses(licensing: Licensing) -> None:
    company = await licensing.company(3)
    said = await codes(*(licensing.invite(company, f"u{n}@acme.example") for n in range(20)))
    assert said == ["done"] * 3 + ["licenses_exceeded"] * 17
    seats = await licensing.seats(company)
    assert (seats.occupied, seats.of("waiting"), seats.available) == (3, 3, 0)


async def test_twenty_companies_for_one_person(licensing: Licensing) -> None:
    companies = [await licensing.company() for _ in range(20)]
    said = await codes(*(licensing.invite(company, "ann@acme.example") for company in companies))
    assert said == ["done"] + ["email_in_other_company"] * 19
    assert sum([(await licensing.seats(company)).occupied for company in companies]) == 1


async def test_a_batch_races_single_invitations_for_the_last_licenses(licensing: Licensing) -> None:
    company = await licensing.company(10)
    await licensing.put_batch(company, [row(f"b{n}@acme.example") for n in range(8)], uuid4())
    await codes(licensing.work(), *(licensing.invite(company, f"s{n}@acme.example") for n in range(10)))
    seats = await licensing.seats(company)
    assert seats.occupied == seats.of("waiting") <= 10
    invited = await licensing.pool.fetchval("SELECT count(*) FROM users WHERE email LIKE 'b%'")
    assert invited in (0, 8), "all or nothing"
    assert len(await licensing.told("BatchApplied")) + len(await licensing.told("BatchRefused")) == 1


async def test_twenty_batches_for_the_last_licenses(licensing: Licensing) -> None:
    company = await licensing.company(7)
    for b in range(20):
        await licensing.put_batch(company, [row(f"b{b}-{n}@acme.example") for n in range(3)], uuid4())
    await asyncio.gather(*(licensing.work() for _ in range(4)))
    assert (await licensing.seats(company)).occupied == 6
    assert len(await licensing.told("BatchApplied")) == 2 and len(await licensing.told("BatchRefused")) == 18


@pytest.mark.parametrize("attempt", range(5))
async def test_a_plan_and_an_invitation_never_pass_each_other(licensing: Licensing, attempt: int) -> None:
    company = await licensing.company(50)
    emails = [f"u{attempt}{n}@acme.example" for n in range(10)]
    work = [w for e in emails for w in (licensing.invite(company, e), licensing.plan(e, "pro"))]
    await asyncio.gather(*work)
    ids = [u["user_id"] for u in await licensing.pool.fetch("SELECT user_id FROM users")]
    assert len(ids) == 10
    assert {type(await licensing.user(company, i)) for i in ids} == {PendingTransfer}
    await asyncio.gather(*(licensing.plan(e, None) for e in emails))
    assert {type(await licensing.user(company, i)) for i in ids} == {Waiting}


async def test_who_waits_for_a_batch_waits_without_a_connection(licensing: Licensing) -> None:
    company, other = await licensing.company(50), await licensing.company(50)
    confirming, release = asyncio.Event(), asyncio.Event()

    async def long_batch(uow: UnitOfWork) -> None:
        await uow.lock_company("exclusive", None)
        confirming.set()
        await release.wait()

    batch = asyncio.create_task(licensing.run(company, long_batch))
    await confirming.wait()
    waiting = [asyncio.create_task(licensing.invite(company, f"u{n}@acme.example")) for n in range(40)]
    for n in range(3):  # the pool has 24 connections, fewer than wait
        await licensing.invite(other, f"o{n}@acme.example")
    assert not any(task.done() for task in waiting)
    release.set()
    await asyncio.gather(batch, *waiting)
    assert (await licensing.seats(company)).occupied == 40


async def test_a_company_that_stays_busy_is_said_to_be(licensing: Licensing) -> None:
    company, confirming, release = await licensing.company(), asyncio.Event(), asyncio.Event()

    async def long_batch(uow: UnitOfWork) -> None:
        await uow.lock_company("exclusive", None)
        confirming.set()
        await release.wait()

    batch = asyncio.create_task(licensing.run(company, long_batch))
    await confirming.wait()
    with pytest.raises(lock_retry.CompanyBusy):
        await lock_retry.run(licensing.store, lambda tx: lock_company_shared(tx, company), max_wait=0)
    release.set()
    await batch


async def test_two_edits_never_close_a_circle(licensing: Licensing) -> None:
    company = await licensing.company(50)
    ids = {name: await licensing.invite(company, f"{name}@acme.example") for name in ("ann", "bob", "cyd")}
    said = await codes(
        licensing.edit(company, [ids["ann"]], reports_to="bob@acme.example"),
        licensing.edit(company, [ids["bob"]], reports_to="cyd@acme.example"),
        licensing.edit(company, [ids["cyd"]], reports_to="ann@acme.example"),
    )
    assert said == ["done", "done", "reports_to_cycle"]


async def test_nobody_reports_to_someone_who_leaves_meanwhile(licensing: Licensing) -> None:
    company = await licensing.company(50)
    boss = await licensing.active(company, "boss@acme.example")
    invitations = [licensing.invite(company, f"u{n}@acme.example", reports_to="boss@acme.example") for n in range(8)]
    said = await codes(*invitations[:4], licensing.deactivate(company, boss), *invitations[4:])
    assert set(said) <= {"done", "reports_to_inactive"}
    assert await licensing.pool.fetchval("SELECT count(*) FROM users WHERE manager_id = $1", boss) == 0


async def test_the_tables_equal_the_fold_after_all_kinds_of_events(licensing: Licensing) -> None:
    company, other = await licensing.company(40), await licensing.company(5)
    await licensing.plan("u1@acme.example", "pro")
    ids = [await licensing.invite(company, f"u{n}@acme.example", title=f"T{n}") for n in range(10)]
    for n in (2, 3, 4):
        await licensing.accept(await licensing.invitation(ids[n]))
    await licensing.plan("u5@acme.example", "connect")
    await licensing.plan("u1@acme.example", None)
    await licensing.plan("nobody@acme.example", "pro")
    await licensing.edit(company, ids[5:8], reports_to="u2@acme.example", title="New")
    await licensing.edit(company, [ids[0]], email="u0.new@acme.example")
    await licensing.resend(company, ids[6])
    await licensing.deactivate(company, ids[2], ids[3])
    await licensing.cancel(company, ids[8], ids[9])
    await licensing.reactivate(company, ids[3])
    await licensing.provision_user(other, "u8@acme.example")
    await licensing.confirm(
        company, [row(f"b{n}@acme.example", reports_to="b0@acme.example" if n else None) for n in range(6)]
    )
    await licensing.confirm(company, [row(f"b{n}@acme.example") for n in range(6, 60)])
    rebuild = Rebuild(licensing.store, TeamProjection())
    assert await rebuild.differences(licensing.url) == {"companies": 0, "users": 0, "addresses": 0, "invitations": 0}
    await snapshots_equal_the_fold(licensing)


async def snapshots_equal_the_fold(licensing: Licensing) -> None:
    """What commands decide on is what the events say."""
    from services.licensing.application import stream_snapshots
    from services.licensing.domain.licenses.decide import LICENSES
    from services.licensing.domain.stored_events import licenses_stream, user_stream
    from services.licensing.domain.user.decide import USER

    async with licensing.store.pool.acquire() as conn:
        everyone = await conn.fetch("SELECT user_id, company_id FROM users")
        companies = await conn.fetch("SELECT * FROM companies")

    async def fold(stream: str, decider: Any) -> tuple[Any, int]:
        history = (await licensing.store.run(lambda tx: tx.load(stream))).result
        return decider.fold(r.event for r in history), len(history)

    async with licensing.pool.acquire() as conn:
        for row_ in everyone:
            snapshot = (await stream_snapshots.users(conn, row_["company_id"], [row_["user_id"]]))[row_["user_id"]]
            assert (snapshot.state, snapshot.version) == await fold(user_stream(row_["user_id"]), USER)
        for company in companies:
            snapshot = await stream_snapshots.licenses(conn, company["company_id"])
            assert (snapshot.state, snapshot.version) == await fold(licenses_stream(company["company_id"]), LICENSES)
            assert company["occupied"] == company["waiting"] + company["pending_transfer"] + company["active"]
