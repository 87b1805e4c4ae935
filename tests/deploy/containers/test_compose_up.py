"""The compose file carried out: sign-in at Keycloak, a batch through all four services, files in the object store."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.operate.services import SERVICES
from tests.deploy.containers.compose import in_order, services
from tests.deploy.containers.container import Containers
from tests.deploy.containers.person import ADMIN, MANAGER, USHER, chrome_started, heading, invites_by_a_file, sign_in
from tests.deploy.containers.up import Up

COMPANY = "0192f7a0-0000-7000-8000-000000000001"
MAILS = "http://localhost:8025/messages"


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
    """A Chromium."""
    with chrome_started() as browser:
        yield browser


def test_everything_came_up_after_what_it_waits_for(up: Up) -> None:
    assert up.order == [each.name for each in in_order()]
    for service in SERVICES:
        port = services()[service].given["ports"][0]["published"]
        assert httpx.get(f"http://localhost:{port}/readyz").json()["status"] == "ok"


def test_an_admin_signs_in_and_a_file_becomes_a_team(up: Up, chrome: Browser) -> None:
    invites_by_a_file(chrome, MAILS)


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
