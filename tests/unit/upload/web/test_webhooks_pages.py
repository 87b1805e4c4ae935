"""Webhooks as an admin keeps them in the browser: added with a secret that is shown once, looked at, sent again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.upload.web.webhooks import By, Delivery, HttpWebhooks, Webhook
from shared.http.callers import CallerSeal
from shared.http.problems import Problem
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
PATH = "/integrations/webhooks"
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def hook(**more: Any) -> Webhook:
    told: dict[str, Any] = {"created_by": By(email="m@x.example", name="Marta"), **more}
    return Webhook(id=uuid4(), url="https://hooks.example/usher", status="on", created_at=AT).model_copy(update=told)


def sent(**more: Any) -> Delivery:
    told: dict[str, Any] = {"id": uuid4(), "type": "usher.UserInvited.v1", "state": "dead", "attempts": 10, **more}
    return Delivery(recorded_at=AT, **told)


async def post(web: Web, path: str, **fields: str | list[str]) -> httpx.Response:
    async with web.browser() as browser:
        return await browser.post(path, data={"csrf": web.csrf, **fields})


async def get(web: Web, path: str, access: str | None = "admin") -> httpx.Response:
    async with web.browser(access) as browser:
        return await browser.get(path)


async def test_one_is_added_and_its_secret_is_shown_once() -> None:
    web = Web()
    answer = await post(web, PATH, url=" https://hooks.example/a ", event=["usher.UserInvited.v1", "usher.Made.Up"])
    assert answer.status_code == 200 and "whsec_c2VjcmV0" in answer.text
    assert web.webhooks.asked == [
        ("add", {"url": "https://hooks.example/a", "description": "", "events": ["usher.UserInvited.v1"]})
    ]
    for path in (PATH, web.webhooks.kept[0].link):
        assert "whsec_" not in (await get(web, path)).text


async def test_what_cannot_be_one_is_said_beside_what_was_typed() -> None:
    web = Web()
    web.webhooks.refusal = Problem(422, "webhook_url", "Use an address that begins with https://.")
    answer = await post(web, PATH, url="http://hooks.example/a", description="HR")
    assert answer.status_code == 422
    assert "begins with https://." in answer.text and 'value="http://hooks.example/a"' in answer.text


async def test_what_was_answered_is_shown_and_can_be_sent_again() -> None:
    web, one, failed = Web(), hook(dead=1), sent(status=500, answer="<b>no room</b>")
    web.webhooks.kept, web.webhooks.sent = [one], [failed]
    page = (await get(web, one.link)).text
    assert "Answered 500" in page and "&lt;b&gt;no room" in page.replace("<wbr>", "")
    answer = await post(web, one.link, do="retry", delivery=str(failed.id))
    assert (answer.status_code, answer.headers["location"]) == (303, one.link)
    await post(web, one.link, do="retry")
    assert web.webhooks.asked == [("send_again", failed.id), ("send_again", None)]


@pytest.mark.parametrize(
    ("do", "asked"),
    [("off", ("change", {"enabled": False})), ("on", ("change", {"enabled": True})), ("nonsense", None)],
)
async def test_its_buttons_do_what_they_say(do: str, asked: Any) -> None:
    web, one = Web(), hook()
    web.webhooks.kept = [one]
    assert (await post(web, one.link, do=do)).status_code == 303
    assert web.webhooks.asked == ([asked] if asked else [])


async def test_a_test_says_what_was_answered() -> None:
    web, one = Web(), hook()
    web.webhooks.kept, web.webhooks.sent = [one], [sent(type="usher.WebhookTest.v1", state="delivered", status=204)]
    assert "your system answered 204" in (await post(web, one.link, do="test")).text
    web.webhooks.sent = [sent(type="usher.WebhookTest.v1", error="It did not answer in 10 seconds.")]
    assert "It did not answer in 10 seconds." in (await post(web, one.link, do="test")).text


async def test_it_is_rotated_replayed_and_deleted() -> None:
    web, one = Web(), hook()
    web.webhooks.kept = [one]
    assert "whsec_bmV3" in (await post(web, one.link, do="rotate")).text
    await post(web, one.link, do="replay", since="2026-11-01")
    assert web.webhooks.asked[-1] == ("replay", datetime(2026, 11, 1, tzinfo=UTC))
    assert (await post(web, one.link, do="delete")).headers["location"] == PATH


async def test_why_it_is_off_is_said() -> None:
    web = Web()
    for reason in ("switched_off", "failing", "gone"):
        one = hook(status="off", off_reason=reason)
        web.webhooks.kept = [one]
        assert "switched off" in (await get(web, one.link)).text


async def test_nothing_is_done_without_the_forms_own_token_or_by_who_is_no_admin() -> None:
    web, one = Web(), hook()
    web.webhooks.kept = [one]
    async with web.browser() as browser:
        assert (await browser.post(one.link, data={"do": "delete"})).status_code == 403
    assert web.webhooks.asked == []
    assert (await get(web, f"{PATH}/{uuid4()}")).status_code == 404


async def test_notification_is_asked_in_the_name_of_who_is_signed_in() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path.endswith("/deliveries"):
            return httpx.Response(200, json={"items": [], "next_cursor": None})
        return httpx.Response(404, json={"code": "webhook_not_found", "detail": "There is none."})

    seal = CallerSeal([b"k" * 32])
    async with HttpWebhooks("http://notification", seal, httpx.MockTransport(answer)) as hooks:
        id_ = UUID(int=1)
        assert (await hooks.deliveries("a-token", id_, {"state": "dead"})).items == []
        with pytest.raises(Problem, match="404 webhook_not_found"):
            await hooks.one("a-token", id_)
    assert {request.headers["authorization"] for request in asked} == {"Bearer a-token"}
    assert all("x-usher-caller" in request.headers for request in asked)
