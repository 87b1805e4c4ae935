"""Tokens of a company's directory as an admin makes them in the browser: shown once, deleted, two at most."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from services.upload.web.licensing_models import DirectoryToken
from shared.http.problems import Problem
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
PATH = "/integrations/provisioning"


def token(name: str, used: datetime | None = None) -> DirectoryToken:
    made = datetime(2026, 11, 30, 9, tzinfo=UTC)
    return DirectoryToken(id=str(uuid4()), name=name, created_at=made, created_by="Marta", last_used_at=used)


async def get(web: Web) -> httpx.Response:
    async with web.browser() as browser:
        return await browser.get(PATH)


async def post(web: Web, path: str, **fields: str) -> httpx.Response:
    async with web.browser() as browser:
        return await browser.post(path, data={"csrf": web.csrf, **fields})


async def test_a_token_is_shown_once() -> None:
    web = Web()
    answer = await post(web, PATH, name=" Entra ID ")
    assert answer.status_code == 200 and "usher_scim_secret" in answer.text
    assert web.licensing.told == [("make_directory_token", "Entra ID")]
    assert "usher_scim_secret" not in (await get(web)).text


async def test_without_a_name_none_is_made() -> None:
    web = Web()
    answer = await post(web, PATH, name=" ")
    assert answer.status_code == 422 and "Give it a name" in answer.text and web.licensing.told == []


async def test_tokens_are_listed_and_deleted() -> None:
    web, one = Web(), token("<b>Okta</b>", datetime(2026, 11, 30, 10, tzinfo=UTC))
    web.licensing.directories = (one, token("Next"))
    page = await get(web)
    assert "&lt;b&gt;Okta" in page.text and "never used" in page.text and "/scim/v2" in page.text
    assert "There are two tokens" in page.text and 'name="name"' not in page.text
    answer = await post(web, f"{PATH}/{one.id}/delete")
    assert answer.status_code == 303 and [what for what, _ in web.licensing.told] == ["delete_directory_token"]


async def test_a_third_is_refused_in_words() -> None:
    web = Web()
    web.licensing.refusal = Problem(409, "too_many_tokens", "Your company has two tokens.")
    assert (await post(web, PATH, name="Third")).status_code == 422
