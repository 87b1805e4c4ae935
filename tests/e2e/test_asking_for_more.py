"""Access from outside: what a company has bought, who may buy more, and what comes of asking for it."""

from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, mails, platform_client, problem
from tests.e2e.workbooks import grid


def ask(company: Company, key: str | None = None, **wanted: Any) -> httpx.Response:
    """The answer as it is."""
    headers = {"Idempotency-Key": key} if key else None
    return company.team.post("/api/v1/access/requests", json=wanted, headers=headers)


def access(company: Company) -> Json:
    return company.team.get("/api/v1/access").raise_for_status().json()


def answer(company: Company, request_id: str, **said: object) -> httpx.Response:
    """The platform's."""
    path = f"/api/v1/companies/{company.id}/requests/{request_id}"
    return platform_client(company.stack).put(path, json=said)


def test_access_says_what_is_bought_and_what_was_asked_for(new_company: NewCompany) -> None:
    company = new_company(purchased_licenses=5, subscription={"starts_on": "2026-01-01", "ends_on": "2026-12-31"})
    pool = {"id": "command", "name": "Command of the Message", "purchased": 3, "reserved": 0, "consumed": 0,
            "available": 3}  # fmt: skip
    company.provision(methodologies=[{"id": "command", "name": "Command of the Message", "purchased": 3}])
    bo = company.invite("bo")
    now = access(company)
    seats = company.seats()
    assert now["methodologies"] == seats.pop("methodologies") == [pool]
    assert now["licenses"] == seats and now["licenses"]["waiting"] == 1
    assert now["subscription"] == {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    assert (now["purchasers"], now["requests"]) == ([], [])

    asked = ask(company, key="once", licenses=12, note="  For the team\nin Lyon. ")
    assert asked.status_code == 201 and asked.json()["state"] == "open" and asked.json()["mailed"] == 0
    assert ask(company, key="once", licenses=12, note="  For the team\nin Lyon. ").json() == asked.json()
    problem(ask(company, key="once", licenses=13), 422, "idempotency_key_reused")
    (request,) = access(company)["requests"]
    assert request == {
        "id": asked.json()["id"], "state": "open", "licenses": 12, "methodologies": {}, "note": "For the team in Lyon.",
        "batch_id": None, "file_name": None, "asked_by": {"email": company.admin, "name": request["asked_by"]["name"]},
        "asked_at": request["asked_at"], "answered_at": None, "comment": None,
    }  # fmt: skip

    said = answer(company, request["id"], state="declined", comment="Next year.")
    assert (said.status_code, said.json()["state"], said.json()["comment"]) == (200, "declined", "Next year.")
    assert answer(company, request["id"], state="declined", comment="Next year.").json() == said.json()
    problem(answer(company, request["id"], state="granted"), 409, "answered_otherwise")
    problem(answer(company, str(uuid4()), state="granted"), 404, "request_unknown")
    problem(answer(company, "1", state="granted"), 404, "request_unknown")
    problem(answer(new_company(), request["id"], state="granted"), 404, "request_unknown")
    assert answer(company, request["id"], state="open").status_code == 422

    both = ask(company, licenses=1, methodologies={"command": 5}).json()["id"]
    assert access(company)["requests"][0]["methodologies"] == {"command": 5}
    answer(company, both, state="granted").raise_for_status()
    later = [ask(company, licenses=n).json()["id"] for n in (1, 2)]
    first = company.team.get("/api/v1/access/requests", params={"limit": 2}).json()
    assert [each["id"] for each in first["items"]] == later[::-1], "newest first"
    rest = company.team.get("/api/v1/access/requests", params={"cursor": first["next_cursor"]}).json()
    assert [each["state"] for each in rest["items"]] == ["granted", "declined"] and rest["next_cursor"] is None
    assert bo and len(access(company)["requests"]) == 4


def test_what_is_asked_for_has_to_be_something_that_there_is(new_company: NewCompany) -> None:
    company, other = new_company(), new_company()
    problem(ask(company), 422, "nothing_requested")
    problem(ask(company, note="please"), 422, "nothing_requested")
    problem(ask(company, licenses=1, methodologies={"command": 2}), 422, "methodology_unknown")
    wrongs: tuple[Json, ...] = (
        {"licenses": -1}, {"licenses": 10_000_001}, {"licenses": "many"}, {"licenses": 1, "note": "x" * 1_001},
        {"licenses": 1, "note": "a\u202eb"}, {"methodologies": {"Not An Id": 1}}, {"methodologies": {"command": 0}},
        {"licenses": 1, "seats": 2},
    )  # fmt: skip
    for wrong in wrongs:
        refused = ask(company, **wrong)
        assert refused.status_code == 422 and len(refused.json()["detail"]) > 15, wrong
    review = company.rows(company.person("ada"))
    for batch_id in (str(uuid4()), "7", other.rows(other.person("ada")).id):
        problem(ask(company, licenses=1, batch_id=batch_id), 404, "batch_unknown")
    assert ask(company, licenses=1, batch_id=review.id).status_code == 201
    assert [each["batch_id"] for each in access(company)["requests"]] == [review.id]


def test_a_company_has_so_many_open_requests_and_no_more(new_company: NewCompany) -> None:
    company = new_company()
    for _ in range(20):
        assert ask(company, licenses=1).status_code == 201
    said = problem(ask(company, licenses=1), 409, "too_many_requests")
    assert said["most"] == 20
    answer(company, access(company)["requests"][0]["id"], state="granted").raise_for_status()
    assert ask(company, licenses=1).status_code == 201


def test_only_admins_ask_and_only_the_platform_answers(new_company: NewCompany) -> None:
    company = new_company()
    request_id = ask(company, licenses=1).json()["id"]
    path = f"/api/v1/companies/{company.id}/requests/{request_id}"
    assert company.team.put(path, json={"state": "granted"}).status_code == 403
    manager = httpx.Client(
        base_url=company.stack.url("licensing"),
        headers={"Authorization": f"Bearer {company.stack.token(company.id, company.admin)}"},
    )
    for refused in (
        manager.get("/api/v1/access"),
        manager.get("/api/v1/access/requests"),
        manager.post("/api/v1/access/requests", json={"licenses": 1}),
    ):
        assert refused.status_code == 403


def test_who_may_authorize_purchases_sees_access_and_no_more(new_company: NewCompany) -> None:
    company = new_company()
    request_id = ask(company, licenses=1).json()["id"]
    with httpx.Client(
        base_url=company.stack.url("licensing"),
        headers={
            "Authorization": f"Bearer {company.stack.token(company.id, company.email('pat'), 'authorize_purchases')}"
        },
    ) as payer:
        assert payer.get("/api/v1/access").raise_for_status().json() == access(company)
        asked = payer.get("/api/v1/access/requests").raise_for_status().json()["items"]
        assert [each["id"] for each in asked] == [request_id]
        problem(payer.post("/api/v1/access/requests", json={"licenses": 1}), 403, "forbidden")
        problem(payer.get("/api/v1/team"), 403, "forbidden")


def test_a_subscription_ends_after_it_starts(new_company: NewCompany) -> None:
    company = new_company()
    assert access(company)["subscription"] is None
    url = f"/api/v1/companies/{company.id}"
    for wrong in ({"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, {"ends_on": "soon"}, {"until": "2026-01-01"}):
        refused = platform_client(company.stack).put(url, json=company.settings | {"subscription": wrong})
        assert refused.status_code == 422, wrong
    company.provision(subscription={"ends_on": "2026-01-31"})
    assert access(company)["subscription"] == {"starts_on": None, "ends_on": "2026-01-31"}


def test_a_batch_that_is_too_large_becomes_ready_by_itself_once_more_is_bought(new_company: NewCompany) -> None:
    company = new_company(purchased_licenses=2)
    payer = company.active("pat", first_name="Pat", last_name="Payer", permissions=["authorize_purchases"])
    review = company.rows(*(company.person(name) for name in ("ada", "bo", "cy")))
    assert review.status == "needs_correction" and review.file_errors() == ["licenses_exceeded"]
    assert [one["email"] for one in access(company)["purchasers"]] == [payer]
    asked = ask(company, licenses=3, note="For Lyon.", batch_id=review.id).json()
    assert asked["mailed"] == 1
    (letter,) = mails(company.stack, payer)
    assert "asks for 3 more licenses" in letter["subject"] and "For Lyon." in letter["text"]
    assert f"{company.stack.url('upload')}/access" in letter["text"]

    answer(company, asked["id"], state="granted", comment="On the invoice.").raise_for_status()
    (told,) = mails(company.stack, company.admin)
    assert told["subject"].startswith("Granted: 3 more licenses") and "On the invoice." in told["text"]
    company.provision(purchased_licenses=4)  # not enough yet
    company.provision(purchased_licenses=5)
    review.wait("ready_for_review")
    assert review.batch["review"] == 2 and review.batch["seats"]["available"] == 3
    ready = mails(company.stack, company.admin, 2)[0]
    assert ready["subject"] == "Ready to confirm: people.xlsx"
    assert f"/batches/{review.id}/confirm" in ready["text"]
    assert review.confirm().status == "completed"
    mails(company.stack, company.admin, 3)
    company.provision(purchased_licenses=50)
    other = company.rows(company.person("di"))
    assert other.status == "ready_for_review" and review.look().batch["review"] == 2, "it was checked once"
    assert len([one for one in mails(company.stack, company.admin, 3) if "Ready" in one["subject"]]) == 1


def test_a_file_that_replaces_the_one_that_asked_waits_in_its_place(new_company: NewCompany) -> None:
    company = new_company(purchased_licenses=1)
    first = company.rows(company.person("ada"), company.person("bo"), company.person("cy"))
    ask(company, licenses=3, batch_id=first.id).raise_for_status()
    second = company.review(grid(company.person("ada"), company.person("bo", Region="Atlantis")), replaces=first.id)
    assert second.status == "needs_correction"
    company.provision(purchased_licenses=3)
    second.wait_for_review(2)
    assert second.status == "needs_correction" and "licenses_exceeded" not in second.file_errors()
    (told,) = mails(company.stack, company.admin)
    assert "something else is wrong" in told["subject"] and "1 row needs a correction" in told["text"]


def test_what_was_declined_or_cancelled_is_not_checked_again(new_company: NewCompany) -> None:
    company = new_company(purchased_licenses=1)
    declined, cancelled, waiting = (company.rows(company.person(name)) for name in ("ada", "bo", "cy"))
    requests = [ask(company, licenses=1, batch_id=one.id).json()["id"] for one in (declined, cancelled, waiting)]
    answer(company, requests[0], state="declined", comment="Next year.").raise_for_status()
    assert cancelled.do("cancel").status_code == 200
    company.provision(purchased_licenses=2)
    waiting.wait("ready_for_review")
    assert (declined.look().status, declined.batch["review"]) == ("needs_correction", 1)
    assert cancelled.look().status == "cancelled"
    said = {one["subject"] for one in mails(company.stack, company.admin, 2)}
    assert said == {"Declined: 1 more license for Northwind Trading", "Ready to confirm: people.xlsx"}
    assert declined.do("revalidate").status_code == 202, "an admin can check it by hand"
    declined.wait_for_review(2)
