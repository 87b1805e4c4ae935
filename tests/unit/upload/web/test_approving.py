"""A batch that a second admin has to approve, as the pages tell it."""

from datetime import timedelta
from typing import Any

import pytest

from services.upload.read_models.batches.view import Approval, Person
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from usher_contracts import ApprovalThresholds

pytestmark = pytest.mark.anyio

PRIYA = Person(email="priya@northwind.example", name="Priya Raman")
OTHERS = (PRIYA, Person(email="callum@northwind.example", name="Callum Reid"))


ASKED_AT = northwind.NOW - timedelta(hours=1)


def wants(web: Web, rows: int | None = None, share: float | None = None) -> None:
    """The company wants larger ones approved."""
    changed = {"approval": ApprovalThresholds(rows=rows, share=share)}
    web.uploads.settings = web.uploads.settings.model_copy(update=changed)


def awaiting(by: Person = PRIYA) -> northwind.Batch:
    approval = Approval(asked_by=by, asked_at=ASKED_AT)
    return northwind.batch("awaiting_approval", approval=approval)


async def page(web: Web, batch: northwind.Batch, query: str = "") -> str:
    path = web.has(batch)
    async with web.browser() as browser:
        return (await browser.get(f"{path}/confirm{query}")).text


@pytest.mark.parametrize("page", ["/team", "/batches"])
async def test_whoever_comes_as_an_admin_can_be_asked_from_then_on(page: str) -> None:
    web = Web()
    async with web.browser() as browser:
        await browser.get(page)
    assert web.uploads.seen == {northwind.MARTA.email}


async def test_who_is_no_admin_or_has_no_address_that_is_theirs_is_not_asked() -> None:
    for access in ("manager", "missing", "unproved"):
        web = Web()
        async with web.browser(access) as browser:
            await browser.get("/team")
        assert web.uploads.seen == set(), access


async def test_what_is_too_large_for_one_says_so_before_it_is_confirmed() -> None:
    web = Web()
    wants(web, rows=4)
    web.uploads.admins = OTHERS
    text = await page(web, northwind.batch())
    assert "wants a second admin to approve" in text and "Priya Raman and Callum Reid" in text
    assert "Ask for approval: invite 3, change 2" in text and "Confirm: invite" not in text


@pytest.mark.parametrize("thresholds", [{"rows": 5}, {"share": 0.5}, {}])
async def test_what_is_not_is_confirmed_as_ever(thresholds: dict[str, Any]) -> None:
    web = Web()
    wants(web, **thresholds)
    text = await page(web, northwind.batch())
    assert "Confirm: invite 3, change 2" in text and "second admin" not in text


async def test_who_is_alone_is_told_before_they_ask_and_while_it_waits() -> None:
    web = Web()
    wants(web, share=0.1)
    alone = "No other admin of your company has used Usher lately"
    assert alone in await page(web, northwind.batch())
    assert alone in await page(web, awaiting(northwind.MARTA))


async def test_who_asked_can_take_it_back_and_approve_nothing() -> None:
    web = Web()
    web.uploads.admins = OTHERS
    batch = awaiting(northwind.MARTA)
    text = await page(web, batch)
    path = f"/batches/{batch.id}"
    assert "This waits for another admin" in text and f'action="{path}/approve"' not in text
    assert "Take the request back" in text and f'action="{path}/cancel"' in text
    assert f'action="{path}/confirm"' not in text and "replaces=" not in text


async def test_another_admin_approves_the_review_that_they_saw() -> None:
    web = Web()
    batch = awaiting()
    text = await page(web, batch)
    path = f"/batches/{batch.id}"
    assert "Priya Raman asks for your approval" in text and "Approve: invite 3, change 2" in text
    async with web.browser() as browser:
        answer = await browser.post(
            f"{path}/approve", data={"csrf": web.csrf, "review": "1", "asked_at": ASKED_AT.isoformat()}
        )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/progress")
    assert web.uploads.told == [("approve", (1, ASKED_AT))]
    assert text.count(f'name="asked_at" value="{ASKED_AT.isoformat()}"') == 2, "of Approve and of Decline"


@pytest.mark.parametrize("garbled", ["", "yesterday", "2026-11-23T09:30:00", "0000-00-00"])
async def test_a_form_that_does_not_say_which_request_it_saw_is_of_none(garbled: str) -> None:
    web = Web()
    path = web.has(awaiting())
    async with web.browser() as browser:
        for what in ("approve", "decline"):
            await browser.post(f"{path}/{what}", data={"csrf": web.csrf, "review": "1", "asked_at": garbled})
    (_, (_, approved)), (_, (_, declined)) = web.uploads.told
    assert approved == declined and approved is not None and approved < ASKED_AT


async def test_it_says_until_when_it_really_waits() -> None:
    """A company may keep the file for less than the seven days."""
    web, batch = Web(), awaiting()
    assert batch.approval is not None
    until = ASKED_AT + timedelta(days=2)
    short = batch.model_copy(update={"approval": batch.approval.model_copy(update={"until": until})})
    assert f'datetime="{until.isoformat()[:16]}' in await page(web, short)
    assert f'datetime="{(ASKED_AT + timedelta(days=7)).isoformat()[:16]}' in await page(web, batch)
    assert "until" not in short.model_dump()["approval"]


async def test_another_admin_declines_and_may_say_why() -> None:
    web = Web()
    batch = awaiting()
    path = web.has(batch)
    async with web.browser() as browser:
        for comment in ("  Lyon joins\nin January. ", "", "\x00Lyon \u202ejoins\x07 in January.", "\x00"):
            said = {"csrf": web.csrf, "comment": comment, "asked_at": ASKED_AT.isoformat()}
            answer = await browser.post(f"{path}/decline", data=said)
            assert answer.headers["location"] == f"{path}/confirm"
    comments = [comment for _, (comment, _) in web.uploads.told]
    assert comments == ["Lyon joins in January.", None, "Lyon joins in January.", None]


@pytest.mark.parametrize(
    ("code", "status", "note"),
    [
        ("own_batch", 403, "You asked for this approval yourself"),
        ("not_ready", 409, "does not wait for an approval any more"),
        ("not_undoable", 409, "was undone meanwhile"),
        ("already_confirmed", 409, "does not wait for an approval any more"),
        ("review_changed", 409, "review has changed"),
    ],
)
@pytest.mark.parametrize("what", ["approve", "decline"])
async def test_who_is_too_late_sees_how_it_stands(what: str, code: str, status: int, note: str) -> None:
    web = Web()
    path = web.has(awaiting())
    web.uploads.refusal = Problem(status, code, "")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/{what}", data={"csrf": web.csrf, "review": "1"})
        assert answer.status_code == 303
        assert note in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("what", ["approve", "decline"])
async def test_only_a_form_of_ours_decides(what: str) -> None:
    web = Web()
    path = web.has(awaiting())
    async with web.browser() as browser:
        assert (await browser.post(f"{path}/{what}", data={"review": "1"})).status_code == 403
    assert web.uploads.told == []


async def test_what_became_of_the_request_is_part_of_what_happened() -> None:
    web = Web()
    approval = awaiting().approval
    assert approval is not None
    decided: dict[str, Any] = {"decided_by": northwind.MARTA, "decided_at": northwind.NOW}
    texts = list[str]()
    async with web.browser() as browser:
        for decision, comment in (("approved", None), ("declined", "Not <b>yet</b>"), ("expired", None)):
            told = approval.model_copy(update={**decided, "decision": decision, "comment": comment})
            path = web.has(northwind.COMPLETED.model_copy(update={"approval": told}))
            texts.append((await browser.get(path)).text)
    assert all("Approval asked for" in text and "by Priya Raman" in text for text in texts)
    assert "Approved " in texts[0] and "Not &lt;b&gt;yet&lt;/b&gt;" in texts[1] and "nobody had approved it" in texts[2]
