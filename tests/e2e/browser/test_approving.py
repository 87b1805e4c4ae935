"""A large batch as two admins live it: one asks at a desk, the other decides on a phone, without script; and the list
in which both find what waits for them."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible, picture
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in
from tests.e2e.workbooks import grid

SECOND = "Priya Raman"


def test_one_asks_and_another_decides(usher: Usher, tmp_path: Path) -> None:
    company = Company.fresh("Northwind Trading")
    usher.provision(company)
    _wants_approval(usher, company)
    second = usher.page(PHONE, script=False)
    second.goto(usher.url)
    sign_in(second, company, name=SECOND)
    _says(second, "My Team")

    page = usher.page(DESK)
    page.goto(usher.url)
    sign_in(page, company)
    _upload(page, company, tmp_path)
    expect(page.locator("#asks")).to_contain_text(SECOND)
    accessible(page)
    picture(page, "confirm-asks")
    _press(page, "Ask for approval: invite 3")
    expect(page.locator("#waits")).to_contain_text("This waits for another admin")
    accessible(page)

    letter = usher.letter(company.address(SECOND), "asks for your approval")
    link = re.search(rf"{re.escape(usher.url)}/batches/[0-9a-f-]+/confirm", letter["text"])
    assert link
    second.goto(link[0])
    _says(second, "Invite 3 users")
    second.get_by_label("Why not, or what should be different").fill("Nils joins in January.")
    second.get_by_role("button", name="Decline").click()
    expect(second.get_by_text("Nils joins in January.")).to_be_visible()

    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Nils joins in January.")
    _press(page, "Ask for approval: invite 3")
    expect(page.locator("#waits")).to_be_visible()
    second.goto(f"{usher.url}/batches")
    expect(second.get_by_role("link", name=re.compile("Batches.*1 waits for you"))).to_be_visible()
    second.get_by_role("link", name=re.compile("^Waiting for you")).click()
    second.get_by_role("link", name="three.xlsx").first.click()
    second.get_by_role("button", name="Approve: invite 3").click()
    second.wait_for_url("**/progress")
    _tidied_away(page, usher)


def _says(page: Page, words: str) -> None:
    """As `heading` does, where no script runs: then nothing can look whether everybody can use it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=60_000)


def _wants_approval(usher: Usher, company: Company) -> None:
    token = usher.stack.token(None, "platform@usher.example", platform=True)
    told = company.settings | {"approval": {"rows": 2, "share": None}}
    url = f"{usher.stack.url('licensing')}/api/v1/companies/{company.id}"
    httpx.put(url, json=told, headers={"Authorization": f"Bearer {token}"}, timeout=30).raise_for_status()


def _upload(page: Page, company: Company, folder: Path) -> None:
    names = ("Nils Berg", "Ida Lund", "Tom Hale")
    rows = [
        {
            "Email": company.address(name),
            "First Name": name.split()[0],
            "Last Name": name.split()[1],
            "Functional Area": "Sales",
        }
        for name in names
    ]
    path = folder / "three.xlsx"
    path.write_bytes(grid(*rows))
    heading(page, "My Team")
    page.get_by_role("link", name="Invite/Change via Upload").click()
    page.get_by_label("Drop your Excel file here").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()
    heading(page, "Invite 3 users")


def _press(page: Page, button: str) -> None:
    """By keyboard."""
    found = page.get_by_role("button", name=button)
    found.focus()
    page.keyboard.press("Enter")


def _tidied_away(page: Page, usher: Usher) -> None:
    """The list: filtered by day, and what is done put away and shown again, by keyboard."""
    page.goto(f"{usher.url}/batches?kind=completed")
    tidy = page.get_by_role("button", name="Tidy away of three.xlsx")
    for _ in range(60):
        if tidy.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    accessible(page)
    page.goto(f"{usher.url}/batches")
    page.get_by_label("From").fill("2001-01-01")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.get_by_role("link", name="three.xlsx").first).to_be_visible()
    tidy.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").last).to_contain_text("Tidied away.")
    expect(page.get_by_role("link", name="three.xlsx")).to_have_count(0)
    page.get_by_role("link", name="Tidied away", exact=True).click()
    page.get_by_role("button", name="Show again of three.xlsx").press("Enter")
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.get_by_role("link", name="three.xlsx").first).to_be_visible()
