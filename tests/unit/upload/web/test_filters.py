"""My Team filtered, grouped and exported: the address says it, licensing is asked for it."""

import re
from html import unescape

import pytest
from starlette.datastructures import QueryParams

from services.upload.web.licensing_models import Team
from services.upload.web.team_filters import Filters
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
ADDRESS = (
    "status=waiting&region=Iberia&region=DACH&custom.Contract=Employee&invitation=failed&invitation=expired"
    "&blank=title&invited_days=7&reports_to=a%40b.example&sort=-custom.Contract&q=x"
)


def _read(query: str) -> Filters:
    return Filters.read(QueryParams(query), ["Contract"])


def test_an_address_means_to_licensing_what_it_says() -> None:
    assert _read(ADDRESS).asked("c") == {
        "limit": "50",
        "cursor": "c",
        "status": "waiting",
        "q": "x",
        "region": ["Iberia", "DACH"],
        "custom.Contract": ["Employee"],
        "invitation": "failed,expired",
        "blank": "title",
        "invited_days": "7",
        "reports_to": "a@b.example",
        "sort": "-custom.Contract,-last_name",
    }


@pytest.mark.parametrize(
    "query", ["custom.Other=x", "invitation=lost", "blank=email", "invited_days=-1", "status=x", "sort=y", "group=z"]
)
def test_what_is_not_known_is_left_out(query: str) -> None:
    assert _read(query) == Filters()


def test_how_long_ago_somebody_was_invited_is_asked_of_those_who_have_not_joined() -> None:
    assert _read("invited_days=7").conditions() == {"status": "waiting,pending_transfer", "invited_days": "7"}
    assert _read("invited_days=7&status=waiting").conditions()["status"] == "waiting"


def test_one_value_can_be_taken_away() -> None:
    assert _read(ADDRESS).without("region", "Iberia")["region"] == ("DACH",)


async def _text(web: Web, path: str) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_filters_in_use_are_named_and_can_be_taken_away() -> None:
    web = Web()
    text = await _text(web, "/team?region=Iberia&custom.Contract=Employee&blank=title&invitation=failed")
    for said in ("Region: Iberia", "Contract: Employee", "Title: blank", "Invitation: Delivery failed"):
        assert said in text
    assert 'value="Iberia" checked' in text
    assert "/team?invitation=failed&amp;blank=title&amp;custom.Contract=Employee" in text
    assert ">Contract</a>" in text.replace("</svg>", "")
    assert web.licensing.asked[-1]["custom.Contract"] == ["Employee"]


async def test_groups_are_counted_and_lead_to_their_users() -> None:
    web = Web()
    text = await _text(web, "/team?group=reports_to&status=active")
    assert web.licensing.asked[-1]["by"] == "reports_to"
    assert f'href="/team?status=active&amp;reports_to={northwind.USERS[14].user_id}">Priya Raman</a>' in text
    assert 'href="/team?status=active&amp;blank=reports_to">Blank</a>' in text
    rows = text.partition("<tbody")[2].partition("</tbody>")[0].split("</tr>")
    for said in (">2</td>", ">1 %</td>", "Active <b>1</b>", "Inactive <b>1</b>", "Select group: Priya Raman"):
        assert said in rows[0]
    assert "under 1 %" in rows[1]
    assert 'name="user"' not in text


async def test_a_group_is_selected_as_a_whole() -> None:
    web = Web()
    text = await _text(web, "/team?group=reports_to&status=active")
    assert 'id="selection"' not in text
    group = re.search(r'name="group" value="([^"]*)"', text)
    assert group
    async with web.browser() as browser:
        sent = {"csrf": web.csrf, "back": "group=reports_to&status=active", "group": unescape(group[1]), "do": "group"}
        answer = await browser.post("/team/selection", data=sent)
    assert answer.headers["location"] == "/team?group=reports_to&status=active"
    asked = web.licensing.asked[-1]
    assert (asked["status"], asked["reports_to"]) == ("active", northwind.USERS[14].user_id)
    assert len(web.selections.kept) == len(northwind.USERS)
    assert "16 selected" in await _text(web, "/team?group=reports_to&status=active")
    async with web.browser("manager") as browser:
        assert "Select group" not in (await browser.get("/team?group=reports_to")).text


async def test_an_export_is_what_the_address_shows() -> None:
    web = Web()
    assert "/team/export.csv?sort=-title&amp;region=Iberia" in await _text(web, "/team?region=Iberia&sort=-title")
    assert await _text(web, "/team/export.csv?region=Iberia&sort=-title") == "csv"
    shown = "first_name,last_name,status,invitation,title,functional_area,region,reports_to"
    asked = {"sort": "-title,-last_name", "region": ["Iberia"]}
    assert web.licensing.asked[-1] == {**asked, "columns": shown}
    assert await _text(web, "/team/export.xlsx?region=Iberia&sort=-title&fields=all") == "xlsx"
    assert web.licensing.asked[-1] == asked


async def test_a_workbook_is_offered_before_a_csv_which_is_for_programs() -> None:
    menu = (await _text(Web(), "/team?status=active")).partition('id="exports"')[2].partition("</ul>")[0]
    assert [link.partition("?")[0] for link in re.findall('href="([^"]*)"', menu)] == [
        "/team/export.xlsx",
        "/team/export.xlsx",
        "/team/export.csv",
    ]
    assert "CSV (.csv), for other programs" in menu


def _branch(text: str) -> str:
    return text.partition('id="branch"')[2].partition("</section>")[0]


async def test_the_hierarchy_is_open_to_three_levels_and_says_where_there_is_more() -> None:
    web = Web()
    deep = northwind.USERS[0].model_copy(update={"reports_to": northwind.address("Mateus Carvalho")})
    web.licensing.users = [*northwind.USERS[1:], deep]
    top = _branch(await _text(web, "/team/hierarchy"))
    mateus = northwind.user("Mateus Carvalho")
    names = ["Priya Raman", "Lucia Herrero", "Mateus Carvalho"]
    assert sorted(names, key=top.index) == names
    assert top.count("<details open ") == 2
    assert f'hx-get="/team/hierarchy?of={mateus.user_id}"' in top
    assert "Joachim Becker" not in top
    below = await _text(web, f"/team/hierarchy?of={mateus.user_id}")
    assert "Who reports to Mateus Carvalho" in below
    assert "Joachim Becker" in _branch(below)
    assert web.licensing.asked[-1] == {"limit": "50", "levels": "3", "of": mateus.user_id}


async def test_the_hierarchy_is_searched_and_shows_everybody_above() -> None:
    web = Web()
    text = await _text(web, "/team/hierarchy?q=carvalho")
    found = _branch(text)
    names = ["Priya Raman", "Lucia Herrero", "<mark>Mateus Carvalho</mark>"]
    assert sorted(names, key=found.index) == names
    assert found.count("<mark>") == 1
    assert "Ines Duarte" not in found
    assert "1 user fits, with everybody above them." in text
    assert "Nobody fits this search." in await _text(web, "/team/hierarchy?q=zzz")


async def test_a_search_of_the_hierarchy_says_when_more_fit_than_it_shows() -> None:
    web = Web()

    async def many(token: str, query: object) -> Team:
        return Team(items=northwind.USERS[:2], total=4999)

    web.licensing.team = many
    assert "More fit. These are the first 2" in await _text(web, "/team/hierarchy?q=a")


async def test_a_link_that_leaves_the_table_is_not_swapped_into_it() -> None:
    search = (await _text(Web(), "/team")).partition("<search")[2].partition("</search>")[0]
    assert search.count("<a ") == search.count('hx-boost="false"') - search.count('<form action="/team/views"') == 6
