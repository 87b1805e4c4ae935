"""The columns of My Team: chosen and ordered by each person, kept, and obeyed by the export."""

import re

import pytest
from starlette.datastructures import QueryParams

from services.upload.web.team_column_choice import TeamColumnChoice, exported
from services.upload.web.team_filters import Filters
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
OWN = ["Cost Centre", "Contract"]
USUAL = ["status", "invitation", "title", "functional_area", "region", "reports_to"]


def test_who_never_chose_sees_and_exports_the_usual_columns() -> None:
    usual = TeamColumnChoice(None, OWN)
    assert usual.shown == USUAL
    assert usual.others == [
        "methodologies",
        "permissions",
        "invited_at",
        "activated_at",
        "custom.Cost Centre",
        "custom.Contract",
    ]
    assert exported(usual.on_screen(Filters())) == "first_name,last_name," + ",".join(USUAL)


def test_a_column_moves_one_place_and_stops_at_the_ends() -> None:
    choice = TeamColumnChoice(["title", "status", "custom.Contract"], OWN)
    assert choice.moved("custom.Contract", -1) == ["title", "custom.Contract", "status"]
    assert choice.moved("title", -1) == choice.moved("custom.Contract", 1) == choice.shown
    assert choice.moved("region", 1) == choice.shown


def test_what_is_marked_newly_follows_what_is_shown() -> None:
    assert TeamColumnChoice(["title", "status"], OWN).marked({"status", "title", "region"}) == [
        "title",
        "status",
        "region",
    ]
    assert TeamColumnChoice(["title", "status"], OWN).marked({"status"}) == ["status"]
    assert TeamColumnChoice(["title"], OWN).marked(()) == []


def test_a_field_that_the_company_no_longer_has_is_left_out() -> None:
    assert TeamColumnChoice(["custom.Badge", "title", "custom.Contract"], OWN).shown == ["title", "custom.Contract"]


def test_an_export_has_the_chosen_columns_in_their_order() -> None:
    filtered = Filters.read(QueryParams("custom.Cost+Centre=4711"), OWN)
    assert (
        exported(TeamColumnChoice(["custom.Contract"], OWN).on_screen(Filters()))
        == "first_name,last_name,custom.Contract"
    )
    assert exported(TeamColumnChoice([], OWN).on_screen(filtered)) == "first_name,last_name,custom.Cost Centre"


async def _heads(web: Web, path: str = "/team") -> list[str]:
    async with web.browser() as browser:
        head = (await browser.get(path)).text.partition("<thead")[2].partition("</thead>")[0]
    links = re.findall(r'<a href="[^"]*">(.*?)</a>', head)
    return [re.sub(r"<svg.*|<span.*", "", link) for link in links]


async def test_what_is_chosen_is_what_the_table_and_the_export_have() -> None:
    web = Web()
    async with web.browser() as browser:
        chosen = {"csrf": web.csrf, "back": "q=raman", "column": ["reports_to", "custom.Contract", "bogus"]}
        answer = await browser.post("/team/columns", data=chosen)
        assert answer.headers["location"] == "/team?q=raman"
        assert await _heads(web) == ["Name", "Reports To", "Contract"]
        moved = {"csrf": web.csrf, "column": ["reports_to", "custom.Contract"], "up": "custom.Contract"}
        await browser.post("/team/columns", data=moved)
        assert await _heads(web) == ["Name", "Contract", "Reports To"]
        await browser.get("/team/export.csv?q=raman")
    assert web.licensing.asked[-1]["columns"] == "first_name,last_name,custom.Contract,reports_to"
    assert await _heads(web, "/team?custom.Cost+Centre=1") == ["Name", "Contract", "Reports To", "Cost Centre"]


async def test_the_usual_columns_come_back() -> None:
    web = Web()
    web.choices.kept["marta"] = ["title"]
    async with web.browser() as browser:
        await browser.post("/team/columns", data={"csrf": web.csrf, "column": ["title"], "reset": "yes"})
    assert web.choices.kept == {}
    assert len(await _heads(web)) == 1 + len(USUAL)


async def test_a_form_that_is_not_ours_chooses_nothing() -> None:
    web = Web()
    async with web.browser() as browser:
        assert (await browser.post("/team/columns", data={"csrf": "x", "column": ["title"]})).status_code == 403
    assert web.choices.kept == {}


async def test_a_manager_is_shown_by_their_name() -> None:
    web = Web()
    web.licensing.users = [web.licensing.users[0].model_copy(update={"reports_to_name": "Henrik Solberg"})]
    async with web.browser() as browser:
        assert '<td role="cell" class="boss">Henrik Solberg</td>' in (await browser.get("/team")).text
