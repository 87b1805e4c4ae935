"""How a company gets a second admin: granted by the first, at a desk; used by the other, on a phone without script."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in

SECOND = "Priya Raman"


def test_an_admin_makes_another_who_stays_the_last_one_granted(usher: Usher) -> None:
    company = Company.fresh("Northwind Trading")
    usher.provision(company)
    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company)
    heading(page, "My Team")
    page.get_by_role("link", name=SECOND).first.click()
    heading(page, SECOND)
    may = page.get_by_role("region", name="Permissions")
    expect(may).to_contain_text("None was granted here.")
    _save(page, granted=True)
    heading(page, SECOND)
    expect(may).to_contain_text("Granted by Marta Lindqvist")
    expect(page.get_by_text("Permissions changed by Marta Lindqvist")).to_be_visible()
    page.goto(f"{usher.url}/team?permission=manage_users&columns=permissions")
    heading(page, "My Team")
    expect(page.get_by_role("row", name=re.compile(SECOND))).to_contain_text("Manage users")

    second = usher.page(PHONE, script=False)
    second.goto(usher.url)
    sign_in(second, company, name=SECOND, admin=False)
    expect(second.get_by_role("heading", level=1)).to_have_text("My Team", timeout=60_000)
    second.goto(f"{usher.url}/team/invite")
    expect(second.get_by_role("heading", level=1)).to_have_text("Invite one user", timeout=60_000)
    expect(second.get_by_label("Authorize purchases")).to_be_disabled()

    page.get_by_role("link", name=SECOND).first.click()
    _save(page, granted=False)
    expect(page.get_by_role("alert")).to_contain_text("Nobody else who is Active was granted")
    accessible(page)


def _save(page: Page, *, granted: bool) -> None:
    page.get_by_role("link", name="Edit", exact=True).click()
    heading(page, f"Edit {SECOND}")
    page.get_by_label("Manage users").set_checked(granted)
    page.get_by_role("button", name="Save").click()
