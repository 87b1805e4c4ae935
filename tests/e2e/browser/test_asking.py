"""Too few seats of a methodology, as an admin lives it: the file says so, more is asked for and bought, the batch is
checked again by itself and confirmed; My Team has the seats, and its export changes nothing."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in
from tests.e2e.outside import eventually
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE

BUYER = "Elena Marchetti"
COMMAND = "Command of the Message"


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_what_is_too_little_is_asked_for_bought_and_used(usher: Usher, width: int, tmp_path: Path) -> None:
    company = Company.fresh("Northwind Trading")
    usher.provision(company)
    platform = _platform(usher, company)
    bought = _bought(company, seats=1)
    platform.put(f"/{company.id}", json=bought).raise_for_status()
    buyer = {"first_name": "Elena", "last_name": "Marchetti", "permissions": ["authorize_purchases"]}
    platform.put(f"/{company.id}/users/{company.address(BUYER)}", json=buyer).raise_for_status()

    page = usher.page(width)
    page.goto(usher.url)
    sign_in(page, company)
    _upload(page, company, tmp_path)
    expect(page.get_by_text(COMMAND).first).to_be_visible()
    page.get_by_role("link", name="Ask for more").first.click()
    heading(page, "Ask for more")
    expect(page.get_by_label(f"More seats of {COMMAND}")).to_have_value("1")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Your request has gone to everybody")).to_be_visible()
    accessible(page)
    batch = page.get_by_role("link", name=re.compile("^For .*xlsx")).get_attribute("href")
    assert batch

    mail = usher.letter(company.address(BUYER), "more")
    assert COMMAND in mail["text"]
    request = _asked(usher, company)
    platform.put(
        f"/{company.id}/requests/{request}", json={"state": "granted", "comment": "Bought today."}
    ).raise_for_status()
    platform.put(f"/{company.id}", json=_bought(company, seats=2)).raise_for_status()
    usher.letter(company.address(company.admin), "ready to confirm")

    page.goto(f"{usher.url}{batch}")
    heading(page, "Invite 2 users")
    page.get_by_role("button", name="Confirm: invite 2").click()
    page.wait_for_url("**/progress")
    _completed(usher, company, batch)
    _has_seats(usher, company)
    page.goto(f"{usher.url}/team?methodology=command")
    expect(page.get_by_role("heading", level=1)).to_have_text("My Team")


def _bought(company: Company, *, seats: int) -> dict[str, Any]:
    return company.settings | {"methodologies": [{"id": "command", "name": COMMAND, "purchased": seats}]}


def _completed(usher: Usher, company: Company, batch: str) -> None:
    headers = {"Authorization": f"Bearer {usher.token(company)}"}
    url = f"{usher.url}/api/v1{batch}"

    def done() -> bool:
        return httpx.get(url, headers=headers, timeout=PATIENCE).json()["status"] == "completed"

    eventually(done, "the batch is completed")


def _platform(usher: Usher, company: Company) -> httpx.Client:
    token = usher.stack.token(None, "platform@usher.example", platform=True)
    url = f"{usher.stack.url('licensing')}/api/v1/companies"
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)


def _admin(usher: Usher, company: Company) -> httpx.Client:
    headers = {"Authorization": f"Bearer {usher.token(company)}"}
    return httpx.Client(base_url=usher.stack.url("licensing"), headers=headers, timeout=PATIENCE)


def _asked(usher: Usher, company: Company) -> str:
    found = _admin(usher, company).get("/api/v1/access/requests").raise_for_status().json()["items"]
    return found[0]["id"]


def _upload(page: Page, company: Company, folder: Path) -> None:
    rows = [
        {
            "Email": company.address(name),
            "First Name": name.split()[0],
            "Last Name": name.split()[1],
            "Functional Area": "Sales",
            "Methodology Access": COMMAND.upper(),
        }
        for name in ("Nils Berg", "Ida Lund")
    ]
    path = folder / "people.xlsx"
    path.write_bytes(grid(*rows, head=tuple(rows[0])))
    heading(page, "My Team")
    page.get_by_role("link", name="Invite/Change via Upload").click()
    page.get_by_label("Drop your Excel file here").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("link", name="Ask for more").first).to_be_visible(timeout=1000 * PATIENCE)
    accessible(page)


def _has_seats(usher: Usher, company: Company) -> None:
    [pool] = _admin(usher, company).get("/api/v1/seats").raise_for_status().json()["methodologies"]
    assert (pool["reserved"], pool["available"]) == (2, 0)
