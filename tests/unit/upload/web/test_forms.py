"""What forms do, and what they refuse."""

import asyncpg
import pytest

from services.upload.domain.batch.choice import Choice
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
FILE = {"file": ("people.xlsx", b"PK", "application/octet-stream")}


async def test_uploading_leads_to_the_check() -> None:
    web = Web()
    async with web.browser() as browser:
        answer = await browser.post("/upload", data={"csrf": web.csrf}, files=FILE)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/batches/{northwind.VALIDATING.id}/checking"


async def test_reuploading_names_what_is_replaced() -> None:
    web = Web()
    path = web.has(northwind.WRONG)
    old = str(northwind.WRONG.id)
    async with web.browser() as browser:
        assert "It replaces “northwind-autumn-changes.xlsx”." in (await browser.get(f"/upload?replaces={old}")).text
        await browser.post(f"/upload?replaces={old}", data={"csrf": web.csrf, "replaces": old}, files=FILE)
    assert web.uploads.told == [("upload", old)]
    assert path.endswith(old)


@pytest.mark.parametrize(
    ("status", "code"), [(413, "too_large"), (415, "not_xlsx"), (415, "encrypted"), (429, "too_many_uploads")]
)
async def test_a_file_that_is_refused_is_answered_above_the_zone(status: int, code: str) -> None:
    web = Web()
    web.uploads.refusal = Problem(status, code, "Say <b>what</b> to do.", headers={"Retry-After": "2"})
    async with web.browser() as browser:
        answer = await browser.post("/upload", data={"csrf": web.csrf}, files=FILE)
    assert answer.status_code == status
    assert answer.headers["retry-after"] == "2"
    assert '<div class="note bad"' in answer.text
    assert "Say &lt;b&gt;what&lt;/b&gt; to do." in answer.text


async def test_confirming_sends_the_review_that_was_seen() -> None:
    web = Web()
    path = web.has(northwind.STALE)
    async with web.browser() as browser:
        page = (await browser.get(f"{path}/confirm")).text
        assert '<input type="hidden" name="review" value="2">' in page
        answer = await browser.post(f"{path}/confirm", data={"csrf": web.csrf, "review": "2"})
    assert answer.headers["location"] == f"{path}/progress"
    assert web.uploads.told == [("confirm", Choice(2))]


@pytest.mark.parametrize(("code", "note"), [("review_changed", "review_changed"), ("not_ready", "not_ready")])
async def test_a_review_that_has_changed_is_shown_anew(code: str, note: str) -> None:
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.refusal = Problem(409, code, "")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/confirm", data={"csrf": web.csrf, "review": "1"})
        assert answer.headers["location"] == f"{path}/confirm?note={note}"
        page = await browser.get(answer.headers["location"])
    assert 'class="note bad"' in page.text
    assert web.uploads.told == []


async def test_cancelling_says_so_in_my_team() -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/cancel", data={"csrf": web.csrf})
        assert "The batch was cancelled." in (await browser.get(answer.headers["location"])).text
    assert web.uploads.told == [("cancel", northwind.batch().id)]


async def test_checking_again_leads_to_the_check() -> None:
    web = Web()
    path = web.has(northwind.END_EVENT)
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/revalidate", data={"csrf": web.csrf})
    assert answer.headers["location"].endswith("/checking")


@pytest.mark.parametrize("path", ["/upload", "{batch}/confirm", "{batch}/cancel", "{batch}/revalidate", "/signout"])
@pytest.mark.parametrize("csrf", [None, "", "made-up"])
async def test_a_form_from_elsewhere_does_nothing(path: str, csrf: str | None) -> None:
    web = Web()
    path = path.format(batch=web.has(northwind.batch()))
    async with web.browser() as browser:
        answer = await browser.post(path, data={} if csrf is None else {"csrf": csrf}, files=FILE)
    assert answer.status_code == 403
    assert "This form is out of date" in answer.text
    assert web.uploads.told == []
    assert "session" in web.sessions.kept


async def test_a_form_may_prove_itself_by_a_header() -> None:
    web = Web()
    path = web.has(northwind.batch())
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/cancel", headers={"X-CSRF-Token": web.csrf})
    assert answer.status_code == 303


async def test_looking_at_an_invitation_changes_nothing() -> None:
    web = Web()
    async with web.browser(None) as browser:
        answer = await browser.get("/join/token")
    assert "Join Northwind Trading" in answer.text
    assert "records" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script src" in answer.text
    assert "htmx" not in answer.text
    assert web.licensing.accepted == []


async def test_a_link_is_taken_as_it_was_sent_alone() -> None:
    web = Web()
    async with web.browser(None) as browser:
        for answer in (await browser.get("/join/%74oken"), await browser.post("/join/%74oken")):
            assert answer.status_code == 404
        assert (await browser.get("/join/token")).status_code == 200
    assert web.licensing.accepted == []


async def test_joining_without_an_individual_plan_takes_one_press() -> None:
    web = Web()
    async with web.browser(None) as browser:
        answer = await browser.post("/join/token")
    assert "Welcome to Northwind Trading" in answer.text
    assert web.licensing.accepted == [None]


async def test_joining_with_records_asks_what_to_do_with_them() -> None:
    web = Web()
    web.licensing.offered = northwind.TRANSFER
    async with web.browser(None) as browser:
        assert "You already have a Pro plan" in (await browser.get("/join/token")).text
        missing = await browser.post("/join/token")
        assert missing.status_code == 422
        assert "Choose what should happen to your records" in missing.text
        joined = await browser.post("/join/token", data={"records": "start_fresh"})
    assert "You start fresh." in joined.text
    assert web.licensing.accepted == ["start_fresh"]


async def test_records_that_came_since_are_asked_about() -> None:
    web = Web()
    web.licensing.refusal = Problem(409, "records_required", "")
    async with web.browser(None) as browser:
        answer = await browser.post("/join/token")
    assert answer.status_code == 409
    assert "You have started an individual plan since" in answer.text


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        (Problem(410, "expired", ""), 410, "This invitation has expired"),
        (Problem(410, "superseded", ""), 410, "There is a newer invitation"),
        (Problem(410, "cancelled", ""), 410, "This invitation was cancelled"),
        (Problem(410, "used", ""), 410, "This invitation has been used"),
        (Problem(403, "not_sso_domain", ""), 403, "signs in with other e-mail addresses by now"),
        (Problem(404, "not_found", ""), 404, "This link does not lead to an invitation"),
        (Problem(503, "unavailable", ""), 503, "This can’t be shown just now"),
    ],
)
async def test_an_invitation_that_cannot_be_used_says_what_to_do(refusal: Problem, status: int, said: str) -> None:
    web = Web()
    web.licensing.offered = refusal
    async with web.browser(None) as browser:
        for answer in (await browser.get("/join/token"), await browser.post("/join/token")):
            assert answer.status_code == status
            assert said in answer.text


async def test_a_form_with_what_no_text_can_hold_is_refused_as_that() -> None:
    """Wherever a field is not read as a line of visible text: it is who wrote it, not the database that is away."""
    web = Web()
    path = web.has(northwind.batch())
    web.uploads.refusal = asyncpg.CharacterNotInRepertoireError("invalid byte sequence")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/cancel", data={"csrf": web.csrf})
    assert answer.status_code == 422 and "<h1" in answer.text
