"""The pages of approvals and the list of batches in a real browser, with canned data, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Open, accessible
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.test_approving import OTHERS, awaiting, wants
from tests.unit.upload.web.test_to_do_list import full

WIDTHS = pytest.mark.parametrize("width", [1280, 390])


@WIDTHS
def test_everybody_can_ask_and_decide(web: Web, at: Open, width: int) -> None:
    wants(web, rows=1)
    web.uploads.admins = OTHERS
    page = at(web.has(northwind.batch()) + "/confirm", width)
    expect(page.locator("#asks")).to_contain_text("Priya Raman and Callum Reid")
    accessible(page)
    page = at(web.has(awaiting()) + "/confirm", width)
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    accessible(page)
    page = at(web.has(awaiting(northwind.MARTA)) + "/confirm", width)
    expect(page.get_by_role("button", name="Take the request back")).to_be_visible()
    accessible(page)


@WIDTHS
def test_everybody_can_find_what_waits(at: Open, web: Web, width: int) -> None:
    web.uploads.found |= full().uploads.found
    page = at("/batches", width)
    expect(page.get_by_role("link", name="Batches : 3 wait for you")).to_be_visible()
    accessible(page)
    page.get_by_label("From").fill("2001-01-01")
    page.get_by_label("From").press("Enter")
    expect(page.get_by_role("button", name="Tidy away of done.xlsx")).to_be_visible()
    accessible(page)


def test_a_decision_is_part_of_what_happened(web: Web, at: Open) -> None:
    asked = awaiting().approval
    assert asked is not None
    decided = {"decided_by": northwind.MARTA, "decided_at": northwind.NOW, "decision": "approved"}
    told = asked.model_copy(update=decided)
    page = at(web.has(northwind.COMPLETED.model_copy(update={"approval": told})))
    expect(page.get_by_text("Approval asked for")).to_be_visible()
    accessible(page)
