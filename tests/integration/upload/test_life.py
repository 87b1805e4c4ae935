"""A batch from review to its end, as the other services tell it, and what listeners see of it."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

import usher_contracts as contracts
from services.upload.main import event_store
from shared.eventsourcing.rebuild_from_log import Rebuild, named
from tests.integration.upload.conftest import Company, Others, soon
from tests.patience import PATIENCE


def delivery(company: Company, batch_id: str, *, sent: bool) -> contracts.Event:
    kind = contracts.InvitationSent if sent else contracts.InvitationFailed
    return kind(
        company_id=company.id,
        user_id=str(uuid4()),
        email="ann@northwind.example",
        invitation_id=str(uuid4()),
        batch_id=batch_id,
        message_id="<1@usher>",
        attempts=1,
    )


def processed(company: Company, batch_id: str) -> contracts.BatchProcessed:
    return contracts.BatchProcessed(company_id=company.id, batch_id=batch_id, invited=2, changed=1, unchanged=0)


def completed(company: Company, batch_id: str) -> contracts.BatchCompleted:
    return contracts.BatchCompleted(
        company_id=company.id, batch_id=batch_id, invited=2, changed=1, emails_sent=1, emails_failed=1
    )


def confirm(company: Company, batch_id: str, review: int | None = None) -> httpx.Response:
    body = {} if review is None else {"json": {"review": review}}
    return company.call("POST", f"/batches/{batch_id}/confirm", **body)


def test_from_review_to_completed(company: Company) -> None:
    batch = company.ready()
    assert (batch["review"], batch["counts"]["rows"], batch["seats"]["available"]) == (1, 3, 9)
    answer = confirm(company, batch["id"], review=1)
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert answer.json()["confirmed_by"]["email"].startswith("ada@")
    company.upload.others.say(processed(company, batch["id"]))
    assert soon(lambda: company.batch(batch["id"])["progress"]["invited"]) == 2
    company.upload.others.say(delivery(company, batch["id"], sent=True))
    company.upload.others.say(delivery(company, batch["id"], sent=False))
    soon(lambda: company.batch(batch["id"])["progress"]["emails_failed"])
    assert company.batch(batch["id"])["status"] == "processing"
    company.upload.others.say(completed(company, batch["id"]))
    done = company.becomes(batch["id"], "completed")
    assert done["progress"] == {"invited": 2, "changed": 1, "emails_sent": 1, "emails_failed": 1}
    assert done["completed_at"]
    assert (confirm(company, batch["id"]).status_code, confirm(company, batch["id"]).json()) == (202, done)


def test_another_review_than_the_present_one(company: Company) -> None:
    batch = company.ready()
    answer = confirm(company, batch["id"], review=2)
    assert (answer.status_code, answer.json()["code"]) == (409, "review_changed")
    assert confirm(company, batch["id"], review=1).status_code == 202


def test_what_is_confirmed_cannot_be_cancelled(company: Company) -> None:
    batch = company.ready()
    confirm(company, batch["id"])
    for action in ("cancel", "revalidate"):
        answer = company.call("POST", f"/batches/{batch['id']}/{action}")
        assert (answer.status_code, answer.json()["code"]) == (409, "already_confirmed")


def test_cancelling_twice_is_cancelling_once(company: Company) -> None:
    batch = company.uploaded()
    for _ in range(2):
        answer = company.call("POST", f"/batches/{batch['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    company.validated(batch["id"])
    company.ready()  # on the same partition, so what came before it has been read
    assert company.batch(batch["id"])["status"] == "cancelled"


def test_licenses_that_are_gone_bring_it_back_with_the_numbers(company: Company) -> None:
    batch = company.ready()
    confirm(company, batch["id"])
    company.sent_back(batch["id"], "licenses_exceeded")
    back = company.becomes(batch["id"], "needs_correction")
    assert [error["code"] for error in back["file_errors"]] == ["licenses_exceeded"]
    assert "2 licenses" in back["file_errors"][0]["message"]
    assert back["seats"] == {"purchased": 10, "occupied": 9, "available": 1, "required": 2, "methodologies": []}
    assert back["confirmed_by"] is back["notice"] is None
    again = company.call("POST", f"/batches/{batch['id']}/revalidate")
    assert (again.status_code, again.json()["status"], again.json()["file_errors"]) == (202, "validating", [])
    company.validated(batch["id"], review=2)
    assert company.becomes(batch["id"], "ready_for_review")["seats"]["available"] == 9


def test_a_stale_review_comes_back_with_a_notice_until_the_next_confirmation(company: Company) -> None:
    batch = company.ready()
    confirm(company, batch["id"])
    company.sent_back(batch["id"], "stale_review")
    assert company.becomes(batch["id"], "validating")["notice"]["code"] == "stale_review"
    company.validated(batch["id"], review=2)
    ready = company.becomes(batch["id"], "ready_for_review")
    assert (ready["review"], ready["notice"]["code"]) == (2, "stale_review")
    assert confirm(company, batch["id"], review=1).json()["code"] == "review_changed"
    assert confirm(company, batch["id"], review=2).json()["notice"] is None


def test_confirming_again_by_its_key_tells_the_batch_as_it_is_after_the_review_went_stale(company: Company) -> None:
    batch, key = company.ready(), {"Idempotency-Key": str(uuid4())}
    path = f"/batches/{batch['id']}/confirm"
    first = company.call("POST", path, headers=key)
    assert (first.status_code, first.json()["status"]) == (202, "processing")
    company.sent_back(batch["id"], "stale_review")
    company.becomes(batch["id"], "validating")
    company.validated(batch["id"], review=2)
    company.becomes(batch["id"], "ready_for_review")
    again = company.call("POST", path, headers=key)
    assert (again.status_code, again.json()["status"], again.json()["review"]) == (202, "ready_for_review", 2)
    assert company.batch(batch["id"])["status"] == "ready_for_review", "said again it is nothing new"


def test_the_notice_goes_when_checking_again_brings_nothing_new(company: Company) -> None:
    batch = company.ready()
    company.call("POST", f"/batches/{batch['id']}/confirm")
    company.sent_back(batch["id"], "stale_review")
    company.becomes(batch["id"], "validating")
    company.validated(batch["id"], review=2)
    assert company.becomes(batch["id"], "ready_for_review")["notice"]["code"] == "stale_review"
    company.call("POST", f"/batches/{batch['id']}/revalidate")
    company.validated(batch["id"], review=3)
    assert company.becomes(batch["id"], "ready_for_review")["notice"] is None


def test_what_is_told_twice_counts_once(company: Company) -> None:
    batch = company.ready()
    confirm(company, batch["id"])
    told = delivery(company, batch["id"], sent=True), str(uuid4())
    for _ in range(3):
        company.upload.others.say(*told)
    company.upload.others.say(delivery(company, batch["id"], sent=False))
    soon(lambda: company.batch(batch["id"])["progress"]["emails_failed"])
    assert company.batch(batch["id"])["progress"]["emails_sent"] == 1


class Listening:
    """Reads a batch's server-sent events in a thread."""

    def __init__(self, company: Company, batch_id: str) -> None:
        self.awaited: list[dict[str, Any]] = []
        self._company, self._batch_id = company, batch_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        soon(lambda: self.awaited)

    def _listen(self) -> None:
        headers = {"Authorization": f"Bearer {self._company.token}"}
        path = f"{self._company.upload.url}/api/v1/batches/{self._batch_id}/events"
        with httpx.stream("GET", path, headers=headers, timeout=PATIENCE) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for name, data in _events(answer.iter_lines()):
                assert name == "batch"
                self.awaited.append(json.loads(data))
                if self._over.is_set() or self.awaited[-1]["status"] in ("completed", "cancelled"):
                    return

    def until(self, status: str) -> list[dict[str, Any]]:
        soon(lambda: self.awaited[-1]["status"] == status)
        return self.awaited


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    name, data = "", ""
    for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data = line[5:].strip()
        elif not line and data:
            yield name, data
            name, data = "", ""


def test_a_listener_hears_every_change_and_begins_with_the_present(company: Company, others: Others) -> None:
    batch = company.ready()
    listeners = [Listening(company, batch["id"]) for _ in range(2)]
    assert [each.awaited[0] for each in listeners] == [batch, batch]
    confirm(company, batch["id"])
    for event in (processed, delivery, delivery, completed):
        others.say(event(company, batch["id"], sent=True) if event is delivery else event(company, batch["id"]))  # type: ignore[operator]
    for each in listeners:
        awaited = each.until("completed")
        order = ["ready_for_review", "processing", "completed"]
        places = [order.index(state["status"]) for state in awaited]
        assert places == sorted(places)
        assert awaited[-1] == company.batch(batch["id"])
    late = Listening(company, batch["id"])
    assert late.awaited[0]["status"] == "completed"


def test_the_list_is_newest_first_page_by_page(company: Company) -> None:
    ids = [company.uploaded()["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = company.call("GET", "/batches", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [batch["id"] for batch in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ids[::-1]
    for bad in ("x", "bnVsbA", "WyJhIiwiYiJd"):
        assert company.call("GET", "/batches", params={"cursor": bad}).json()["code"] == "cursor_unknown"


@pytest.mark.anyio
async def test_the_read_model_equals_its_rebuild(company: Company) -> None:
    batch = company.ready()
    confirm(company, batch["id"])
    company.sent_back(batch["id"], "licenses_exceeded")
    company.becomes(batch["id"], "needs_correction")
    company.uploaded(replaces=batch["id"])
    database = company.upload.database
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        store = event_store(pool)
        assert await Rebuild(store, named(store.projections, "batches")).differences(database) == {"batches": 0}
