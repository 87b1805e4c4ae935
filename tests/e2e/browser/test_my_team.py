"""Around the main job: inviting one user, editing, and doing one thing for many, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible, picture
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in
from tests.e2e.operations.measured import open_streams
from tests.e2e.outside import eventually
from tests.patience import PATIENCE


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_one_user_is_invited_edited_and_let_go(usher: Usher, width: int) -> None:
    company = Company.fresh("Tailspin Toys", "tailspin.example" if width == DESK else None)
    usher.provision(company)
    page = usher.page(width)
    page.goto(f"{usher.url}/team/invite")
    sign_in(page, company)
    heading(page, "Invite one user")
    _invite(page, company)
    assert usher.link(company.address("Tove Lindahl"))
    _edit(page, company)
    _cancel(page)


def _invite(page: Page, company: Company) -> None:
    """At first with another company's address: what is wrong stands beside the field, the rest is not lost."""
    page.get_by_label("Email").fill("tove.lindahl@elsewhere.example")
    page.get_by_label("First Name").fill("Tove")
    page.get_by_label("Last Name").fill("Lindahl")
    page.get_by_label("Functional Area").select_option("Logistics")
    page.get_by_label("Reports To").fill(company.address("Kasper Nyholm"))
    page.get_by_role("button", name="Invite this user").click()
    expect(page.get_by_role("alert")).to_contain_text("1 field needs a correction")
    heading(page, "Invite one user")
    email = page.get_by_label("Email")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Last Name")).to_have_value("Lindahl")
    email.fill(company.address("Tove Lindahl"))
    page.get_by_role("button", name="Invite this user").click()
    heading(page, "Tove Lindahl")
    expect(page.get_by_role("status").last).to_contain_text("Tove Lindahl is invited.")
    expect(page.get_by_text("Invited by Marta Lindqvist")).to_be_visible()


def _edit(page: Page, company: Company) -> None:
    page.get_by_role("link", name="Edit").click()
    heading(page, "Edit Tove Lindahl")
    page.get_by_label("Title").fill("Shift Lead")
    page.get_by_role("button", name="Save").click()
    heading(page, "Tove Lindahl")
    expect(page.get_by_role("insertion")).to_have_text("Shift Lead")
    picture(page, "user")
    page.get_by_role("link", name=re.compile("kasper.nyholm")).click()
    heading(page, "Kasper Nyholm")
    page.go_back()


def _cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel invitation").click()
    heading(page, "Cancel the invitation of Tove Lindahl?")
    page.get_by_role("button", name="Cancel 1 invitation").click()
    heading(page, "My Team")
    expect(page.get_by_text("1 invitation was cancelled.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Tove Lindahl"))).to_have_count(0)


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_many_are_selected_over_a_search_and_deactivated_together(usher: Usher, width: int) -> None:
    company = Company.fresh("Adatum Freight", "adatum.example" if width == DESK else None)
    usher.provision(company)
    usher.deactivate(company, "Daniel Osei")
    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    selection = page.locator("#selection")
    page.get_by_label("Select Owen Pritchard").check()
    expect(selection).to_contain_text("1 selected")
    page.get_by_role("searchbox").fill("osei")
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_have_count(0)
    expect(selection).to_contain_text("1 of them on another page")
    page.get_by_label("Select Daniel Osei").check()
    expect(selection).to_contain_text("2 selected")
    selection.get_by_text("Actions").click()
    picture(page, "selection")
    page.get_by_role("button", name="Deactivate", exact=True).click()
    heading(page, "Deactivate 2 users?")
    page.get_by_role("button", name="Deactivate 2 users").click()
    expect(page.get_by_role("alert")).to_contain_text("It can’t be done for 1 user.")
    expect(page.get_by_role("table")).to_contain_text("Daniel Osei")
    page.get_by_role("button", name="Leave them out, go on with 1").click()
    heading(page, "Deactivate 1 user?")
    page.get_by_role("button", name="Deactivate 1 user").click()
    heading(page, "My Team")
    expect(page.get_by_text("Total Users 10 of 20")).to_be_visible()
    # The search is as it was; without it, everybody is there.
    expect(page.get_by_role("searchbox")).to_have_value("osei")
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_contain_text("Inactive")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_who_is_deactivated_meanwhile_is_told_so_and_can_sign_out(usher: Usher, width: int) -> None:
    company = Company.fresh("Lucerne Press", "lucerne.example" if width == DESK else None)
    usher.provision(company)
    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    usher.deactivate(company, company.admin, by="Henrik Solberg")
    _until_it_says(page, "Your account is deactivated")
    accessible(page)
    expect(page.locator("main")).to_contain_text("ask an admin to reactivate you")
    expect(page.locator("main")).not_to_contain_text("Owen Pritchard")
    page.goto(f"{usher.url}/upload")
    heading(page, "Your account is deactivated")
    page.locator("main").get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")


def _until_it_says(page: Page, words: str) -> None:
    """Upload hears of a deactivation a moment after licensing has it."""

    def look() -> bool:
        page.reload()
        return page.get_by_role("heading", level=1, name=words).is_visible()

    eventually(look, words)


def test_selecting_needs_no_script(usher: Usher) -> None:
    company = Company.fresh("Proseware Labs")
    usher.provision(company)
    page = usher.page(DESK, script=False)
    page.goto(usher.url)
    sign_in(page, company)
    page.get_by_label("Select Callum Reid").check()
    page.get_by_label("Select Pieter Janssen").check()
    page.locator("#selection").get_by_text("Actions").click()
    page.get_by_role("button", name="Assign manager").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Assign a manager to 2 users")
    page.get_by_label("Reports To").fill(company.address("Henrik Solberg"))
    page.get_by_role("button", name="Assign to 2 users").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My Team")
    expect(page.get_by_role("row", name=re.compile("Pieter Janssen"))).to_contain_text("Henrik Solberg")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_team_is_filtered_grouped_and_opened_level_by_level(usher: Usher, width: int) -> None:
    company = Company.fresh("Fourth Coffee", "fourthcoffee.example" if width == DESK else None)
    usher.provision(company)
    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_text("Filters").click()
    page.get_by_role("checkbox", name="Iberia").check()
    expect(page.get_by_role("row", name=re.compile("Mateus Carvalho"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("link", name=re.compile("Region: Iberia")).click()
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_be_visible()
    page.get_by_label("Group by").select_option("Reports To")
    expect(page.get_by_role("row", name=re.compile("^Henrik Solberg 3 25 %"))).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Priya Raman").click()
    expect(page.get_by_role("row", name=re.compile("Callum Reid"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Kasper Nyholm"))).to_have_count(0)
    page.get_by_role("link", name="Hierarchy").click()
    expect(page.get_by_text("Everybody who reports to nobody.")).to_be_visible()
    expect(page.locator("summary", has_text="Priya Raman")).to_be_visible()
    expect(page.get_by_text("Owen Pritchard")).to_have_count(0)
    _open(page, "Callum Reid")
    expect(page.get_by_role("link", name="Owen Pritchard")).to_be_visible()
    accessible(page)
    picture(page, "hierarchy")


def _open(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()


def test_the_counts_follow_what_happens_and_neither_page_nor_focus_moves(usher: Usher) -> None:
    company = Company.fresh("Wingtip Toys")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    seats = page.locator("#seats")
    expect(seats.get_by_role("link", name="Inactive 0")).to_be_visible()
    seats.get_by_role("link", name="Active 12").focus()
    page.evaluate("scrollTo({top: 150, behavior: 'instant'})")
    before = page.evaluate("[scrollY, document.getElementById('team').getBoundingClientRect().top]")
    usher.deactivate(company, "Daniel Osei")
    expect(page.get_by_text("Total Users 11 of 20")).to_be_visible(timeout=1000 * PATIENCE)
    expect(seats.get_by_role("link", name="Active 11")).to_be_focused()
    assert page.evaluate("[scrollY, document.getElementById('team').getBoundingClientRect().top]") == before
    # Said at most every few seconds, so as not to talk over everything else.
    expect(seats.get_by_role("status")).to_contain_text("11 of 20 licenses occupied", timeout=1000 * PATIENCE)
    page.get_by_role("searchbox").fill("osei")
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_have_count(0)
    usher.deactivate(company, "Owen Pritchard")
    two = seats.get_by_role("link", name="Inactive 2")
    expect(two).to_have_attribute("href", "/team?status=inactive&q=osei", timeout=1000 * PATIENCE)


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_chosen_columns_are_kept_beyond_signing_out_and_an_export_has_them(usher: Usher, width: int) -> None:
    company = Company.fresh("Lucerne Publishing")
    usher.provision(company)
    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_role("checkbox", name="Functional Area").uncheck()
    expect(page.get_by_role("columnheader", name="Functional Area")).to_have_count(0)
    left = page.get_by_role("button", name="Move Reports To to the left")
    left.click()
    expect(page.get_by_role("columnheader").nth(5)).to_have_text("Reports To")
    expect(left).to_be_focused()
    accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    heads = [head.strip() for head in page.get_by_role("columnheader").all_text_contents()]
    assert heads[2:] == ["Status", "Invitation", "Title", "Reports To", "Region"]
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV (.csv)").click()
    first = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]
    assert first == "Email,First Name,Last Name,Status,Invitation,Title,Reports To,Region"


def test_pages_that_were_left_leave_no_stream_behind(usher: Usher) -> None:
    company = Company.fresh("Northwind Trading", None)
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company)
    for _ in range(5):
        page.goto(f"{usher.url}/team")
        eventually(lambda: open_streams(usher.stack) >= 2, "the page's stream, and licensing's")
        page.goto(f"{usher.url}/batches")
    page.goto(f"{usher.url}/team")
    page.close()
    eventually(lambda: not open_streams(usher.stack), "the end of all streams")


def test_a_manager_who_leaves_and_returns_takes_nobody_by_surprise(usher: Usher) -> None:
    company = Company.fresh("Margie Travel")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_role("link", name="Priya Raman").first.click()
    page.get_by_role("link", name="Deactivate").click()
    expect(page.get_by_text("2 users report to Priya Raman, and will report to Henrik Solberg.")).to_be_visible()
    page.get_by_role("button", name="Deactivate 1 user").click()
    heading(page, "Priya Raman")
    page.get_by_role("link", name="My Team").last.click()
    page.get_by_role("link", name="Callum Reid").first.click()
    expect(page.get_by_text("Moved up: Marta Lindqvist deactivated Priya Raman")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Priya Raman").first.click()
    page.get_by_role("link", name="Reactivate").click()
    page.get_by_label("Bring back 2 users").check()
    page.get_by_role("button", name="Reactivate 1 user").click()
    heading(page, "Priya Raman")
    page.goto(f"{usher.url}/team?q=callum")
    expect(page.get_by_role("row", name=re.compile("Callum Reid"))).to_contain_text("Priya Raman")


def test_an_empty_manager_field_takes_nobodys_manager_and_a_slip_is_named(usher: Usher) -> None:
    company = Company.fresh("Alpine Ski House")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(f"{usher.url}/team?q=pritchard")
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_label("Select Owen Pritchard").check()
    selection = page.locator("#selection")
    expect(selection).to_contain_text("1 selected")
    selection.get_by_text("Actions").click()
    page.get_by_role("button", name="Assign manager").click()
    heading(page, "Assign a manager to 1 user")
    field = page.get_by_label("Reports To")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nobody was named, and nothing was done.")
    field.fill("Kasper Nyholm")
    field.press("Enter")
    page.get_by_role("button", name=f"Use {company.address('Kasper Nyholm')}").click()
    page.get_by_role("button", name="Assign to 1 user").click()
    # Back where the detour began.
    expect(page).to_have_url(re.compile(r"/team\?q=pritchard&note="))
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_contain_text("Kasper Nyholm")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_manager_is_found_by_name_and_the_place_survives_every_detour(usher: Usher, width: int) -> None:
    company = Company.fresh("Trey Research", "trey.example" if width == DESK else None)
    usher.provision(company)
    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_role("searchbox").fill("account")
    expect(page.get_by_role("row", name=re.compile("Kasper Nyholm"))).to_have_count(0)
    page.get_by_role("link", name="Owen Pritchard").click()
    page.get_by_role("link", name="Edit").click()
    _choose_manager(page, company)
    page.get_by_role("button", name="Save").click()
    heading(page, "Owen Pritchard")
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("account")
    # The sign-in runs out on the way.
    page.get_by_role("link", name="Owen Pritchard").click()
    heading(page, "Owen Pritchard")
    page.context.clear_cookies(name="usher")
    page.get_by_role("link", name="My Team").last.click()
    sign_in(page, company)
    expect(page.get_by_role("searchbox")).to_have_value("account")
    expect(page.get_by_role("row", name=re.compile("Owen Pritchard"))).to_contain_text("Lucía Herrero")
    _act_in_the_hierarchy(page)


def _choose_manager(page: Page, company: Company) -> None:
    """By a part of the name, with the keyboard alone."""
    field, found = page.get_by_role("combobox", name="Reports To"), page.get_by_role("listbox", name="People found")
    field.fill("herr")
    expect(found.get_by_role("option")).to_have_count(1)
    field.press("ArrowDown")
    expect(found.get_by_role("option", selected=True)).to_contain_text("Lucía Herrero")
    accessible(page)
    field.press("Enter")
    expect(field).to_have_value(company.address("Lucía Herrero"))
    expect(found).to_have_count(0)


def _act_in_the_hierarchy(page: Page) -> None:
    """Who is found there is deactivated from there, and the search is as it was."""
    page.get_by_role("link", name="Hierarchy").click()
    page.get_by_role("searchbox").fill("account")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("2 users fit, with everybody above them.")).to_be_visible()
    expect(page.locator("#selection")).to_be_hidden()
    page.get_by_label("Select Owen Pritchard").check()
    expect(page.locator("#selection")).to_contain_text("1 selected")
    accessible(page)
    page.locator("#selection").get_by_text("Actions").click()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    page.get_by_role("button", name="Deactivate 1 user").click()
    expect(page.get_by_text("1 user was deactivated.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("account")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("account")
    page.get_by_role("link", name="Table").click()
    expect(page.get_by_role("searchbox")).to_have_value("account")
