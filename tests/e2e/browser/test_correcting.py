"""The example with its ten mistakes is brought to Complete without leaving the browser, by keyboard."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Usher, accessible, picture
from tests.e2e.browser.people import Company
from tests.e2e.browser.test_story import DESK, PHONE, heading, sign_in

EXAMPLES = Path(__file__).parents[3] / "examples"
HEADER = 4
COLUMNS = {
    "Email Address": "Email",
    "Surname": "Last_20Name",
    "Department": "Functional_20Area",
    "Manager": "Reports_20To",
    "Job Title": "Title",
}
"""Headers of the example, and how fields of the page are called that are about such a column."""
ADMIN = "Maya Lindqvist"


class Northwind(Company):
    """The company of the examples, under a domain of its own."""

    @property
    def admin(self) -> str:
        return ADMIN

    @property
    def settings(self) -> dict[str, Any]:
        return {**json.loads((EXAMPLES / "company.json").read_text()), "sso_domains": [self.domain]}

    def present(self) -> list[tuple[str, dict[str, Any]]]:
        return [(self.address(ADMIN), {"first_name": "Maya", "last_name": "Lindqvist"})]

    def workbook(self, name: str) -> bytes:
        """An example, with the company's own domain in its addresses."""
        made = io.BytesIO()
        with zipfile.ZipFile(EXAMPLES / name) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                data = old.read(entry)
                if entry.filename.endswith(".xml"):
                    data = data.replace(b"@northwind.example", f"@{self.domain}".encode())
                new.writestr(entry.filename, data)
        return made.getvalue()

    def right(self) -> dict[str, str]:
        """What is right in each field that is wrong, by the field's name on the page."""
        books = (load_workbook(io.BytesIO(self.workbook(f"{name}.xlsx"))) for name in ("team", "team-corrected"))
        wrong, right = (cast(Any, book.worksheets[0]) for book in books)
        return {
            f"c{cell.row}-{COLUMNS.get(name := str(wrong.cell(HEADER, cell.column).value), name)}": str(value)
            for line in wrong.iter_rows(min_row=HEADER + 1)
            for cell in line
            if cell.value != (value := right.cell(cell.row, cell.column).value)
        }


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_ten_mistakes_are_corrected_by_keyboard_and_all_is_carried_out(usher: Usher, width: int) -> None:
    # At a desk it is photographed for the admins' guide.
    domain = "northwind-trading.example" if width == DESK else f"northwind-{uuid4().hex[:4]}.example"
    company = Northwind(str(uuid4()), "Northwind Trading", domain)
    usher.provision(company)
    page = usher.page(width)
    page.goto(f"{usher.url}/upload")
    sign_in(page, company)
    book = company.workbook("team.xlsx")
    page.get_by_label("Drop your Excel file here").set_input_files(
        {"name": "team.xlsx", "mimeType": "application/octet-stream", "buffer": book}
    )
    page.get_by_role("button", name="Upload and check").click()
    heading(page, "10 of 40 rows need a correction")
    _correct(page, company.right())
    heading(page, "Invite 40 users")
    page.get_by_role("button", name="Confirm: invite 40").press("Enter")
    heading(page, "Done. All of it has been carried out")


def _correct(page: Page, right: dict[str, str]) -> None:
    """Enter saves and goes on to the next field; what is suggested needs nothing but Enter."""
    first = page.locator("[data-cell]").first
    first.focus()
    for _ in range(page.locator("[data-cell]").count()):
        field = page.locator("[data-cell]:focus")
        name = str(field.get_attribute("id"))
        if name in right:
            if field.evaluate("field => field.matches('select')"):
                page.keyboard.type(right[name])
            else:
                page.keyboard.press("Control+A")
                page.keyboard.type("nonsense")
                page.keyboard.press("Escape")
                page.keyboard.press("Control+A")
                page.keyboard.type(right[name])
            page.keyboard.press("Enter")
            expect(page.locator(f"#{name}:not([aria-invalid])")).to_be_visible()
        else:
            page.keyboard.press("ArrowDown")
    accessible(page)
    picture(page, "correct")
    expect(page.get_by_role("status").filter(has_text="9 cells corrected: no row is wrong any more")).to_be_attached()
    expect(page.get_by_role("button", name="Check the corrected file")).to_be_focused()
    page.keyboard.press("Enter")
