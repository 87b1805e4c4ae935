"""My Team and its forms in a real browser, with canned data: what an admin meets who types, presses and looks."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from services.upload.web.licensing_models import Undo
from shared.http.problems import Problem
from tests.e2e.browser.conftest import Open, accessible
from tests.patience import PATIENCE
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

DESK, PHONE = 1280, 390
AOIFE, PRIYA, MARTA = (northwind.user(name) for name in ("Aoife Brennan", "Priya Raman", "Marta Lindqvist"))
expect.set_options(timeout=1000 * PATIENCE)


def test_an_empty_manager_field_takes_nobodys_manager_away(web: Web, at: Open) -> None:
    web.selections.kept = {AOIFE.user_id, PRIYA.user_id}
    page = at("/team/actions/assign_manager")
    page.get_by_label("Reports To").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nobody was named")
    assert web.licensing.told == []
    page.get_by_label("Make blank").check()
    page.get_by_role("button", name="Assign to 2 users").click()
    expect(page.get_by_role("status").last).to_contain_text("2 users report to nobody now.")
    assert [action.fields for _, action in web.licensing.told] == [{"reports_to": None}]


def test_a_required_own_field_is_said_where_an_admin_begins(web: Web, at: Open) -> None:
    web.uploads.requires("Contract")
    needs = at("/upload").locator("dl", has_text="New users")
    expect(needs.locator("dd").nth(1)).to_contain_text("Contract")
    expect(needs.locator("dd").nth(2)).not_to_contain_text("Contract")
    web.licensing.licenses = northwind.ALONE
    empty = at("/team")
    expect(empty.get_by_role("listitem").filter(has_text="Fill in one line")).to_contain_text("and Contract")


def test_escape_in_a_menu_gives_the_focus_back_to_what_opened_it(at: Open) -> None:
    page = at("/team")
    for name in ("Filters", "Columns", "Export"):
        summary = page.locator("summary", has_text=name)
        summary.press("Enter")
        page.keyboard.press("Tab")
        expect(summary).not_to_be_focused()
        page.keyboard.press("Escape")
        expect(summary).to_be_focused()
        expect(page.locator("details[open]")).to_have_count(0)


def test_nobody_is_offered_to_deactivate_themselves(at: Open) -> None:
    page = at(MARTA.link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Marta Lindqvist")
    expect(page.get_by_role("link", name="Deactivate")).to_have_count(0)
    expect(page.get_by_text("Another admin can deactivate you.")).to_be_visible()
    page = at(f"/team/actions/deactivate?user={MARTA.user_id}")
    expect(page.get_by_role("alert")).to_contain_text("You can’t deactivate yourself. Another admin can.")
    expect(page.get_by_role("button", name=re.compile("^Deactivate"))).to_have_count(0)
    accessible(page)


def test_an_export_has_the_columns_that_are_on_the_screen(web: Web, at: Open) -> None:
    page = at("/team")
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [head.strip() for head in heads][2:4] == ["Status", "Invitation"]
    page.get_by_text("Export", exact=True).click()
    with page.expect_download():
        page.get_by_role("link", name="Excel (.xlsx)").click()
    shown = "first_name,last_name,status,invitation,title,functional_area,region,reports_to"
    assert web.licensing.asked[-1]["columns"] == shown


_SIDEWAYS = """
[...document.querySelectorAll('main, main *')]
    .filter(each => !each.closest('svg, .sr, select, input, .cards thead') && each.scrollWidth > each.clientWidth + 1)
    .filter(each => !['inline', 'none'].includes(getComputedStyle(each).display))
    .filter(each => getComputedStyle(each).overflowX !== 'visible').map(each => each.outerHTML.slice(0, 120))
"""
LONG = northwind.USERS[0].link


def _fits(page: Page) -> None:
    """Nothing scrolls sideways: neither the page nor a part of it, and nothing is cut off."""
    assert page.evaluate(_SIDEWAYS) == []
    accessible(page)


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        *("/team", "/team?group=title", "/team/hierarchy", f"{LONG}?note=invited", f"{LONG}/edit"),
        *("/team/actions/deactivate", f"/team/actions/update_fields?user={northwind.USERS[0].user_id}"),
    ],
)
def test_a_value_without_a_space_makes_nothing_scroll_sideways(web: Web, at: Open, path: str, width: int) -> None:
    web.licensing.users = northwind.long_winded()
    web.licensing.grouped = northwind.long_groups()
    web.selections.kept = {user.user_id for user in web.licensing.users}
    _fits(at(path, width))


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_short_words_are_never_broken_for_a_long_neighbour(web: Web, at: Open, width: int) -> None:
    web.licensing.users = northwind.long_winded()
    page = at("/team", width)
    cell = page.get_by_role("row", name=re.compile("Sunniva Haugen")).get_by_text("Finance", exact=True)
    assert cell.evaluate("cell => cell.getClientRects().length") == 1


_NEAR = {
    "code": "reports_to_unknown",
    "column": "Reports To",
    "message": "Nobody in Northwind Trading has this e-mail. Did you mean priya.raman@northwind.example?",
    "suggestion": PRIYA.email,
}


@pytest.mark.parametrize("script", [True, False])
def test_what_was_meant_is_taken_by_a_press_with_and_without_script(web: Web, at: Open, script: bool) -> None:
    web.licensing.refuses["edit"] = Problem(422, "reports_to_unknown", "", errors=[_NEAR])
    page = at(f"{AOIFE.link}/edit", script=script)
    page.get_by_label("Title").fill("Lead")
    page.get_by_label("Reports To").fill("priya.ramen@northwind.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("1 field needs a correction")
    page.get_by_role("button", name=f"Use {PRIYA.email}").click()
    expect(page.get_by_label("Reports To")).to_have_value(PRIYA.email)
    expect(page.get_by_label("Reports To")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Lead")
    web.licensing.refuses.clear()
    # Return sends the form, and takes nothing.
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aoife Brennan")
    [(_, (_, change))] = web.licensing.told
    assert change == {"title": "Lead", "reports_to": PRIYA.email}


def test_return_beside_a_suggestion_sends_what_was_typed(web: Web, at: Open) -> None:
    web.licensing.refuses["edit"] = Problem(422, "reports_to_unknown", "", errors=[_NEAR])
    page = at(f"{AOIFE.link}/edit")
    page.get_by_label("Reports To").fill("priya.ramen@northwind.example")
    page.get_by_label("Reports To").press("Enter")
    expect(page.get_by_role("button", name=f"Use {PRIYA.email}")).to_be_visible()
    accessible(page)
    web.licensing.refuses.clear()
    page.get_by_label("Reports To").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aoife Brennan")
    [(_, (_, change))] = web.licensing.told
    assert change == {"reports_to": "priya.ramen@northwind.example"}


def test_who_moves_up_is_said_before_and_can_be_brought_back(web: Web, at: Open) -> None:
    web.licensing.moving = 3
    page = at(f"/team/actions/deactivate?user={PRIYA.user_id}")
    expect(page.get_by_text("3 users report to Priya Raman, and will report to nobody.")).to_be_visible()
    accessible(page)
    daniel = northwind.user("Daniel Osei")
    page = at(f"/team/actions/reactivate?user={daniel.user_id}")
    page.get_by_label("Bring back 3 users").check()
    accessible(page)
    page.get_by_role("button", name="Reactivate 1 user").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Daniel Osei")
    assert [action.with_reports for _, action in web.licensing.told] == [True]


@pytest.mark.parametrize("script", [True, False])
def test_what_was_done_to_many_is_taken_back_from_the_notice(web: Web, at: Open, script: bool) -> None:
    web.selections.kept = {AOIFE.user_id, PRIYA.user_id}
    web.licensing.undoable = Undo(id=str(UUID(int=7)), until=datetime.now(UTC) + timedelta(seconds=30))
    page = at("/team/actions/deactivate", PHONE, script=script)
    page.get_by_role("button", name="Deactivate 2 users").click()
    page.get_by_role("button", name=re.compile("^Undo")).press("Enter")
    expect(page.get_by_role("status").last).to_contain_text("Taken back. 2 users are as before.")
    assert web.licensing.told[-1] == ("undo", UUID(int=7))


def test_a_notice_offers_no_longer_what_is_too_late(web: Web, at: Open) -> None:
    until = int((datetime.now(UTC) + timedelta(seconds=3)).timestamp()) + 1
    page = at(f"/team?note=did_deactivate&n=2&undo={UUID(int=7)}&until={until}")
    expect(page.get_by_text("2 users were deactivated.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)
    expect(page.get_by_text("2 users were deactivated.")).to_be_visible()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_managers_are_found_by_keyboard_and_half_a_name_filters_by_nothing(web: Web, at: Open, width: int) -> None:
    page = at("/team", width)
    page.get_by_text("Filters").click()
    field = page.get_by_role("combobox", name="Reports To")
    field.press_sequentially("pri")
    option = page.get_by_role("option", name=re.compile("Priya Raman"))
    expect(option).to_be_visible()
    expect(page.locator(".picker [role=status]")).to_have_text("1 found. Choose with the arrow keys.")
    assert "reports_to=pri" not in page.url and field.get_attribute("aria-expanded") == "true"
    field.press("Escape")
    expect(option).to_be_hidden()
    expect(field).to_be_visible()  # the menu stays open: one press closes one thing
    field.press("ArrowDown")
    expect(option).to_be_visible()
    field.press("ArrowUp")
    active = field.get_attribute("aria-activedescendant")
    assert active and page.locator(f"#{active}").inner_text().startswith("Priya Raman")
    accessible(page)
    field.press("Enter")
    expect(page.get_by_role("link", name="Remove filter: Reports to Priya Raman")).to_be_attached()
    assert web.licensing.asked[-1].get("reports_to") or "reports_to=priya" in page.url


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_view_is_saved_opened_renamed_and_deleted(web: Web, at: Open, width: int, script: bool) -> None:
    page = at("/team?region=Iberia", width, script=script)
    views = page.locator(".saved")
    views.locator("summary").click()
    page.get_by_label("Save this view").fill("In Iberia")
    page.get_by_label("Begin with it").check()
    if script:
        accessible(page)
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("The view is saved.")).to_be_visible()
    expect(views.locator("summary")).to_contain_text("In Iberia")
    views.locator("summary").click()
    page.get_by_role("link", name="Rename, share or delete it").click()
    if script:
        accessible(page)
    page.get_by_label("Its name").fill("Spain and Portugal")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(views.locator("summary")).to_contain_text("Spain and Portugal")
    page.goto(page.url.partition("/team")[0])
    expect(page.locator("#team")).to_contain_text("Region: Iberia")
    views.locator("summary").click()
    page.get_by_role("link", name="Everybody").click()
    expect(page.locator("#team")).not_to_contain_text("Region: Iberia")
    page.go_back()
    views.locator("summary").click()
    page.get_by_role("link", name="Rename, share or delete it").click()
    page.get_by_role("button", name="Delete this view").click()
    expect(page.get_by_text("The view is deleted.")).to_be_visible()
    assert web.licensing.saved == []


@pytest.mark.parametrize("width", [DESK, 900])
def test_the_head_and_the_names_stay_while_the_table_is_scrolled(at: Open, width: int) -> None:
    page = at("/team", width)
    head, name = page.get_by_role("columnheader", name="Name"), page.get_by_role("link", name="Freja Lund")
    name.scroll_into_view_if_needed()
    page.mouse.move(width / 2, 600)
    page.mouse.wheel(0, 500)
    expect(head).to_be_in_viewport()
    assert head.evaluate(
        "head => document.elementFromPoint(head.getBoundingClientRect().x + 40,"
        " head.getBoundingClientRect().y + 12).closest('th') === head"
    )
    left = page.locator("tbody .person").last.bounding_box()
    page.locator(".fixed").evaluate("frame => frame.scrollLeft = 400")
    after = page.locator("tbody .person").last.bounding_box()
    assert left and after and left["x"] == after["x"]
    accessible(page)


def test_deeper_branches_are_open_after_a_detour_and_closed_ones_closed(web: Web, at: Open) -> None:
    """Eight who report to one another, and one to one beside them."""
    *line, beside = (user.model_copy(update={"reports_to": None}) for user in northwind.USERS[:9])
    chain = [one.model_copy(update={"reports_to": above.email}) for above, one in pairwise(line)]
    other = northwind.USERS[9].model_copy(update={"reports_to": beside.email})
    web.licensing.users = [line[0], *chain, beside, other]
    deep, names = [user.name for user in line], [user.name for user in (*line, other)]
    page = at("/team/hierarchy")

    def seen(*expected: str) -> None:
        for name in names:
            found = page.locator("#branch .label").filter(has_text=name)
            expect(found.filter(visible=True)).to_have_count(1 if name in expected else 0)

    seen(*deep[:3], other.name)
    page.locator("summary").filter(has_text=deep[2]).click()
    seen(*deep[:6], other.name)
    page.locator("summary").filter(has_text=deep[5]).press("Enter")
    page.locator("summary").filter(has_text=beside.name).press("Enter")
    seen(*deep)
    page.locator("#branch").get_by_role("link", name=deep[7]).click()
    expect(page.get_by_role("heading", name=deep[7], level=1)).to_be_visible()
    page.go_back()
    seen(*deep)
    page.get_by_role("searchbox").fill(other.name)
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("mark")).to_be_visible()
    page.get_by_role("link", name="The whole hierarchy").click()
    seen(*deep)


@pytest.mark.parametrize("path", ["/team", "/team/hierarchy"])
def test_however_fast_boxes_are_ticked_all_of_them_count(web: Web, at: Open, path: str) -> None:
    page = at(path)
    page.evaluate("[...document.querySelectorAll('[name=user]')].slice(0, 3).forEach((box) => box.click())")
    expect(page.locator("#selection")).to_contain_text("3 selected")
