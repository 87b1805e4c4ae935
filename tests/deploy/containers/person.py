"""What a person does at Usher as the compose file runs it, in Chromium: signs in at Keycloak, and invites by a file."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.checkout import ROOT
from tests import chromium

USHER = "http://localhost:8000"
ADMIN = "maya.lindqvist@northwind.example"
MANAGER = "tove.lindahl@northwind.example"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_PATIENCE = 300_000


@contextmanager
def chrome_started() -> Generator[Browser]:
    """A Chromium in this thread's network; it knows by itself that keycloak.localhost is this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=_ARGUMENTS)
        yield browser
        browser.close()


def sign_in(chrome: Browser, email: str, password: str) -> Page:
    """A new browser that comes to Usher, is sent to Keycloak, and signs in there."""
    page = chrome.new_context().new_page()
    page.set_default_timeout(_PATIENCE)
    page.goto(USHER)
    assert page.url.startswith("http://keycloak.localhost:8009/realms/usher/")
    assert "code_challenge_method=S256" in page.url
    page.locator("#username").fill(email)
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()
    page.wait_for_url(re.compile(f"^{USHER}"))
    for _ in range(5):  # a Keycloak that has just started may take longer than Usher waits: a person tries again
        if page.get_by_role("heading", level=1).inner_text() != "Signing in is not possible just now":
            break
        page.goto(USHER)
    return page


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    """Waits for the page that says this."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=_PATIENCE)


def invites_by_a_file(chrome: Browser, mails: str) -> None:
    """An admin signs in, uploads a file, confirms, and sees that all is done; the letter is there, once.

    mails: where those that left can be read.
    """
    page = sign_in(chrome, ADMIN, "development-only-maya")
    heading(page, "My Team")
    page.get_by_role("link", name="Invite/Change via Upload").click()
    page.get_by_label("Drop your Excel file here").set_input_files(ROOT / "examples" / "team-corrected.xlsx")
    page.get_by_role("button", name="Upload and check").click()
    heading(page, re.compile(r"^Invite \d+ users"))
    page.get_by_role("button", name=re.compile("^Confirm: invite")).click()
    heading(page, "Done. All of it has been carried out")
    letters = httpx.get(mails, params={"to": MANAGER}, trust_env=False).json()
    assert [letter["to"] for letter in letters if f"{USHER}/join/" in letter["text"]] == [MANAGER]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{USHER}/signed-out")
