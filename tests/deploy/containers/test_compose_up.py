"""The compose file carried out: sign-in at Keycloak, a batch through all four services, files in the object store."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from tests import chromium
from tests.deploy.containers.compose import in_order, services
from tests.deploy.containers.container import Containers
from tests.deploy.containers.up import Up

COMPANY = "0192f7a0-0000-7000-8000-000000000001"
USHER = "http://localhost:8000"
MAILS = "http://localhost:8025/messages"
ADMIN = "maya.lindqvist@northwind.example"
MANAGER = "tove.lindahl@northwind.example"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_PATIENCE = 300_000


@pytest.fixture(scope="module")
def up(others: None, containers: Containers) -> Iterator[Up]:
    """Everything that the file names, running."""
    ready = Up(containers, containers.logs)
    try:
        ready.start()
        yield ready
    finally:
        ready.stop()


@pytest.fixture(scope="module")
def chrome(up: Up) -> Iterator[Browser]:
    """A Chromium; it knows by itself that keycloak.localhost is this machine."""
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


def test_everything_came_up_after_what_it_waits_for(up: Up) -> None:
    assert up.order == [each.name for each in in_order()]
    for service in SERVICES:
        port = services()[service].given["ports"][0]["published"]
        assert httpx.get(f"http://localhost:{port}/readyz").json()["status"] == "ok"


def test_an_admin_signs_in_and_a_file_becomes_a_team(up: Up, chrome: Browser) -> None:
    page = sign_in(chrome, ADMIN, "development-only-maya")
    heading(page, "My Team")
    page.get_by_role("link", name="Invite/Change via Upload").click()
    page.get_by_label("Drop your Excel file here").set_input_files(ROOT / "examples" / "team-corrected.xlsx")
    page.get_by_role("button", name="Upload and check").click()
    heading(page, re.compile(r"^Invite \d+ users"))
    page.get_by_role("button", name=re.compile("^Confirm: invite")).click()
    heading(page, "Done. All of it has been carried out")
    letters = httpx.get(MAILS, params={"to": MANAGER}).json()
    assert [letter["to"] for letter in letters if f"{USHER}/join/" in letter["text"]] == [MANAGER]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{USHER}/signed-out")


def test_files_are_in_the_object_store(up: Up) -> None:
    """Below their company, in the bucket: what was uploaded, and what validation has made of it."""
    kept = up.folder / "data" / "usher" / COMPANY
    assert len([path for path in kept.glob("*/*") if path.is_file()]) > 1


def test_a_session_goes_on_when_its_access_token_ends(up: Up, chrome: Browser) -> None:
    """The frontend renews tokens at Keycloak: the browser's session stays the same one."""
    with access_tokens_last(2):
        page = sign_in(chrome, ADMIN, "development-only-maya")
        heading(page, "My Team")
        before = page.context.cookies(USHER)
        page.wait_for_timeout(3_000)
        page.reload()
        heading(page, "My Team")
        assert page.context.cookies(USHER) == before


@contextmanager
def access_tokens_last(seconds: int) -> Generator[None]:
    """Meanwhile Keycloak gives such tokens: said by its admin, as the compose file makes one."""
    keycloak = "http://keycloak.localhost:8009"
    said = {"grant_type": "password", "client_id": "admin-cli", "username": "admin"}
    said["password"] = services()["keycloak"].environment["KC_BOOTSTRAP_ADMIN_PASSWORD"]
    token = httpx.post(f"{keycloak}/realms/master/protocol/openid-connect/token", data=said).raise_for_status().json()
    with httpx.Client(headers={"Authorization": f"Bearer {token['access_token']}"}) as admin:
        realm = f"{keycloak}/admin/realms/usher"
        before = admin.get(realm).raise_for_status().json()["accessTokenLifespan"]
        admin.put(realm, json={"accessTokenLifespan": seconds}).raise_for_status()
        try:
            yield
        finally:
            admin.put(realm, json={"accessTokenLifespan": before}).raise_for_status()


def test_who_may_not_manage_users_sees_their_own_people(up: Up, chrome: Browser) -> None:
    page = sign_in(chrome, MANAGER, "development-only-tove")
    heading(page, "My Team")
    expect(page.get_by_role("link", name="Invite/Change via Upload")).to_have_count(0)


def test_provisioning_takes_its_scope_and_its_secret(up: Up) -> None:
    token = "http://keycloak.localhost:8009/realms/usher/protocol/openid-connect/token"
    client = ("usher-provisioning", "development-only-provisioning")

    def ask(scope: str) -> httpx.Response:
        asked = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        granted = httpx.post(token, data=asked, auth=client).raise_for_status()
        headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}
        path = "/api/v1/individual-plans/someone@elsewhere.example"
        return httpx.put(f"http://localhost:8001{path}", json={"plan": "pro"}, headers=headers)

    assert ask("usher.platform").is_success
    assert ask("").status_code in (401, 403)
    refused = httpx.post(token, data={"grant_type": "client_credentials"}, auth=("usher-provisioning", "a guess"))
    assert refused.status_code == 401


def test_all_of_ours_end_well_when_they_are_told_to(up: Up) -> None:
    """Last: process 1 of each container ends with 0."""
    assert {name: container.stop() for name, container in up.ours.items()} == dict.fromkeys(up.ours, 0)
