"""The invitation before it goes, and what was done taken back at once: by the HTTP interface, to the last mail."""

from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, mails, problem
from tests.e2e.team import Team, what

SENTENCE = "Welcome aboard: <b>we</b> start on Monday."


def _of(review: Review, what_for: str, **body: Any) -> httpx.Response:
    return review.do(f"invitation/{what_for}", body)


def test_the_sentence_is_shown_sampled_and_sent(new_company: NewCompany) -> None:
    company = new_company(reminders=True)
    review = company.rows(company.person("ann"), company.person("pia"))
    team = Team(company)
    team.plan(company.email("pia"), "pro")
    items = _of(review, "preview", message=SENTENCE).raise_for_status().json()["items"]
    assert [(each["variant"], each["language"]) for each in items] == [("new_user", "en"), ("individual_plan", "en")]
    new, planned = items
    assert all(SENTENCE in each["text"] and "&lt;b&gt;we&lt;/b&gt;" in each["html"] for each in items)
    assert "transfer your records" in planned["text"] and "transfer your records" not in new["text"]
    assert "href=" not in new["html"]

    key = str(uuid4())
    to = [review.do("invitation/sample", {"message": SENTENCE}, key).json()["to"] for _ in range(2)]
    assert set(to) == {company.admin}
    problem(review.do("invitation/sample", {"message": "Another."}, key), 422, "idempotency_key_reused")
    (sample,) = mails(company.stack, company.admin)
    assert SENTENCE in sample["text"] and "sample that you asked for" in sample["text"]

    for wrong, code in (
        ("see a.example", "message_has_link"),
        ("x" * 201, "message_too_long"),
        ("a\nb", "message_illegal_characters"),
    ):
        for call in ("invitation/preview", "invitation/sample", "confirm"):
            problem(review.do(call, {"message": wrong}), 422, code)
    confirmed = review.do("confirm", {"review": 1, "message": SENTENCE, "reminders": False})
    assert confirmed.status_code == 202
    done = review.wait("completed").look()
    for local in ("ann", "pia"):
        (mail,) = mails(company.stack, company.email(local))
        assert SENTENCE in mail["text"], local
        assert (sample["subject"] == f"Sample: {mail['subject']}") and "join/sample" not in mail["text"]
    assert problem(_of(done, "preview"), 409, "not_ready")
    batch = company.http.get(done.url).json()
    assert (batch["message"], batch["reminders"]) == (SENTENCE, False)


def test_a_batch_that_invites_nobody_has_no_invitation_to_show(company: Company) -> None:
    company.active("ann")
    review = company.rows({"Email": company.email("ann"), "Title": "Lead"})
    problem(_of(review, "preview"), 409, "invites_nobody")


def test_what_was_done_is_taken_back_at_once(company: Company) -> None:
    team = Team(company)
    boss, low = team.person("active", "boss"), company.active("low", reports_to=company.email("boss"))
    waiting = team.person("waiting", "waiting")
    seats = company.seats()
    done = team.act("deactivate", boss).raise_for_status().json()
    undo = f"/api/v1/team/actions/{done['undo']['id']}/undo"
    back = company.team.post(undo).raise_for_status().json()
    report = company.user(low)
    assert {item["user_id"] for item in back["items"]} == {boss["user_id"], report["user_id"]}
    assert what(team.look(boss))[-2:] == ["deactivated", "reactivated"]
    assert report["reports_to"] == boss["email"]
    problem(company.team.post(undo), 404, "nothing_to_undo")

    done = team.act("cancel_invitation", waiting).raise_for_status().json()
    back = company.team.post(f"/api/v1/team/actions/{done['undo']['id']}/undo").raise_for_status().json()
    (again,) = back["items"]
    assert again["user_id"] != waiting["user_id"]
    assert company.user(waiting["email"])["user_id"] == again["user_id"]
    assert company.seats() == seats
    assert len(mails(company.stack, waiting["email"], 2)) == 2, "another link"
    told = httpx.get(f"{company.stack.url('mailbox')}/messages", params={"to": boss["email"]}).raise_for_status()
    assert told.json() == [], "what was taken back is no news"

    edited = team.patch(boss, title="Chief").raise_for_status().json()
    assert team.patch(boss, region="EMEA").status_code == 200
    changed = problem(company.team.post(f"/api/v1/team/actions/{edited['undo']['id']}/undo"), 409, "changed_since")
    assert [item["user_id"] for item in changed["items"]] == [boss["user_id"]]
    assert "undo" not in team.act("resend", again["user_id"]).json()
