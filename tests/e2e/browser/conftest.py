"""A real browser over the whole stack, and a company for each story."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import chromium
from tests.e2e.browser.people import Company
from tests.e2e.browser.served import served
from tests.e2e.outside import eventually
from tests.patience import PATIENCE
from tests.stack import TestStack
from tests.unit.upload.web.fakes import Web

_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
Open = Callable[..., Page]
"""Opens a page of canned data."""
_AT_A_DESK = 1280
_DESK = 1000
"""Pixels from which on a page is at a desk."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One Chromium for a module: while it runs, Playwright's event loop stands in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Usher:
    """The running product as people and platforms reach it."""

    stack: TestStack
    chrome: Browser
    contexts: list[BrowserContext]

    @property
    def url(self) -> str:
        """Where people reach it."""
        return self.stack.url("upload")

    def page(self, width: int, *, script: bool = True) -> Page:
        """A new browser with nothing in it. What goes wrong in a page's script fails the test."""
        context = self.chrome.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, timezone_id="Europe/Berlin"
        )
        context.set_default_timeout(1000 * PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
        return page

    def provision(self, company: Company) -> None:
        """Company and people, as the platform and then the admin would."""
        platform = self._licensing(self.stack.token(None, "platform@usher.example", platform=True))
        path = f"/api/v1/companies/{company.id}"
        platform.put(path, json=company.settings).raise_for_status()
        for email, profile in company.present():
            platform.put(f"{path}/users/{email}", json=profile).raise_for_status()

    def individual_plan(self, email: str, plan: str) -> None:
        """Somebody has an account of their own."""
        platform = self._licensing(self.stack.token(None, "platform@usher.example", platform=True))
        platform.put(f"/api/v1/individual-plans/{email}", json={"plan": plan}).raise_for_status()

    def deactivate(self, company: Company, name: str, by: str | None = None) -> None:
        """As the company's admin does in My Team, or another one of it by this name."""
        admin = self._licensing(self.stack.token(company.id, company.address(by or company.admin), "manage_users"))
        found = admin.get("/api/v1/team", params={"q": company.address(name)}).raise_for_status().json()
        chosen = {"action": "deactivate", "user_ids": [found["items"][0]["user_id"]]}
        admin.post("/api/v1/team/actions", json=chosen).raise_for_status()

    def token(self, company: Company) -> str:
        """The admin's access token, for what this story does not do by hand."""
        return self.stack.token(company.id, company.address(company.admin), "manage_users")

    def letter(self, to: str, subject: str) -> dict[str, Any]:
        """The newest mail to somebody whose subject has these words."""
        return eventually(lambda: self._letter(to, subject), f"a mail to {to} about {subject}")

    def _letter(self, to: str, subject: str) -> dict[str, Any] | None:
        messages = httpx.get(f"{self.stack.url('mailbox')}/messages", params={"to": to}, timeout=PATIENCE)
        found = messages.raise_for_status().json()
        return next((each for each in found if subject.casefold() in each["subject"].casefold()), None)

    def link(self, to: str) -> str:
        """The personal link in somebody's invitation."""
        found = re.search(rf"{re.escape(self.url)}/join/[\w.~-]+", self.letter(to, "")["text"])
        assert found, "the invitation has no link"
        return found[0]

    def _licensing(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.stack.url("licensing"), headers=headers, timeout=PATIENCE)


@pytest.fixture
def usher(running: TestStack, chrome: Browser) -> Iterator[Usher]:
    """The running product; browsers are closed after the test."""
    found = Usher(running, chrome, [])
    yield found
    for context in found.contexts:
        context.close()


@pytest.fixture
def web() -> Web:
    """The pages and what stands around them."""
    return Web()


@pytest.fixture
def at(web: Web, chrome: Browser) -> Iterator[Open]:
    """Opens a page as the admin: its path, how wide, and whether script runs."""
    with ExitStack() as stack:
        address = stack.enter_context(served(web))

        def opened(path: str, width: int = _AT_A_DESK, *, script: bool = True, height: int = 900) -> Page:
            context = chrome.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
            stack.callback(context.close)
            context.add_cookies([{"name": "usher", "value": "session", "url": address}])
            page = context.new_page()
            page.set_default_timeout(1000 * PATIENCE)
            page.goto(address + path, wait_until="domcontentloaded")
            return page

        yield opened


def accessible(page: Page) -> None:
    """Fails where axe finds something serious or critical, or where the page scrolls sideways."""
    found = cast("dict[str, Any]", Axe().run(page).response)  # pyright: ignore[reportUnknownMemberType]
    grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert not grave, [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in grave]
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def picture(page: Page, name: str) -> None:
    """Keeps what the page looks like at a desk, for the README and the admins' guide."""
    if page.viewport_size is None or page.viewport_size["width"] < _DESK:
        return
    folder = Path(__file__).parents[3] / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
