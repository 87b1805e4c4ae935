"""A second pair of eyes, over HTTP: whom it waits for, who may decide, and that it is decided once."""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

import usher_contracts as contracts
from services.upload.application.known_admins import KEPT, KnownAdmins
from services.upload.application.lapse_approvals import LapseApprovals
from services.upload.main import event_store
from tests.integration.upload.conftest import Company, Upload, soon
from tests.integration.upload.test_life import processed

WEEK = timedelta(days=7)


def wants(company: Company, rows: int | None = 0, share: float | None = None, **more: Any) -> None:
    """What licensing says of the company from now on."""
    company.upload.others.say(
        contracts.CompanyChanged(
            company_id=company.id,
            name="Northwind",
            plan="plus",
            purchased_licenses=10,
            approval=contracts.ApprovalThresholds(rows=rows, share=share),
            **more,
        )
    )


@pytest.fixture
def ada(company: Company) -> Company:
    """An admin of a company that wants everything approved. Each batch invites two of its one user."""
    wants(company)
    return company


@pytest.fixture
def ben(ada: Company) -> Company:
    """Another admin, who has been here before."""
    return colleague(ada, "ben")


def colleague(ada: Company, name: str) -> Company:
    token = ada.upload.stack.token(ada.id, f"{name}@{ada.id[:8]}.example", "manage_users")
    other = Company(ada.upload, ada.id, token)
    soon(lambda: other.call("GET", "/batches").status_code == 200)
    return other


def do(admin: Company, batch_id: str, what: str, **body: Any) -> httpx.Response:
    return admin.call("POST", f"/batches/{batch_id}/{what}", json=body)


def asked(ada: Company) -> str:
    batch_id: str = ada.ready()["id"]
    answer = do(ada, batch_id, "confirm", review=1)
    assert (answer.status_code, answer.json()["status"]) == (202, "awaiting_approval"), answer.text
    return batch_id


def told(company: Company, batch_id: str) -> list[str]:
    """The kinds of events that others hear of the batch, in their order."""
    return [row["type"] for row in fetch(company, "stream = $1", f"batch-{batch_id}")]


def refused(company: Company) -> list[tuple[str, str]]:
    """What is kept of what the company's admins were refused: what they wanted, and why not."""
    rows = fetch(company, "type = 'batch-action-refused.v1' AND company_id::text = $1", company.id)
    return [(data["action"], data["code"]) for row in rows for data in [json.loads(row["data"])]]


def fetch(company: Company, condition: str, value: str) -> Sequence[asyncpg.Record]:
    async def read() -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(company.upload.database)
        try:
            return await connection.fetch(f"SELECT type, data FROM events WHERE {condition} ORDER BY version", value)
        finally:
            await connection.close()

    return asyncio.run(read())


def lapse(upload: Upload, after: timedelta) -> None:
    """The timer looks once, so much later than now."""

    async def run() -> None:
        url = upload.settings.database_url.get_secret_value()
        async with asyncpg.create_pool(url, min_size=0, server_settings={"usher.company_id": "*"}) as pool:
            now: Callable[[], datetime] = lambda: datetime.now(UTC) + after  # noqa: E731
            await LapseApprovals(event_store(pool), KnownAdmins(pool, now), now).once()

    asyncio.run(run())


def test_another_admin_approves_and_who_asked_is_who_confirmed(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    waits = ada.batch(batch_id)
    assert (waits["confirmed_by"], waits["confirmed_at"], waits["notice"]) == (None, None, None)
    assert waits["approval"]["asked_by"]["email"].startswith("ada@")
    assert {waits["approval"][name] for name in ("decided_by", "decided_at", "decision", "comment")} == {None}
    own = do(ada, batch_id, "approve", review=1)
    assert (own.status_code, own.json()["code"]) == (403, "own_batch")
    other = do(ben, batch_id, "approve", review=2)
    assert (other.status_code, other.json()["code"]) == (409, "review_changed")
    done = do(ben, batch_id, "approve", review=1)
    assert (done.status_code, done.json()["status"]) == (202, "processing")
    assert done.json()["confirmed_by"]["email"].startswith("ada@")
    assert (done.json()["approval"]["decision"], done.json()["approval"]["decided_by"]["email"][:4]) == (
        "approved",
        "ben@",
    )
    assert do(ben, batch_id, "approve", review=1).status_code == 202, "again is the same as once"
    assert told(ada, batch_id)[-3:] == ["batch-approval-requested.v1", "batch-approved.v1", "batch-confirmed.v1"]


def test_who_is_asked_are_the_others_who_have_been_here(ada: Company, ben: Company) -> None:
    inactive = colleague(ada, "ivy")
    gone: dict[str, Any] = {"user_id": ada.id, "email": f"Ivy@{ada.id[:8]}.example", "company_id": ada.id}
    ada.upload.others.say(contracts.UserDeactivated(**gone, by=contracts.Person(email="ben@x.example", name="Ben")))
    soon(lambda: inactive.call("GET", "/batches").status_code == 403)
    batch_id = asked(ada)

    async def read() -> Any:
        connection = await asyncpg.connect(ada.upload.database)
        try:
            return await connection.fetchval(
                "SELECT data -> 'approvers' FROM events WHERE stream = $1 AND type = 'batch-approval-requested.v1'",
                f"batch-{batch_id}",
            )
        finally:
            await connection.close()

    approvers = asyncio.run(read())
    assert "ben@" in approvers and "ada@" not in approvers and "ivy@" not in approvers


def test_a_declined_batch_is_back_at_its_review_and_says_why(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    back = do(ben, batch_id, "decline", comment="  Lyon joins\nin January. ")
    assert (back.status_code, back.json()["status"]) == (200, "ready_for_review")
    assert (back.json()["notice"]["code"], back.json()["approval"]["comment"]) == (
        "approval_declined",
        "Lyon joins in January.",
    )
    assert do(ben, batch_id, "approve", review=1).json()["code"] == "not_ready"
    assert do(ada, batch_id, "confirm", review=1).json()["notice"] is None
    taken_back = do(ada, batch_id, "decline")
    assert (taken_back.status_code, taken_back.json()["notice"]["code"]) == (200, "approval_taken_back")


def test_a_request_that_was_made_again_is_decided_by_who_has_seen_that_one(ada: Company, ben: Company) -> None:
    """The same review, with another sentence for the invitations: what an old page says is about the first request."""
    batch_id = asked(ada)
    first = ada.batch(batch_id)["approval"]["asked_at"]
    assert do(ada, batch_id, "decline", asked_at=first).status_code == 200
    again = do(ada, batch_id, "confirm", review=1, message="We start on Friday.").json()
    second = again["approval"]["asked_at"]
    assert first < second and again["status"] == "awaiting_approval"
    for what in ("approve", "decline"):
        late = do(ben, batch_id, what, asked_at=first)
        assert (late.status_code, late.json()["code"]) == (409, "review_changed"), what
    unclear = do(ben, batch_id, "approve", asked_at="2026-11-23T09:30:00")
    assert (unclear.status_code, ada.batch(batch_id)["status"]) == (422, "awaiting_approval")
    assert do(ben, batch_id, "approve", review=1, asked_at=second).json()["status"] == "processing"


def test_what_a_deactivated_admin_asked_for_goes_back_and_says_so(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    gone: dict[str, Any] = {"user_id": str(uuid4()), "email": f"Ada@{ada.id[:8]}.example", "company_id": ada.id}
    ada.upload.others.say(contracts.UserDeactivated(**gone, by=contracts.Person(email="ben@x.example", name="Ben")))
    soon(lambda: ada.call("GET", "/batches").status_code == 403)
    back = do(ben, batch_id, "approve", review=1).json()
    assert (back["status"], back["notice"]["code"]) == ("ready_for_review", "asker_deactivated")
    assert (back["confirmed_by"], back["approval"]["decision"]) == (None, "asker_deactivated")
    assert told(ben, batch_id)[-1] == "batch-approval-lapsed.v1"


def test_a_comment_keeps_nothing_that_nobody_sees(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    back = do(ben, batch_id, "decline", comment="\x00Lyon \u202ejoins\x07 in January.")
    assert (back.status_code, back.json()["approval"]["comment"]) == (200, "Lyon joins in January.")


def test_who_is_alone_waits_and_is_not_let_through(ada: Company) -> None:
    batch_id = asked(ada)
    assert do(ada, batch_id, "confirm", review=1).json()["status"] == "awaiting_approval"
    assert do(ada, batch_id, "approve").json()["code"] == "own_batch"
    assert do(ada, batch_id, "revalidate").json()["code"] == "awaiting_approval"
    assert refused(ada) == [("approve", "own_batch"), ("revalidate", "awaiting_approval")]
    later = colleague(ada, "cleo")
    assert do(later, batch_id, "approve").json()["status"] == "processing", "whoever comes later decides"


def test_only_more_than_the_company_wants_waits(ada: Company) -> None:
    for rows, share, status in (
        (2, None, "awaiting_approval"),
        (3, None, "processing"),
        (None, 1, "awaiting_approval"),
    ):
        wants(ada, rows, share)
        assert do(ada, ada.ready()["id"], "confirm").json()["status"] == status, (rows, share)


def test_another_companys_admin_finds_nothing(ada: Company, upload: Upload) -> None:
    batch_id, stranger = asked(ada), upload.company()
    soon(lambda: stranger.call("GET", "/batches").status_code == 200)
    for what in ("approve", "decline"):
        assert do(stranger, batch_id, what).status_code == 404
    assert ada.batch(batch_id)["status"] == "awaiting_approval"


def test_after_seven_days_it_goes_back_by_itself(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    lapse(ada.upload, WEEK - timedelta(hours=1))
    assert ada.batch(batch_id)["status"] == "awaiting_approval"
    lapse(ada.upload, WEEK + timedelta(seconds=1))
    batch = ada.batch(batch_id)
    assert (batch["status"], batch["notice"]["code"]) == ("ready_for_review", "approval_expired")
    assert (batch["approval"]["decision"], batch["approval"]["decided_by"]) == ("expired", None)
    assert do(ben, batch_id, "approve").json()["code"] == "not_ready"


def test_a_request_waits_no_longer_than_the_company_keeps_the_file(ada: Company, ben: Company) -> None:
    wants(ada, retention_days=2)
    batch_id = asked(ada)
    lapse(ada.upload, timedelta(days=1, hours=23))
    assert ada.batch(batch_id)["status"] == "awaiting_approval"
    lapse(ada.upload, timedelta(days=2, seconds=1))
    assert ada.batch(batch_id)["notice"]["code"] == "approval_expired"


def test_who_has_not_come_for_long_is_not_asked(ada: Company, ben: Company) -> None:
    lapse(ada.upload, KEPT + timedelta(days=1))

    async def left() -> int:
        connection = await asyncpg.connect(ada.upload.database)
        try:
            return await connection.fetchval("SELECT count(*) FROM known_admins WHERE company_id = $1", ada.id)
        finally:
            await connection.close()

    assert asyncio.run(left()) == 0


def test_what_is_not_approved_costs_none_of_the_days_invitations(ada: Company, ben: Company) -> None:
    """The tests' limit is seven; each of these batches invites two."""
    waiting = [asked(ada) for _ in range(4)]
    answers = [do(ben, batch_id, "approve") for batch_id in waiting]
    assert [each.status_code for each in answers] == [202, 202, 202, 429]
    assert ada.batch(waiting[3])["status"] == "awaiting_approval", "nothing was done"


# --- races: whatever comes together, one of them counts


def together(*calls: Callable[[], httpx.Response | None]) -> list[httpx.Response | None]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(call) for call in calls]]


def test_two_who_approve_at_once_confirm_it_once(ada: Company, ben: Company) -> None:
    cleo = colleague(ada, "cleo")
    batch_id = asked(ada)
    answers = together(*(lambda who=who: do(who, batch_id, "approve", review=1) for who in (ben, cleo)))
    assert [each and each.status_code for each in answers] == [202, 202]
    assert told(ada, batch_id).count("batch-approved.v1") == told(ada, batch_id).count("batch-confirmed.v1") == 1


@pytest.mark.parametrize("against", ["cancel", "decline", "time", "settings"])
def test_an_approval_against_something_else_is_one_of_both(ada: Company, ben: Company, against: str) -> None:
    batch_id = asked(ada)
    others: dict[str, Callable[[], httpx.Response | None]] = {
        "cancel": lambda: do(ada, batch_id, "cancel"),
        "decline": lambda: do(ada, batch_id, "decline"),
        "time": lambda: lapse(ada.upload, WEEK + timedelta(seconds=1)),
        "settings": lambda: wants(ada, None, None),
    }
    approved, _ = together(lambda: do(ben, batch_id, "approve", review=1), others[against])
    assert approved is not None
    kinds, status = told(ada, batch_id), ada.batch(batch_id)["status"]
    ends = [each for each in kinds if each in ("batch-confirmed.v1", *_OTHER_ENDS)]
    assert len(ends) == 1, kinds
    assert (status == "processing") == (approved.status_code == 202) == (ends == ["batch-confirmed.v1"])
    if against == "settings":
        assert status == "processing", "a request stands as it was asked"


_OTHER_ENDS = ("batch-cancelled.v1", "batch-approval-declined.v1", "batch-approval-lapsed.v1")


def test_an_approved_batch_that_went_stale_is_asked_for_anew(ada: Company, ben: Company) -> None:
    batch_id = asked(ada)
    assert do(ben, batch_id, "approve").status_code == 202
    ada.sent_back(batch_id, "stale_review")
    ada.becomes(batch_id, "validating")
    ada.validated(batch_id, 2)
    assert ada.becomes(batch_id, "ready_for_review")["notice"]["code"] == "stale_review"
    assert do(ada, batch_id, "confirm", review=2).json()["status"] == "awaiting_approval"
    assert do(ben, batch_id, "approve", review=2).json()["status"] == "processing"
    ada.upload.others.say(processed(ada, batch_id))
