"""The notice of what was done offers to take it back, for as long as that can be."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from services.upload.web.licensing_models import Undo
from services.upload.web.undo_offer import offer
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
ACTION = UUID(int=77)
USER = northwind.USERS[1]


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def places_of(location: str) -> Mapping[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(location).query).items()}


def web_with_undo() -> Web:
    web = Web()
    web.licensing.undoable = Undo(id=str(ACTION), until=in_seconds(30))
    return web


@pytest.mark.parametrize("action", ["deactivate", "cancel_invitation"])
async def test_what_was_done_to_one_can_be_taken_back_from_its_notice(action: str) -> None:
    web = web_with_undo()
    async with web.browser() as browser:
        done = await browser.post(
            f"/team/actions/{action}?user={USER.user_id}", data={"csrf": web.csrf, "n": "1", "key": "k"}
        )
        page = (await browser.get(done.headers["location"])).text
    assert places_of(done.headers["location"])["undo"] == str(ACTION)
    assert 'action="/team/undo"' in page
    assert f'name="undo" value="{ACTION}"' in page
    assert "Undo" in page


async def test_an_edit_can_be_taken_back_from_the_users_page() -> None:
    web = web_with_undo()
    async with web.browser() as browser:
        saved = await browser.post(
            f"/team/{USER.user_id}/edit", data={"csrf": web.csrf, "title": "Lead", "was.title": "AE"}
        )
        page = (await browser.get(saved.headers["location"])).text
        back = await browser.post("/team/undo", data={"csrf": web.csrf, "undo": str(ACTION), "user": USER.user_id})
    assert f'name="user" value="{USER.user_id}"' in page
    assert back.headers["location"] == f"/team/{USER.user_id}?note=undone"
    assert web.licensing.told[-1] == ("undo", ACTION)


async def test_it_leads_back_to_where_my_team_was_and_says_for_how_many() -> None:
    web = web_with_undo()
    async with web.browser() as browser:
        until = int(in_seconds(30).timestamp())
        page = (await browser.get(f"/team?q=a&note=did_deactivate&n=2&undo={ACTION}&until={until}")).text
        back = await browser.post("/team/undo", data={"csrf": web.csrf, "undo": str(ACTION)})
        team = (await browser.get(back.headers["location"])).text
    assert 'action="/team/undo"' in page
    assert places_of(back.headers["location"]) == {"q": "a", "note": "undone", "n": "2"}
    assert "Taken back. 2 users are as before." in team
    assert 'action="/team/undo"' not in team


@pytest.mark.parametrize("until", [-5, 3600])
async def test_an_offer_ends(until: float) -> None:
    web = Web()
    at = int(in_seconds(until).timestamp())
    async with web.browser() as browser:
        page = (await browser.get(f"/team?note=did_deactivate&n=2&undo={ACTION}&until={at}")).text
    assert "2 users were deactivated." in page
    assert 'action="/team/undo"' not in page


@pytest.mark.parametrize(
    "query",
    [{}, {"undo": "x", "until": "9"}, {"undo": str(ACTION), "until": "x"}, {"undo": str(ACTION), "until": "9" * 40}],
)
def test_an_address_that_was_not_made_here_offers_nothing(query: Mapping[str, str]) -> None:
    assert offer(query) is None


async def test_why_it_was_not_taken_back_is_said_by_name() -> None:
    web = Web()
    items = [
        {"user_id": USER.user_id, "code": "changed_since", "message": "Somebody has changed this since."},
        {"user_id": str(UUID(int=5)), "code": "changed_since", "message": "Gone since."},
    ]
    web.licensing.refuses["undo"] = Problem(409, "changed_since", "Nothing was done.", items=items)
    async with web.browser() as browser:
        page = await browser.post("/team/undo", data={"csrf": web.csrf, "undo": str(ACTION)})
    assert page.status_code == 409
    for said in (
        "It was not taken back",
        "Nothing was done.",
        USER.name,
        "Somebody has changed this since.",
        "Gone since.",
    ):
        assert said in page.text


@pytest.mark.parametrize(("status", "code"), [(404, "nothing_to_undo"), (410, "undo_over"), (409, "licenses_exceeded")])
async def test_too_late_and_no_license_are_said(status: int, code: str) -> None:
    web = Web()
    web.licensing.refuses["undo"] = Problem(status, code, "Why it is so.")
    async with web.browser() as browser:
        page = await browser.post("/team/undo", data={"csrf": web.csrf, "undo": str(ACTION)})
    assert (page.status_code, "Why it is so." in page.text) == (status, True)


async def test_a_form_of_somebody_else_takes_nothing_back() -> None:
    web = Web()
    async with web.browser() as browser:
        forged = await browser.post("/team/undo", data={"csrf": "another", "undo": str(ACTION)})
        nothing = await browser.post("/team/undo", data={"csrf": web.csrf, "undo": "x"})
    assert (forged.status_code, nothing.status_code) == (403, 404)
    assert web.licensing.told == []
