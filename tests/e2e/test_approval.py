"""A second pair of eyes from outside: a large batch waits for another admin, who hears of it by mail."""

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import mails, problem


def test_a_large_batch_waits_for_another_admin_and_then_goes_its_way(new_company: NewCompany) -> None:
    company = new_company(approval={"rows": 1, "share": None})
    second = company.colleague("second")
    review = company.rows(company.person("ada"), company.person("bo"))
    asked = review.do("confirm", {"review": 1})
    assert (asked.status_code, asked.json()["status"]) == (202, "awaiting_approval")
    assert company.seats()["occupied"] == 1, "no license is held meanwhile"
    (letter,) = mails(company.stack, company.email("second"))
    link = f"{company.stack.url('upload')}/batches/{review.id}/confirm"
    assert "asks for your approval" in letter["subject"] and link in letter["text"]
    problem(review.do("approve", {"review": 1}), 403, "own_batch")

    declined = second.post(f"{review.url}/decline", json={"comment": "Bo joins in January."})
    assert (declined.status_code, declined.json()["status"]) == (200, "ready_for_review")
    assert declined.json()["notice"]["code"] == "approval_declined"
    (told,) = mails(company.stack, company.admin)
    assert "did not approve" in told["subject"] and "Bo joins in January." in told["text"]

    assert review.do("confirm", {"review": 1}).json()["status"] == "awaiting_approval"
    approved = second.post(f"{review.url}/approve", json={"review": 1})
    assert (approved.status_code, approved.json()["status"]) == (202, "processing")
    done = review.wait("completed").batch
    assert (done["approval"]["decision"], done["approval"]["decided_by"]["email"]) == (
        "approved",
        company.email("second"),
    )
    assert done["confirmed_by"]["email"] == company.admin
    finished = mails(company.stack, company.admin, 2)
    assert "Finished" in finished[0]["subject"], "who asked is told the end"


def test_what_the_platform_says_of_approvals_is_answered_and_held_to_its_bounds(new_company: NewCompany) -> None:
    company = new_company()
    small = company.rows(company.person("ada"))
    assert small.do("confirm", {"review": 1}).json()["status"] == "processing", "null, the default: none"
    url = f"/api/v1/companies/{company.id}"
    for wrong in ({"rows": -1}, {"share": 1.5}, {"share": "much"}, {"people": 3}):
        answer = company._platform.put(url, json=company.settings | {"approval": wrong})  # pyright: ignore[reportPrivateUsage]
        assert answer.status_code == 422, wrong
    for good in (None, {"rows": None, "share": 0.25}, {"rows": 500}):
        answer = company._platform.put(url, json=company.settings | {"approval": good})  # pyright: ignore[reportPrivateUsage]
        assert answer.status_code == 200
        said = answer.json()["approval"]
        assert said == (good and {"rows": None, "share": None, **good})
