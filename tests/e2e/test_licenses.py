"""Licenses in the review, and at the confirmation, which is the one that counts."""

import json

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, mails, problem
from tests.e2e.workbooks import grid
from tests.patience import PATIENCE


def full(new_company: NewCompany, free: int) -> Company:
    """A company with so many licenses left beside its admin's."""
    return new_company(purchased_licenses=free + 1)


def test_a_file_that_needs_too_many_says_how_many_to_remove(new_company: NewCompany) -> None:
    company = full(new_company, 3)
    review = company.rows(*(company.person(f"p{n}") for n in range(5)))
    assert (review.status, review.file_errors(), review.errors()) == ("needs_correction", ["licenses_exceeded"], {})
    assert review.batch["seats"] == {"purchased": 4, "occupied": 1, "available": 3, "required": 5, "methodologies": []}
    error = review.batch["file_errors"][0]
    assert "needs 5 licenses and 3 are available" in error["message"] and "Remove 2 new users" in error["message"]
    problem(review.do("confirm"), 409, "not_ready")


def test_the_last_licenses_are_a_warning_and_changes_need_none(new_company: NewCompany) -> None:
    company = full(new_company, 2)
    review = company.rows(company.person("ann"), company.person("bob"), {"Email": company.admin, "Title": "Boss"})
    assert (review.status, review.warnings()) == ("ready_for_review", ["last_license"])
    assert review.confirm().batch["progress"]["invited"] == 2
    none_left = company.rows({"Email": company.admin, "Title": "Boss again"})
    assert (none_left.status, none_left.warnings()) == ("ready_for_review", [])


def test_purchased_below_occupied_fits_nobody_and_takes_nobody_s_access(new_company: NewCompany) -> None:
    company = full(new_company, 2)
    company.invite("ann")
    company.provision(purchased_licenses=1)
    review = company.rows(company.person("bob"), {"Email": company.admin, "Title": "Boss"})
    assert review.batch["seats"] == {"purchased": 1, "occupied": 2, "available": 0, "required": 1, "methodologies": []}
    assert review.file_errors() == ["licenses_exceeded"]
    assert "none are available" in review.batch["file_errors"][0]["message"]


def test_after_licenses_were_bought_check_again_makes_it_ready(new_company: NewCompany) -> None:
    company = full(new_company, 1)
    review = company.rows(company.person("ann"), company.person("bob"))
    assert review.file_errors() == ["licenses_exceeded"]
    company.provision(purchased_licenses=3)
    again = review.do("revalidate")
    assert again.status_code == 202 and again.json()["status"] in ("validating", "ready_for_review")
    assert review.wait().status == "ready_for_review"
    assert (review.batch["review"], review.file_errors(), review.warnings()) == (2, [], ["last_license"])


def test_licenses_that_are_gone_at_the_confirmation_bring_the_batch_back_and_invite_nobody(
    new_company: NewCompany,
) -> None:
    company = full(new_company, 3)
    first = company.rows(company.person("ann"), company.person("bob"))
    second = company.rows(company.person("cyd"), company.person("dan"), company.person("eve"))
    assert first.confirm().status == "completed"
    assert second.confirm().status == "needs_correction"
    assert second.file_errors() == ["licenses_exceeded"]
    assert "needs 3 licenses and 1 is available" in second.batch["file_errors"][0]["message"]
    assert second.batch["seats"] == {"purchased": 4, "occupied": 3, "available": 1, "required": 3, "methodologies": []}
    assert (second.batch["confirmed_by"], second.batch["confirmed_at"]) == (None, None)
    assert company.seats()["occupied"] == 3
    problem(second.do("confirm"), 409, "not_ready")
    told = mails(company.stack, company.admin, 2)
    assert any("license" in mail["text"] and "cyd" not in mail["text"] for mail in told)
    company.provision(purchased_licenses=6)
    assert second.do("revalidate").status_code == 202
    assert second.wait().confirm().status == "completed"


def test_two_admins_who_confirm_at_once_never_exceed_the_licenses(new_company: NewCompany) -> None:
    company = full(new_company, 3)
    batches: list[Review] = [company.review(grid(*(company.person(f"p{n}.{m}") for m in range(2)))) for n in range(3)]
    for batch in batches:
        assert batch.do("confirm", {"review": 1}).status_code == 202
    ended = sorted(batch.wait("completed", "needs_correction").status for batch in batches)
    assert ended == ["completed", "needs_correction", "needs_correction"]
    assert company.seats()["occupied"] == 3


def test_who_watches_the_seats_sees_them_now_and_at_every_change(new_company: NewCompany) -> None:
    company = full(new_company, 2)
    with company.team.stream("GET", "/api/v1/seats/events", timeout=PATIENCE) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen = (json.loads(line[5:]) for line in answer.iter_lines() if line.startswith("data:"))
        assert next(seen) == company.team.get("/api/v1/seats").json()
        company.invite("ann")
        assert next(each["waiting"] for each in seen if each["occupied"] == 2) == 1
        company.provision(purchased_licenses=9)
        assert next(each["available"] for each in seen if each["purchased"] == 9) == 7
