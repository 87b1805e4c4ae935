"""Saved views in My Team: opened, kept, changed and deleted, and the one to begin with."""

from uuid import UUID

import pytest
from starlette.datastructures import QueryParams

from services.licensing.api.filter_parameters import FilterParameters
from services.licensing.api.view_bodies import ViewBody
from services.upload.web.licensing_models import Inviter, SavedView
from services.upload.web.team_column_choice import TeamColumnChoice
from services.upload.web.team_filters import GROUPS, Filters, custom_columns, every_column
from services.upload.web.team_views import look, place
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
PRIYA = northwind.user("Priya Raman")
MINE = SavedView(
    id=str(UUID(int=5)),
    name="Sales, waiting",
    search="a",
    sort="-title,-last_name",
    group="",
    mine=True,
    filters={"status": ["waiting", "active"], "functional_area": ["Sales"], "custom.Cost Centre": ["17"]},
    columns=["title", "custom.Cost Centre"],
    owner=Inviter(email="marta@northwind.example", name="Marta Lindqvist"),
)
THEIRS = MINE.model_copy(
    update={
        "id": str(UUID(int=6)),
        "name": "Everywhere",
        "mine": False,
        "shared": True,
        "missing": ["custom.Level"],
        "owner": Inviter(email="priya.raman@northwind.example", name="Priya Raman"),
    }
)
OPEN = (
    "/team?status=waiting%2Cactive&q=a&sort=-title&functional_area=Sales&custom.Cost+Centre=17"
    f"&view={MINE.id}&columns=title&columns=custom.Cost+Centre"
)


def with_views(*views: SavedView) -> Web:
    web = Web()
    web.licensing.saved = views
    return web


def test_a_view_is_an_address_and_an_address_a_view() -> None:
    own = ["Cost Centre"]
    assert place(MINE, own) == OPEN
    again = look(Filters.read(QueryParams(OPEN.partition("?")[2]), own), MINE.columns)
    assert again == MINE.model_dump(include={"search", "filters", "sort", "group", "columns"})


def test_what_is_not_there_any_more_is_left_out_of_the_address() -> None:
    assert "Cost" not in place(MINE, [])
    odd = MINE.model_copy(update={"sort": "-region,functional_area,title", "columns": ["shoe_size"], "group": "x"})
    assert "sort=-region&" in place(odd, []) and "shoe" not in place(odd, []) and "group" not in place(odd, [])


async def test_views_are_opened_from_a_menu_and_shown_with_their_columns() -> None:
    web = with_views(MINE, THEIRS)
    async with web.browser() as browser:
        everybody = (await browser.get("/team")).text
        assert OPEN.replace("&", "&amp;") in everybody
        assert "shared by Priya Raman" in everybody
        text = (await browser.get(OPEN)).text
        assert 'id="view-name"><span class="sr">View:</span> Sales, waiting</span>' in text
        heads = text.partition("<thead")[2].partition("</thead>")[0]
        assert "Title" in heads and "Cost Centre" in heads and "Region" not in heads
        changed = (await browser.get(OPEN.replace("q=a&", "q=r&"))).text
        assert "Save the changes to “Sales, waiting”" in changed and "Save the changes" not in text
        gone = (await browser.get(place(THEIRS, ["Cost Centre"]))).text
        assert "names a field that your company does not have any more: Level." in gone


async def test_what_is_shown_is_kept_under_a_name_with_a_manager_by_their_id() -> None:
    web = with_views()
    async with web.browser() as browser:
        back = f"q=lee&reports_to={PRIYA.email}&region=Iberia"
        sent = {"csrf": web.csrf, "back": back, "name": " Iberia ", "begin": "on"}
        kept = await browser.post("/team/views", data=sent)
    (_, body) = web.licensing.told[-1]
    assert body == {
        "name": "Iberia",
        "shared": False,
        "default": True,
        "search": "lee",
        "sort": "",
        "group": "",
        "filters": {"reports_to": [PRIYA.user_id], "region": ["Iberia"]},
        "columns": ["status", "invitation", "title", "functional_area", "region", "reports_to"],
    }
    assert kept.headers["location"].startswith(f"/team?q=lee&region=Iberia&reports_to={PRIYA.user_id}&view=")
    assert kept.headers["location"].endswith("&note=view_saved")


async def test_a_name_that_is_taken_is_said_and_what_was_typed_is_not_lost() -> None:
    web = with_views()
    web.licensing.refuses["save_view"] = Problem(409, "view_name_taken", "You have a view with this name already.")
    async with web.browser() as browser:
        sent = {"csrf": web.csrf, "back": "q=lee", "name": "Iberia", "shared": "on"}
        answer = await browser.post("/team/views", data=sent)
    assert answer.status_code == 409 and "You have a view with this name already." in answer.text
    assert 'value="Iberia"' in answer.text and 'name="back" value="q=lee"' in answer.text
    assert 'name="shared" checked' in answer.text


async def test_a_view_is_renamed_shared_changed_to_what_is_shown_and_deleted() -> None:
    web = with_views(MINE)
    async with web.browser() as browser:
        assert "<dt>Cost Centre</dt><dd>17</dd>" in (await browser.get(MINE.link)).text
        await browser.post(MINE.link, data={"csrf": web.csrf, "do": "save", "name": "Sales", "shared": "on"})
        [renamed] = web.licensing.saved
        assert (renamed.name, renamed.shared, renamed.filters) == ("Sales", True, MINE.filters)
        await browser.post(MINE.link, data={"csrf": web.csrf, "do": "look", "back": "region=Iberia"})
        [changed] = web.licensing.saved
        assert (changed.name, changed.shared, changed.filters) == ("Sales", True, {"region": ["Iberia"]})
        await browser.post(MINE.link, data={"csrf": web.csrf, "do": "delete"})
        assert web.licensing.saved == []
        assert (await browser.get(MINE.link)).status_code == 404


async def test_anothers_view_can_only_be_begun_with() -> None:
    web = with_views(THEIRS)
    async with web.browser() as browser:
        page = (await browser.get(THEIRS.link)).text
        assert "Delete this view" not in page and 'id="name"' not in page
        await browser.post(THEIRS.link, data={"csrf": web.csrf, "do": "save", "name": "Mine", "begin": "on"})
    [begun] = web.licensing.saved
    assert (begun.name, begun.shared, begun.default) == ("Everywhere", True, True)


async def test_my_team_begins_with_the_chosen_view_and_everybody_is_a_press_away() -> None:
    web = with_views(MINE.model_copy(update={"default": True}))
    async with web.browser() as browser:
        assert (await browser.get("/")).headers["location"] == OPEN
        assert (await browser.get("/team/last")).headers["location"] == OPEN
        assert (await browser.get("/team")).status_code == 200
        assert (await browser.get("/team/last")).headers["location"] == "/team"
    async with web.browser("manager") as browser:
        assert (await browser.get("/")).headers["location"] == "/team"


async def test_columns_chosen_in_a_view_are_the_views_and_not_everywhere() -> None:
    web = with_views(MINE)
    async with web.browser() as browser:
        sent = {"csrf": web.csrf, "back": OPEN.partition("?")[2], "column": ["title", "region"]}
        answer = await browser.post("/team/columns", data=sent)
        assert answer.headers["location"].endswith(f"&view={MINE.id}&columns=title&columns=region")
        assert "Invitation" in (await browser.get("/team")).text.partition("<thead")[2].partition("</thead>")[0]


OWN = ["Cost Centre"]


@pytest.mark.parametrize("column", every_column(OWN))
def test_whatever_the_table_can_show_a_view_can_keep(column: str) -> None:
    shown = TeamColumnChoice([column], OWN).shown
    assert ViewBody.model_validate({"name": "V", **look(Filters(), shown)}).view().columns == tuple(shown)
    for sort in (column, f"-{column}"):
        seen = MINE.model_copy(update={**look(Filters(sort=sort), shown), "filters": {}, "search": ""})
        opened = Filters.read(QueryParams(place(seen, OWN).partition("?")[2]), OWN)
        assert opened.order() == Filters(sort=sort).order()


def test_whatever_the_table_is_filtered_and_grouped_by_a_view_can_keep() -> None:
    words = ("active", "failed", "manage_users", "region", "7")
    names = FilterParameters.model_fields.keys() | set(custom_columns(OWN))
    asked = [*((name, word) for name in names for word in words), ("status", "active")]
    kept = look(Filters.read(QueryParams(asked), OWN), [])
    assert {"status", "region", "invitation", "blank", "reports_to", "custom.Cost Centre"} <= kept["filters"].keys()
    for group in (*GROUPS, *custom_columns(OWN)):
        ViewBody.model_validate({"name": "V", **kept, "group": group}).view()
