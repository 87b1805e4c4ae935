"""Forms tell of few people outside the company in a day."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
import structlog
from httpx import Response
from prometheus_client import REGISTRY

from shared.http.daily_quota import DailyQuota
from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio


@contextmanager
def told_at_most(acme: Api, most: int) -> Generator[None]:
    """A company's forms tell of so few people outside of it in a day."""
    state = acme.world.app.state
    parts = state.parts
    state.parts = replace(parts, disclosures=DailyQuota(state.pool, most))
    try:
        yield
    finally:
        state.parts = parts


async def test_forms_tell_of_few_people_outside_the_company_in_a_day_and_then_of_nobody(acme: Api) -> None:
    other = Api(acme.world)
    await other.provision()
    for local in ("ann", "bob", "cyd"):
        await other.invite(local)
    theirs = {"first_name": "Ann", "last_name": "Lee", "functional_area": "Sales"}

    async def invite(email: str) -> Response:
        return await acme.call("POST", "/team", json={**theirs, "email": email})

    before = refusals("addresses_told"), refusals("addresses_withheld")
    with told_at_most(acme, 2), structlog.testing.capture_logs() as lines:
        for local in ("ann", "bob", "ann"):
            problem(await invite(other.email(local)), 422, "email_in_other_company")
        for email in (other.email("cyd"), acme.email("free")):
            said = await invite(email)
            problem(said, 429, "too_many_for_today")
            assert 0 < int(said.headers["retry-after"]) <= 86_401
        problem(await invite(other.email("bob").upper()), 422, "email_in_other_company")
        assert (await other.call("POST", "/team", json=other.form("dan"))).status_code == 201, "each has its own"
        assert (await acme.call("GET", "/team")).status_code == 200
    assert (await invite(acme.email("free"))).status_code == 201
    assert (refusals("addresses_told") - before[0], refusals("addresses_withheld") - before[1]) == (4, 2)
    assert "@" not in str([line for line in lines if line.get("audit")]), "nobody is named"


async def test_a_repetition_gets_its_first_answer_when_the_day_is_used_up_too(acme: Api) -> None:
    other = Api(acme.world)
    await other.provision()
    await other.invite("ann")
    gone = (await acme.provision_user("gone"))["user_id"]
    await acme.act("deactivate", gone)
    back = {"action": "reactivate", "user_ids": [gone]}

    async def invite(local: str, key: str) -> Response:
        return await acme.call("POST", "/team", json=acme.form(local), headers={"Idempotency-Key": key})

    async def reactivate(key: str) -> Response:
        return await acme.call("POST", "/team/actions", json=back, headers={"Idempotency-Key": key})

    first, returned = await invite("bob", "b1"), await reactivate("r1")
    assert (first.status_code, returned.status_code) == (201, 200)
    with told_at_most(acme, 1):
        theirs = {**acme.form("x"), "email": other.email("ann")}
        problem(await acme.call("POST", "/team", json=theirs), 422, "email_in_other_company")
        again = await invite("bob", "b1")
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["location"] == first.headers["location"]
        assert (await reactivate("r1")).json() == returned.json()
        problem(await invite("cyd", "b1"), 422, "idempotency_key_reused")
        problem(await invite("cyd", "b2"), 429, "too_many_for_today")
        problem(await reactivate("r2"), 429, "too_many_for_today")


async def test_who_is_pending_transfer_counts_as_told_and_so_does_who_cannot_come_back(acme: Api) -> None:
    await acme.call("PUT", f"/individual-plans/{acme.email('pia')}", "platform", json={"plan": "pro"})
    gone = await acme.provision_user("gone")
    await acme.act("deactivate", gone["user_id"])
    other = Api(acme.world)
    await other.provision()
    await other.call("POST", "/team", json={**other.form("x"), "email": acme.email("gone")})
    left = acme.world.app.state.parts.disclosures
    company = UUID(acme.company)
    with told_at_most(acme, 2):
        assert (await acme.invite("pia"))["status"] == "pending_transfer"
        assert (await left.left(company)).more == left.most - 1
        ann = await acme.invite("ann")
        assert (await left.left(company)).more == left.most - 1, "of who is Waiting nothing is told"
        problem(await acme.act("reactivate", gone["user_id"]), 409, "email_in_other_company")
        assert (await left.left(company)).more == left.most - 2
        moved = await acme.call("PATCH", f"/team/{ann['user_id']}", json={"email": acme.email("ann2")})
        problem(moved, 429, "too_many_for_today")
        renamed = await acme.call("PATCH", f"/team/{ann['user_id']}", json={"title": "AE"})
        assert renamed.status_code == 200, "it asks about nobody"


async def test_one_who_cannot_come_back_does_not_use_up_the_day_for_the_others(acme: Api) -> None:
    ids = [(await acme.provision_user(local))["user_id"] for local in ("gone", "ann", "bob")]
    await acme.act("deactivate", *ids)
    other = Api(acme.world)
    await other.provision()
    await other.call("POST", "/team", json={**other.form("x"), "email": acme.email("gone")})
    with told_at_most(acme, 2):
        problem(await acme.act("reactivate", *ids), 409, "email_in_other_company")
        assert (await acme.act("reactivate", *ids[1:])).status_code == 200


async def test_what_was_told_yesterday_is_forgotten(acme: Api) -> None:
    pool, company = acme.world.app.state.pool, UUID(acme.company)
    budget = DailyQuota(pool, 2)
    assert await budget.spend(company, ["a", "b", "c"]) == {"a", "b"}
    assert (await budget.left(company, ["a", "c"])).told == {"a"}
    await pool.execute("UPDATE told_in_a_day SET day = day - 1 WHERE company_id = $1", company)
    assert await budget.spend(company, ["c"]) == {"c"}
    assert await pool.fetchval("SELECT count(*) FROM told_in_a_day WHERE company_id = $1", company) == 1


async def test_many_at_once_are_told_no_more_than_there_is(acme: Api) -> None:
    budget, company = DailyQuota(acme.world.app.state.pool, 5), UUID(acme.company)
    told = await asyncio.gather(*(budget.spend(company, [f"u{n}", f"v{n}"]) for n in range(8)))
    assert sum(map(len, told)) == 5


def refusals(event: str) -> float:
    return REGISTRY.get_sample_value("usher_audit_events_total", {"event": event, "code": "form"}) or 0
