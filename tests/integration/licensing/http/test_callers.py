"""Who may call: admins, managers, whom a directory lets in, and nobody who was deactivated."""

import asyncio
import json
from collections.abc import Generator
from dataclasses import replace
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from deploy.devstack.issuer.people import Person as Issued
from deploy.devstack.issuer.tokens import access_claims
from services.licensing.read_models.team.standing import UsersPermissions
from tests.integration.licensing.http.api import COMPANY, Api, World, as_holder, claims, problem
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


async def test_who_may_read_and_who_may_do(acme: Api, world: World) -> None:
    boss = await acme.invite("boss")
    mid = await acme.invite("mid", reports_to=acme.email("boss"))
    low = await acme.invite("low", reports_to=acme.email("mid"))
    other = Api(world)
    await other.provision()
    problem(await other.call("GET", f"/team/{low['user_id']}"), 404, "not_found")
    problem(await other.act("cancel_invitation", low["user_id"]), 404, "not_found")
    problem(await other.call("PATCH", f"/team/{low['user_id']}", json={"title": "x"}), 404, "not_found")
    listed = (await acme.call("GET", "/team", "boss")).json()
    assert {u["user_id"] for u in listed["items"]} == {mid["user_id"], low["user_id"]}
    assert (await acme.call("GET", f"/team/{low['user_id']}", "boss")).status_code == 200
    problem(await acme.call("GET", f"/team/{boss['user_id']}", "mid"), 404, "not_found")
    for who in ("low", "boss"):
        problem(await acme.call("GET", "/seats", who), 403, "forbidden")
        problem(await acme.call("POST", "/team", who, json=acme.form("x")), 403, "forbidden")
    problem(await acme.call("GET", "/team", "low"), 403, "forbidden")
    problem(await acme.call("GET", "/seats", None), 401, "unauthorized")
    problem(await acme.call("PUT", f"/companies/{acme.company}", json=COMPANY), 403, "forbidden")
    await acme.provision(plan="free")
    problem(await acme.call("GET", "/seats"), 403, "plan_required")
    problem(await acme.call("POST", "/team", json=acme.form("x")), 403, "plan_required")


CALLS = (
    *(("GET", path) for path in ("/seats", "/seats/events", "/team", "/team/groups", "/team/reports")),
    *(("GET", path) for path in ("/team/export.csv", "/team/export.xlsx", "/team/{id}")),
    *(("POST", "/team"), ("POST", "/team/actions"), ("PATCH", "/team/{id}")),
)


async def test_a_deactivated_admin_gets_the_same_403_from_every_call(acme: Api) -> None:
    await acme.provision_user("admin")
    ben = await acme.provision_user("ben")
    other = claims(acme, "ben", "manage_users")
    mine = claims(acme, "admin", "manage_users")
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200
    me = next(each for each in (await acme.get("/team"))["items"] if each["email"] == acme.email("admin"))
    body = {"action": "deactivate", "user_ids": [me["user_id"]]}
    problem(await as_holder(acme, mine, "POST", "/team/actions", json=body), 409, "own_account")
    assert (await as_holder(acme, other, "POST", "/team/actions", json=body)).status_code == 200
    for method, path in CALLS:
        answer = await as_holder(acme, mine, method, path.replace("{id}", ben["user_id"]), content=b"{")
        problem(answer, 403, "deactivated")
    without = claims(acme, "admin")
    problem(await as_holder(acme, without, "GET", "/team"), 403, "deactivated")
    back = {"action": "reactivate", "user_ids": [me["user_id"]]}
    problem(await as_holder(acme, mine, "POST", "/team/actions", json=back), 403, "deactivated")
    assert (await as_holder(acme, other, "POST", "/team/actions", json=back)).status_code == 200
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200


async def test_an_open_stream_of_seats_ends_when_its_reader_is_deactivated(acme: Api) -> None:
    me = await acme.provision_user("admin")
    await acme.provision_user("ben")
    other, mine = claims(acme, "ben", "manage_users"), claims(acme, "admin", "manage_users")
    # Answered when it has ended, since this transport gives whole answers.
    reading = asyncio.create_task(as_holder(acme, mine, "GET", "/seats/events"))
    async with asyncio.timeout(PATIENCE):
        while not REGISTRY.get_sample_value("usher_streams_open"):
            assert not reading.done()
            await asyncio.sleep(0.05)
        body = {"action": "deactivate", "user_ids": [me["user_id"]]}
        assert (await as_holder(acme, other, "POST", "/team/actions", json=body)).status_code == 200
        answer = await reading
    assert answer.status_code == 200 and "event: seats" in answer.text
    problem(await as_holder(acme, mine, "GET", "/seats/events"), 403, "deactivated")


async def test_a_manager_is_known_by_an_address_that_is_theirs(acme: Api) -> None:
    boss = await acme.invite("boss")
    await acme.invite("ann", reports_to=boss["email"])
    seen = await as_holder(acme, claims(acme, "boss"), "GET", "/team")
    assert [each["email"] for each in seen.json()["items"]] == [acme.email("ann")]
    for refuted in (False, "false"):
        answer = await as_holder(acme, claims(acme, "boss", email_verified=refuted), "GET", "/team")
        assert "not verified" in problem(answer, 403, "forbidden")["detail"]
    problem(await as_holder(acme, claims(acme, "boss", email=None), "GET", "/team"), 403, "forbidden")


async def test_what_an_admin_does_is_told_with_their_subject_and_issuer(acme: Api) -> None:
    await acme.invite("ann")
    subject = access_claims(Issued(acme.email("admin"), acme.company), "", 0, 1)["sub"]
    by = await acme.world.app.state.pool.fetchval(
        "SELECT data #> '{after,invitation,by}' FROM events WHERE company_id = $1 AND type = 'user-invited.v1'",
        UUID(acme.company),
    )
    assert json.loads(by) == {
        "email": acme.email("admin"),
        "name": "Admin",
        "subject": subject,
        "issuer": acme.world.stack.url("issuer"),
    }


@pytest.fixture
def by_directory(world: World) -> Generator[None]:
    """Usher says who may what, as with USHER_PERMISSIONS_FROM=directory."""
    state = world.app.state
    source = UsersPermissions(state.pool)
    commands = replace(state.parts.commands, permissions_from="directory")
    before = state.permissions, state.parts
    state.permissions, state.parts = source, replace(state.parts, permissions=source, commands=commands)
    yield
    state.permissions, state.parts = before


@pytest.mark.usefixtures("by_directory")
async def test_by_the_directory_the_token_says_who_it_is_and_usher_what_they_may(acme: Api) -> None:
    ada = await acme.provision_user("ada", "manage_users")
    ben = await acme.provision_user("ben", "manage_users")
    problem(await acme.call("GET", "/seats"), 403, "forbidden")
    mine, other = claims(acme, "ada"), claims(acme, "ben")
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200
    refuted = claims(acme, "ada", email_verified=False)
    problem(await as_holder(acme, refuted, "GET", "/team"), 403, "forbidden")
    reading = asyncio.create_task(as_holder(acme, mine, "GET", "/seats/events"))
    async with asyncio.timeout(PATIENCE):
        while not REGISTRY.get_sample_value("usher_streams_open"):
            assert not reading.done()
            await asyncio.sleep(0.05)
        taken = await as_holder(acme, other, "PATCH", f"/team/{ada['user_id']}", json={"permissions": []})
        assert taken.status_code == 200, taken.text
        assert "event: seats" in (await reading).text
    for method, path in CALLS:
        problem(
            await as_holder(acme, mine, method, path.replace("{id}", ben["user_id"]), content=b"{"), 403, "forbidden"
        )
    claimed = claims(acme, "ada", "manage_users")
    problem(await as_holder(acme, claimed, "GET", "/team"), 403, "forbidden")
    mine_to_lose = {"permissions": ["manage_reports"], "title": "AE"}
    own = f"/team/{ben['user_id']}"
    problem(await as_holder(acme, other, "PATCH", own, json=mine_to_lose), 409, "last_admin")
    again = {"permissions": ["manage_users"]}
    assert (await as_holder(acme, other, "PATCH", f"/team/{ada['user_id']}", json=again)).status_code == 200
    lost = await as_holder(acme, other, "PATCH", own, json=mine_to_lose)
    assert (lost.status_code, lost.json()["title"]) == (200, "AE"), "one may give it up oneself"
    problem(await as_holder(acme, other, "GET", "/seats"), 403, "forbidden")
    await acme.provision_user("pat", "authorize_purchases")
    for path in ("/access", "/access/requests"):
        assert (await as_holder(acme, claims(acme, "pat"), "GET", path)).status_code == 200, "to see what to pay for"
        problem(await as_holder(acme, claims(acme, "ben", "authorize_purchases"), "GET", path), 403, "forbidden")
    problem(
        await as_holder(acme, claims(acme, "pat"), "POST", "/access/requests", json={"licenses": 1}), 403, "forbidden"
    )
