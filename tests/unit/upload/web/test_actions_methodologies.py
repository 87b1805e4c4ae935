"""Giving a methodology to many, and withdrawing it: which one, with what is left of each."""

import re

import pytest

from services.upload.web.licensing import Action
from services.upload.web.licensing_models import MethodologySeats
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from usher_contracts import Methodology

pytestmark = pytest.mark.anyio
IDS = sorted(user.user_id for user in northwind.USERS)[:2]
COMMAND = MethodologySeats(
    id="command", name="Command of the Message", purchased=9, reserved=6, consumed=2, available=1
)
VALUE = MethodologySeats(id="value", name="Value Framework", purchased=5, reserved=7, available=-2)
BOTH = ("grant_methodology", "withdraw_methodology")


def having(*pools: MethodologySeats) -> Web:
    """Two users selected, in a company that has bought seats of these."""
    web = Web()
    bought = tuple(Methodology(id=pool.id, name=pool.name, purchased=pool.purchased) for pool in pools)
    web.uploads.settings = northwind.COMPANY.model_copy(update={"methodologies": bought})
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"methodologies": pools})
    web.selections.kept = set(IDS)
    return web


async def page(web: Web, path: str) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def press(web: Web, action: str, fields: dict[str, str]):
    hidden = dict(
        re.findall(r'type="hidden" name="(n|key)" value="([^"]*)"', await page(web, f"/team/actions/{action}"))
    )
    async with web.browser() as browser:
        return await browser.post(f"/team/actions/{action}", data={"csrf": web.csrf, **hidden, **fields})


@pytest.mark.parametrize("place", ["/team", "/team?group=region", "/team/hierarchy"])
async def test_it_is_offered_where_the_company_has_methodologies(place: str) -> None:
    for pools, offered in (((COMMAND,), True), ((), False)):
        shown = await page(having(*pools), place)
        assert 'value="deactivate"' in shown
        assert all((f'value="{action}"' in shown) is offered for action in BOTH)


@pytest.mark.parametrize("action", BOTH)
async def test_without_methodologies_there_is_no_such_page(action: str) -> None:
    async with having().browser() as browser:
        assert (await browser.get(f"/team/actions/{action}")).status_code == 404


async def test_the_page_asks_which_one_and_says_what_is_left_of_each() -> None:
    shown = await page(having(COMMAND, VALUE), "/team/actions/grant_methodology")
    assert "<h1>Give 2 users a methodology</h1>" in shown
    assert re.findall(r'type="radio" name="methodology" value="(\w+)"( checked)?', shown) == [
        ("command", ""),
        ("value", ""),
    ]
    assert "1 seat left" in shown
    assert "0 seats left" in shown
    shown = await page(having(COMMAND, VALUE), "/team/actions/withdraw_methodology")
    assert "6 seats of your company’s are not used yet" in shown


async def test_the_only_one_is_chosen() -> None:
    assert 'value="command" checked' in await page(having(COMMAND), "/team/actions/grant_methodology")


@pytest.mark.parametrize("action", BOTH)
async def test_the_chosen_one_is_done_for_all_and_said(action: str) -> None:
    web = having(COMMAND, VALUE)
    answer = await press(web, action, {"methodology": "command"})
    assert web.licensing.told == [("act", Action(action, IDS, {}, methodology="command"))]
    assert answer.headers["location"] == f"/team?note=did_{action}&n=2"
    assert re.search(
        r'class="toast"><span>2 users have (a|no) seat of this methodology ',
        await page(web, answer.headers["location"]),
    )


async def test_where_none_is_chosen_nothing_is_done() -> None:
    web = having(COMMAND, VALUE)
    answer = await press(web, "grant_methodology", {})
    assert answer.status_code == 409
    assert "No methodology was chosen" in answer.text
    assert web.licensing.told == []


async def test_too_few_seats_can_be_asked_for() -> None:
    web = having(COMMAND, VALUE)
    short = [{"id": "command", "requested": 2, "available": 1}]
    web.licensing.refuses["act"] = Problem(409, "methodology_seats_exceeded", "Too few seats.", methodologies=short)
    answer = await press(web, "grant_methodology", {"methodology": "command"})
    assert answer.status_code == 409
    assert "Too few seats." in answer.text
    assert 'value="command" checked' in answer.text
    assert 'href="/access/ask?of.command=1"' in answer.text


async def test_who_has_used_it_can_be_left_out_and_the_choice_stays() -> None:
    web = having(COMMAND, VALUE)
    items = [{"user_id": IDS[0], "code": "methodology_consumed", "message": "They have used it."}]
    web.licensing.refuses["act"] = Problem(409, "methodology_consumed", "Used.", items=items)
    refused = (await press(web, "withdraw_methodology", {"methodology": "value"})).text
    assert "They have used it." in refused
    leave = re.search(r'<form class="row" action="/team/selection".*?</form>', refused, re.S)
    assert leave
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', leave[0]))
    async with web.browser() as browser:
        on = await browser.post("/team/selection", data={**sent, "csrf": web.csrf, "do": "drop"})
    assert on.headers["location"] == "/team/actions/withdraw_methodology?methodology=value"
    assert 'value="value" checked' in await page(web, on.headers["location"])


def test_licensing_is_told_which_one() -> None:
    assert Action("grant_methodology", IDS, {}, methodology="command").body["methodology"] == "command"
    assert Action("resend", IDS, {}).body == {"action": "resend", "user_ids": IDS, "fields": {}}
