"""Access: what there is, until when, who may buy more; and asking for it, wherever something is too few."""

import re
from datetime import date, timedelta
from html import unescape

import pytest

import usher_contracts as contracts
from services.upload.read_models.batches.view import Counts, FileFinding, MethodologySeats, Seats
from services.upload.web.access_models import Access, Purchaser, SeatRequest, Subscription
from services.upload.web.access_models import MethodologySeats as Pool
from services.upload.web.ask_link import ask_link
from services.upload.web.licensing_models import Inviter
from services.upload.web.licensing_models import MethodologySeats as UsedPool
from shared.http.permissions import PermissionHolder, TokenPermissions
from shared.http.problems import Problem
from shared.people.access import AUTHORIZE_PURCHASES
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio

COMMAND = Pool(id="command", name="Command of the Message", purchased=23, reserved=4, consumed=11, available=8)
PAT = Purchaser(name="Pat Payer", email="pat@northwind.example")
TODAY = northwind.NOW.date()
ASKED = SeatRequest(
    id=str(northwind.UUID(int=51)),
    state="declined",
    licenses=12,
    methodologies={"command": 5, "gone": 1},
    note="For Lyon.",
    batch_id=str(northwind.UUID(int=5)),
    file_name="lyon.xlsx",
    asked_by=Inviter(email="marta@northwind.example"),
    asked_at=northwind.NOW,
    answered_at=northwind.NOW,
    comment="Next year.",
)
ACCESS = Access(licenses=northwind.LICENSES, methodologies=[COMMAND], purchasers=[PAT], requests=[ASKED])


class GrantedMeanwhile(TokenPermissions):
    """What was granted in Usher a moment ago, and is known only where it is asked for once more."""

    async def may(self, who: PermissionHolder, permission: str) -> bool:
        return permission == AUTHORIZE_PURCHASES


def words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))))


async def said(access: Access, path: str = "/access") -> str:
    web = Web()
    web.licensing.bought = access
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return words(answer.text)


async def test_access_says_what_is_left_who_may_buy_and_what_was_asked() -> None:
    text = await said(ACCESS)
    for part in (
        "3 licenses available", "Command of the Message 23 4 11 8", "Pat Payer pat@northwind.example",
        "12 licenses", "5 seats of Command of the Message", "1 seat of gone", "For lyon.xlsx", "Declined",
        "For Lyon.", "Next year.",
    ):  # fmt: skip
        assert part in text, part
    nothing = await said(Access(licenses=northwind.LICENSES))
    assert "Nobody of your company may authorize purchases" in nothing and "Nobody has asked for more." in nothing


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (31, None),
        (30, "The subscription ends in 30 days"),
        (1, "The subscription ends tomorrow"),
        (0, "The subscription ends today"),
        (-1, "The subscription ended on"),
    ],
)
async def test_from_thirty_days_before_its_end_a_line_says_so(days: int, sentence: str | None) -> None:
    ends = TODAY + timedelta(days=days)
    text = await said(
        ACCESS.model_copy(update={"subscription": Subscription(starts_on=date(2026, 1, 1), ends_on=ends)})
    )
    assert "1 Jan 2026" in text and f"{ends.day} {ends:%b} {ends.year}" in text
    assert (sentence in text) if sentence else ("The subscription end" not in text)


async def test_more_is_asked_for_in_a_form_that_is_filled_in_with_what_is_missing() -> None:
    web = Web()
    web.licensing.bought = ACCESS
    async with web.browser() as browser:
        page = (await browser.get(ask_link(3, {"command": 2}))).text
        assert 'name="licenses" type="text" inputmode="numeric" autocomplete="off" value="3"' in page
        assert re.search(r'name="of.command"[^>]* value="2"', page) and "8 are left now" in words(page)
        sent = {"csrf": web.csrf, "key": "k", "licenses": "1,200", "of.command": "2", "note": "For Lyon."}
        answer = await browser.post("/access/ask", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/access?note=asked")
        assert web.licensing.told[-1] == (
            "ask_for_more",
            {"licenses": 1200, "methodologies": {"command": 2}, "note": "For Lyon."},
        )
        assert web.licensing.keys[-1] == "k"
        web.licensing.mailed = 0
        answer = await browser.post("/access/ask", data=sent)
        assert "nobody was mailed" in words((await browser.get(answer.headers["location"])).text)


async def test_what_is_no_number_or_refused_is_said_and_nothing_is_lost() -> None:
    web = Web()
    web.licensing.bought = ACCESS
    async with web.browser() as browser:
        for wrong in ("-1", "many", "1.5", "99999999", "²"):
            sent = {"csrf": web.csrf, "licenses": wrong, "note": "For Lyon."}
            answer = await browser.post("/access/ask", data=sent)
            assert answer.status_code == 422 and "Write each number in digits" in words(answer.text)
            assert "For Lyon." in answer.text and not web.licensing.told
        web.licensing.refuses["ask_for_more"] = Problem(409, "too_many_requests", "Wait for an answer.")
        answer = await browser.post("/access/ask", data={"csrf": web.csrf, "licenses": "3", "key": "k"})
        assert answer.status_code == 409 and "Wait for an answer." in words(answer.text)
        assert 'value="3"' in answer.text and 'name="key" value="k"' not in answer.text
        assert (await browser.post("/access/ask", data={"licenses": "3"})).status_code == 403


async def test_review_asks_for_what_the_file_lacks_and_names_the_file() -> None:
    short = MethodologySeats(id="command", name="Command", purchased=23, occupied=22, available=1, required=3)
    batch = northwind.batch(
        "needs_correction",
        counts=Counts(rows=6, invite=6),
        seats=Seats(purchased=25, occupied=22, available=3, required=6, methodologies=[short]),
        file_errors=[FileFinding(code="licenses_exceeded", message="Too few.")],
    )
    web = Web()
    web.uploads.found[batch.id] = batch
    web.licensing.bought = ACCESS
    async with web.browser() as browser:
        page = (await browser.get(f"/batches/{batch.id}/review")).text
        link = ask_link(3, {"command": 2}, batch.id)
        assert unescape(page).count(link) == 1
        form = words((await browser.get(link)).text)
    assert f"For {batch.file_name}: once there is room" in form


async def test_invite_and_reactivate_offer_it_where_no_license_is_left() -> None:
    web = Web()
    web.licensing.bought = ACCESS
    inactive = next(user for user in northwind.USERS if user.status == "inactive")
    action = f"/team/actions/reactivate?user={inactive.user_id}"
    async with web.browser() as browser:
        for path in ("/team/invite", action):
            assert "/access/ask" not in (await browser.get(path)).text
        web.licensing.licenses = northwind.LICENSES.model_copy(update={"available": 0})
        for path in ("/team/invite", action):
            assert ask_link(1) in (await browser.get(path)).text, path


async def test_invite_and_edit_ask_for_the_seat_that_there_is_not() -> None:
    web, user = Web(), northwind.user("Aoife Brennan")
    full = UsedPool(id="command", name="Command of the Message", purchased=2)
    pool = contracts.Methodology(id="command", name="Command of the Message", purchased=2)
    web.uploads.settings = northwind.COMPANY.model_copy(update={"methodologies": (pool,)})
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"methodologies": [full]})
    one, sent = ask_link(methodologies={"command": 1}), {"was.methodologies": "", "methodology": "command"}
    async with web.browser() as browser:
        for path in ("/team/invite", f"{user.link}/edit"):
            assert unescape((await browser.get(path)).text).count(f'href="{one}"') == 1, "beside the box"
        facts = [{"id": "command", "requested": 1, "available": 0}]
        refused = Problem(409, "methodology_seats_exceeded", "No seats.", methodologies=facts)
        web.licensing.refuses |= {"invite": refused, "edit": refused}
        for path in ("/team/invite", f"{user.link}/edit"):
            answer = await browser.post(path, data={"csrf": web.csrf, "email": "tove@northwind.example", **sent})
            assert answer.status_code == 409
            alert = unescape(answer.text).partition('role="alert"')[2].partition("</div>")[0]
            assert "No seats." in alert and f'href="{one}"' in alert, path
        # Somebody else was faster, and then left: the page counts a free one by now.
        web.licensing.refuses["invite"] = Problem(409, "licenses_exceeded", "No license.", requested=1, available=0)
        answer = await browser.post("/team/invite", data={"csrf": web.csrf, "email": "tove@northwind.example"})
        assert f'href="{ask_link(1)}"' in unescape(answer.text).partition('role="alert"')[2].partition("</div>")[0]


async def test_who_may_buy_sees_access_without_being_an_admin_and_asks_for_nothing() -> None:
    web = Web()
    web.licensing.bought = ACCESS
    async with web.browser("purchaser") as browser:
        page = await browser.get("/access")
        assert page.status_code == 200 and "12 licenses" in words(page.text)
        assert 'href="/access"' in page.text and 'href="/batches' not in page.text and "/access/ask" not in page.text
        for path in ("/access/ask", "/team/invite", "/batches"):
            assert (await browser.get(path)).status_code == 403, path
        assert (await browser.post("/access/ask", data={"csrf": web.csrf, "licenses": "3"})).status_code == 403
    async with web.browser("manager") as browser:
        assert (await browser.get("/access")).status_code == 403
        web.permissions = GrantedMeanwhile()
    async with web.browser("manager") as browser:
        assert (await browser.get("/access")).status_code == 200


async def test_a_batch_that_is_none_is_not_found() -> None:
    web = Web()
    async with web.browser() as browser:
        assert (await browser.get(ask_link(1, batch=northwind.UUID(int=5)))).status_code == 404
        assert (await browser.get("/access/ask?batch=no-id")).status_code == 200
