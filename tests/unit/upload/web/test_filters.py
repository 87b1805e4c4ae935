"""My Team filtered, grouped and exported: the address says it, licensing is asked for it."""

import re

import pytest
from starlette.datastructures import QueryParams

from services.upload.web.filters import Filters
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
    assert 'name="user"' not in text


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


async def test_the_hierarchy_shows_one_level_and_where_there_is_more() -> None:
    web = Web()
    top = await _text(web, "/team/hierarchy")
    priya = northwind.USERS[14]
    assert "2 reports" in top
    assert f'hx-get="/team/hierarchy?of={priya.user_id}"' in top
    assert "Lucia Herrero" not in top
    below = await _text(web, f"/team/hierarchy?of={priya.user_id}")
    assert "Who reports to Priya Raman" in below
    assert "Lucia Herrero" in below
    assert web.licensing.asked[-1] == {"limit": "50", "of": priya.user_id}


async def test_a_link_that_leaves_the_table_is_not_swapped_into_it() -> None:
    search = (await _text(Web(), "/team")).partition("<search")[2].partition("</search>")[0]
    assert search.count("<a ") == search.count('hx-boost="false"') == 5
