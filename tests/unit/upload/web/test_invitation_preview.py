"""Confirm shows the mail before it goes: with the admin's sentence, as a sample to themselves, and in no other form."""

import re

import pytest

from services.upload.domain.batch.choice import Choice
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.test_approving import awaiting

pytestmark = pytest.mark.anyio
SENTENCE = "Welcome aboard: we start on Monday."


def the_admin(web: Web) -> dict[str, str]:
    return {"csrf": web.csrf, "review": "2", "message": SENTENCE}


async def test_the_page_frames_the_mail_and_the_frame_can_do_nothing() -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/confirm")).text
        mail = await browser.get(f"{path}/invitation")
        other = await browser.get(f"{path}/confirm")
    assert re.search(rf'<iframe [^>]*src="{path}/invitation"[^>]* sandbox>', page)
    assert mail.text.startswith("new_user") and "style=" in mail.text
    policy = mail.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'self'", "sandbox"} <= set(policy.split("; "))
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert other.headers["x-frame-options"] == "DENY"


async def test_the_frame_shows_what_is_typed_to_whom_it_is_shown() -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        typed = {**the_admin(web), "variant": "individual_plan"}
        mail = await browser.post(f"{path}/invitation", data=typed)
        forged = await browser.post(f"{path}/invitation", data={**typed, "csrf": "another"})
    assert mail.text.startswith("individual_plan") and SENTENCE in mail.text
    assert forged.status_code == 403


async def test_what_cannot_be_shown_is_said_in_the_frame_and_confirming_goes_on() -> None:
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.refusal = Problem(503, "unavailable", "Not <now>.")
    async with web.browser() as browser:
        mail = await browser.get(f"{path}/invitation")
        page = await browser.get(f"{path}/confirm")
    assert (mail.status_code, mail.text) == (503, "Not <now>.")
    assert mail.headers["content-type"].startswith("text/plain")
    assert page.status_code == 200


async def test_a_sample_leaves_the_form_as_it_was_filled_in() -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        typed = {**the_admin(web), "reminders": "yes", "variant": "individual_plan", "key": "k1"}
        page = await browser.post(f"{path}/invitation/sample", data=typed)
        again = await browser.get(f"{path}/invitation/sample")
    ((_, (message, variant, key)),) = web.uploads.told
    assert (message, variant, len(key)) == (SENTENCE, "individual_plan", 64)
    assert f'value="{SENTENCE}"' in page.text
    assert re.search(r'name="reminders" value="yes" checked', page.text)
    assert re.search(r'value="individual_plan" selected', page.text)
    assert "A sample is on its way" in page.text
    assert again.headers["location"] == f"{path}/confirm"


@pytest.mark.parametrize("where", ["confirm", "invitation/sample"])
async def test_a_sentence_that_is_refused_stands_in_its_field_with_the_reason(where: str) -> None:
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.refusal = Problem(422, "message_has_link", "Take the address out.")
    async with web.browser() as browser:
        page = await browser.post(f"{path}/{where}", data={**the_admin(web), "message": "see a.example"})
    assert page.status_code == 422
    assert page.text.count("Take the address out.") == 2
    assert re.search(r'value="see a.example"[^>]* aria-invalid="true"', page.text)


async def test_a_page_that_is_sent_again_asks_for_the_same_sample_and_otherwise_for_another() -> None:
    web = Web()
    path = web.has(northwind.batch())
    typed = {**the_admin(web), "key": "k1", "review": "1", "message": SENTENCE, "variant": "new_user"}
    asked = (
        typed,
        typed,
        {**typed, "message": "Hello."},
        {**typed, "review": "2"},
        {**typed, "variant": "individual_plan"},
    )
    async with web.browser() as browser:
        for each in asked:
            await browser.post(f"{path}/invitation/sample", data=each)
    keys = [key for _, (_, _, key) in web.uploads.told]
    assert keys[0] == keys[1] and len(set(keys)) == 4


async def test_too_many_samples_are_said() -> None:
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.refusal = Problem(429, "too_many_for_today", "Enough for today.")
    async with web.browser() as browser:
        page = await browser.post(f"{path}/invitation/sample", data=the_admin(web))
    assert page.status_code == 429
    assert "Enough for today." in page.text and f'value="{SENTENCE}"' in page.text


@pytest.mark.parametrize("ticked", [True, False])
async def test_confirming_sends_the_sentence_and_the_switch(ticked: bool) -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        await browser.post(f"{path}/confirm", data={**the_admin(web), **({"reminders": "yes"} if ticked else {})})
    assert web.uploads.told == [("confirm", Choice(2, SENTENCE, ticked))]


@pytest.mark.parametrize("usual", [True, False])
async def test_the_switch_stands_as_the_company_has_it(usual: bool) -> None:
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.settings = web.uploads.settings.model_copy(update={"reminders": usual})
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/confirm")).text
    assert ('name="reminders" value="yes" checked' in page) == usual
    assert "Remind who has not answered, after 3 and 7 days" in page


async def test_the_switch_says_when_reminders_are_sent_here() -> None:
    web = Web(reminded_after=(0.5, 10))
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        assert "Remind who has not answered, after 0.5 and 10 days" in (await browser.get(f"{path}/confirm")).text


async def test_who_invites_nobody_is_asked_nothing_about_a_mail() -> None:
    web = Web()
    batch = northwind.batch()
    path = web.has(batch.model_copy(update={"counts": batch.counts.model_copy(update={"invite": 0})}))
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/confirm")).text
        await browser.post(f"{path}/confirm", data={"csrf": web.csrf, "review": "2"})
    assert "<iframe" not in page
    assert web.uploads.told == [("confirm", Choice(2))]


async def test_complete_says_the_sentence() -> None:
    web = Web()
    path = web.has(northwind.PROCESSING.model_copy(update={"message": "Bring <cake>."}))
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/progress")).text
    assert "Bring &lt;cake&gt;." in page


async def test_the_link_of_a_sample_says_that_it_is_one_and_asks_for_nothing() -> None:
    web = Web()
    web.licensing.offered = Problem(404, "not_found", "")
    async with web.browser() as browser:
        page = await browser.get("/join/sample")
        joined = await browser.post("/join/sample")
    assert (page.status_code, joined.status_code) == (200, 404)
    assert "This was a sample" in page.text and "<form" not in page.text.partition("<main")[2]


async def test_who_is_to_approve_sees_the_mail_and_changes_nothing_of_it() -> None:
    web = Web()
    path = web.has(awaiting())
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/confirm")).text
    assert f'src="{path}/invitation"' in page
    assert 'name="message"' not in page
