"""Erasing somebody as an admin does it in the browser: asked once more, told why not, listed without who it was."""

from datetime import UTC, datetime

import pytest

from services.upload.web.licensing_models import Erasure, Inviter, ServiceErasure
from shared.http.problems import Problem
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.test_users import _user  # pyright: ignore[reportPrivateUsage]

pytestmark = pytest.mark.anyio
GONE = _user("Daniel Osei")


async def post(web: Web, **fields: str) -> tuple[int, str]:
    async with web.browser() as browser:
        answer = await browser.post("/erasures", data={"csrf": web.csrf, **fields})
        return answer.status_code, answer.text


async def test_an_inactive_users_page_leads_to_the_question_and_the_answer_to_the_list() -> None:
    web = Web()
    async with web.browser() as browser:
        assert f"/erasures?user={GONE.user_id}" in (await browser.get(GONE.link)).text
        page = (await browser.get(f"/erasures?user={GONE.user_id}")).text
        assert "Erase Daniel Osei?" in page and "can’t be taken back" in page and 'name="email"' not in page
        assert "under way" in (await browser.get("/erasures?note=asked")).text
    status, _ = await post(web, user=GONE.user_id, reason="Asked by letter.")
    assert status == 303
    assert web.licensing.told == [("erase", {"user_id": GONE.user_id, "reason": "Asked by letter."})]


async def test_somebody_who_has_left_the_list_is_named_by_their_address() -> None:
    web = Web()
    status, _ = await post(web, email=" ann@northwind.example ", reason="Asked.")
    assert status == 303 and web.licensing.told == [("erase", {"email": "ann@northwind.example", "reason": "Asked."})]


async def test_without_a_reason_nothing_is_asked_for_and_what_was_typed_stays() -> None:
    web = Web()
    status, text = await post(web, email="ann@northwind.example", reason=" ")
    assert status == 422 and "why" in text and 'value="ann@northwind.example"' in text and web.licensing.told == []


async def test_who_is_a_user_still_is_refused_in_words() -> None:
    web = Web()
    web.licensing.refusal = Problem(409, "still_member", "This person is a user still. Deactivate them first.")
    status, text = await post(web, email="ann@northwind.example", reason="Asked.")
    assert status == 422 and "Deactivate them first" in text


async def test_the_list_says_what_is_done_where() -> None:
    web = Web()
    services = (ServiceErasure(service="upload", state="done"), ServiceErasure(service="notification", state="open"))
    asked = Erasure(
        id="e",
        state="open",
        reason="<b>Letter</b>",
        asked_by=Inviter(email="m@x.example", name="Marta"),
        asked_at=datetime(2026, 11, 30, 9, tzinfo=UTC),
        services=services,
    )
    web.licensing.erased = (asked,)
    async with web.browser() as browser:
        page = (await browser.get("/erasures")).text
        assert "&lt;b&gt;Letter" in page and "files and batches: Erased" in page and "mails: Under way" in page
        assert "/erasures?cursor=older" in page
    async with web.browser("manager") as browser:
        assert (await browser.get("/erasures")).status_code == 403
