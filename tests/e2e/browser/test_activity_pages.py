"""What happened, and who joined, in a real browser with canned data: at a desk and on a phone, without script too."""

import pytest
from playwright.sync_api import expect

from services.upload.web.activity_models import JoinedGroup, WhoJoined
from tests.e2e.browser.conftest import Open, accessible
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.test_activity import BATCH, JON, happened

WIDTHS = pytest.mark.parametrize("width", [1280, 390])
MUCH = [
    happened(
        "invited", count=10_000, user=None, batch_id=BATCH, file_name="all-of-the-second-half-year.xlsx", origin="file"
    ),
    happened("deactivated", origin="form"),
    happened("batch_confirmed", user=None, batch_id=BATCH, file_name="q3.xlsx", origin="form"),
    happened("activated", by=None, origin="invitee"),
]


@pytest.mark.parametrize(("width", "script"), [(1280, True), (390, True), (390, False)])
def test_what_happened_is_read_filtered_and_opened(web: Web, at: Open, width: int, script: bool) -> None:
    web.licensing.happened = MUCH
    page = at("/activity", width, script=script)
    expect(page.get_by_text("Maya Lindqvist deactivated Jon Reyes")).to_be_visible()
    if script:
        accessible(page)
    page.locator("select[name=kind]").select_option("refused")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("select[name=kind]")).to_have_value("refused")
    page.get_by_role("link", name="10,000 users").click()
    expect(page.get_by_role("heading", name="Whom it was about")).to_be_visible()
    page = at(f"/activity?user={JON.user_id}", width)
    expect(page.get_by_role("link", name="About Jon Reyes")).to_be_visible()


@WIDTHS
@pytest.mark.parametrize("by", ["day", "manager"])
def test_who_joined_is_a_table_with_bars(web: Web, at: Open, width: int, by: str) -> None:
    groups = [
        JoinedGroup(value="2026-11-30" if by == "day" else JON.user_id, name="Jon Reyes", invited=120, joined=100),
        JoinedGroup(value="2026-11-29" if by == "day" else None, invited=80, joined=28),
    ]
    web.licensing.who_joined = WhoJoined(invited=200, joined=128, gone=2, groups=groups)
    page = at(f"/team/joined?by={by}", width)
    expect(page.get_by_role("heading", name="128 of 200 have joined")).to_be_visible()
    accessible(page)
