"""What a company connects, in a real browser with canned data: tokens of its directory and webhooks, at a desk in the
light and on a phone in the dark, by the keyboard alone."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from services.upload.web.webhooks import Delivery, Webhook
from tests.e2e.browser.conftest import Open, accessible
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.test_provisioning_page import PATH, token

LONG = "Azure-Verzeichnis-der-Niederlassung-in-Donaudampfschifffahrtsgesellschaft-und-alle-anderen"
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
Look = Literal["light", "dark"]
LOOKS = pytest.mark.parametrize(("width", "look"), [(1280, "light"), (390, "dark")])


@LOOKS
def test_a_token_is_made_by_the_keyboard_and_deleted(web: Web, at: Open, width: int, look: Look) -> None:
    web.licensing.directories = (token(LONG, NOW),)
    page = at(PATH, width)
    page.emulate_media(color_scheme=look)
    expect(page.get_by_label("Address")).to_have_value("http://usher.example/scim/v2")
    page.get_by_label("What is it for?").focus()
    page.keyboard.type("Entra ID")
    page.keyboard.press("Enter")
    made = page.get_by_label("The new token")
    expect(made).to_have_value("usher_scim_secret")
    expect(made).to_be_focused()
    accessible(page)
    page.get_by_role("button", name=f"Delete {LONG}").focus()
    page.keyboard.press("Enter")
    expect(made).to_have_count(0)
    assert [what for what, _ in web.licensing.told] == ["make_directory_token", "delete_directory_token"]


@LOOKS
def test_a_webhook_that_fails_is_found_and_opened(web: Web, at: Open, width: int, look: Look) -> None:
    hook = Webhook(
        id=uuid4(),
        url="https://hooks.northwind.example/" + "usher/" * 20,
        description=LONG,
        status="on",
        created_at=NOW,
        dead=1,
        failing_since=NOW,
        delivered_at=NOW,
    )
    about: dict[str, Any] = {"type": "usher.UserInvited.v1", "recorded_at": NOW}
    web.webhooks.kept = [hook]
    web.webhooks.sent = [
        Delivery(id=uuid4(), state="dead", attempts=10, status=500, answer="x" * 300, **about),
        Delivery(id=uuid4(), state="waiting", attempts=2, next_attempt_at=NOW, error="Refused.", **about),
    ]
    page = at("/integrations/webhooks", width)
    page.emulate_media(color_scheme=look)
    page.locator("summary", has_text="Which events?").click()
    accessible(page)
    page.get_by_role("link", name="https://hooks.northwind.example").click()
    expect(page.get_by_text("Refused.")).to_be_visible()
    accessible(page)
