"""A completed batch is undone by a batch of its own: who has not joined is not invited any more, what is still as the
batch left it is as it was before, and the rest is kept with the reason."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, Review, eventually, mails, problem
from tests.e2e.team import Team, what


def done(company: Company, *rows: Json) -> Review:
    """A file with these rows, carried out."""
    return company.rows(*rows).confirm().wait("completed")


def undo(batch: Review, key: str | None = None) -> Review:
    """Its undo, ready for review."""
    answer = batch.do("undo", key=key)
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert (said["kind"], said["undoes"], said["status"]) == ("undo", batch.id, "validating")
    assert answer.headers["location"].endswith(said["id"])
    return Review(batch.company, said["id"]).wait("ready_for_review")


def outcomes(review: Review) -> dict[str, list[tuple[str, str | None, list[str]]]]:
    """Of each person: outcome, reason and fields."""
    found: dict[str, list[Any]] = {}
    for row in review.rows().values():
        fields = [change["field"] for change in row["changes"]]
        found.setdefault(row["email"].partition("@")[0], []).append((row["outcome"], row.get("reason"), fields))
    return found


def counts(review: Review) -> tuple[int, ...]:
    return tuple(review.batch["counts"][name] for name in ("rows", "cancel", "restore", "kept"))


def test_undone_right_away_the_company_is_as_it_was(company: Company) -> None:
    old, boss = company.active("old", title="AE"), company.active("boss")
    before = company.user(old), company.seats()
    rows = (
        company.person("ann", Reports_To=boss),
        company.person("bo", Reports_To=company.email("ann")),
        {"Email": old, "Title": "Senior AE", "Reports To": company.email("ann"), "Region": "EMEA"},
    )
    batch = done(company, *rows)
    assert (batch.batch["kind"], batch.batch["undoes"]) == ("file", None)
    mails(company.stack, company.email("ann"))

    key = uuid4().hex
    review = undo(batch, key)
    assert batch.do("undo", key=key).json()["id"] == review.id, "the same key is the same undo"
    assert counts(review) == (3, 2, 1, 0)
    assert review.batch["seats"]["required"] == 0 and review.batch["file_name"] == batch.batch["file_name"]
    assert outcomes(review) == {
        "ann": [("cancel", None, [])],
        "bo": [("cancel", None, [])],
        "old": [("restore", None, ["title", "region", "reports_to"])],
    }
    (row,) = review.page(outcome="restore")["items"]
    assert row["changes"][0] == {"field": "title", "from": "Senior AE", "to": "AE"}
    assert row["user_id"] == before[0]["user_id"]
    assert company.user(old)["title"] == "Senior AE", "nothing has happened yet"

    problem(review.do("undo"), 409, "not_undoable")
    problem(company.http.get(f"{review.url}/original.xlsx"), 404, "not_found")
    problem(review.do("confirm", {"review": 7}), 409, "review_changed")
    review.confirm().wait("completed")
    after = company.user(old)
    assert after == before[0]
    assert company.seats() == before[1]
    assert not company.team.get("/api/v1/team", params={"status": "waiting"}).json()["items"]
    taken_back = mails(company.stack, company.email("ann"), 2)[0]
    assert "taken back" in taken_back["subject"], taken_back
    assert any(each["subject"].startswith("Undone:") for each in mails(company.stack, company.admin, 2))
    problem(batch.do("undo"), 409, "not_undoable")
    problem(review.do("undo"), 409, "not_undoable")


def test_what_happened_since_is_kept_and_says_why(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level", "required": False, "values": ["IC", "Lead"]}])
    team, boss = Team(company), company.active("boss")
    there = {"title": "AE", "region": "EMEA", "reports_to": boss, "custom_fields": {"Level": "IC"}}
    users = [company.active(f"old{n}", **there) for n in range(3)]
    changed = {"Title": "Senior AE", "Region": "APAC", "Reports To": company.admin, "Level": "Lead"}
    batch = done(
        company,
        *(company.person(name) for name in ("ann", "bo", "cy", "di")),
        *({"Email": email, **changed} for email in users),
    )
    assert team.accept(team.token(company.email("bo"))).status_code == 200
    assert team.accept(team.token(company.email("cy"))).status_code == 200
    company.act("deactivate", company.email("cy"))
    company.act("cancel_invitation", company.email("di"))
    assert team.patch(company.user(users[1]), title="VP").status_code == 200
    company.act("deactivate", users[2])
    company.act("deactivate", boss)
    company.provision(regions=["APAC"])

    review = undo(batch)
    assert outcomes(review) == {
        "ann": [("cancel", None, [])],
        "bo": [("kept", "joined", [])],
        "cy": [("kept", "left", [])],
        "di": [("kept", "left", [])],
        "old0": [("restore", None, ["title", "Level"]), ("kept", "no_longer_valid", ["region", "reports_to"])],
        "old1": [
            ("restore", None, ["Level"]),
            ("kept", "changed_since", ["title"]),
            ("kept", "no_longer_valid", ["region", "reports_to"]),
        ],
        "old2": [("kept", "left", ["title", "region", "reports_to", "Level"])],
    }
    (since,) = review.page(outcome="kept", code="changed_since")["items"]
    assert since["by"] == {"email": company.admin, "name": since["by"]["name"]} and since["at"].endswith("Z")
    assert since["changes"] == [{"field": "title", "from": "VP", "to": "AE"}]
    occupied = company.seats()["occupied"]
    review.confirm().wait("completed")
    assert company.seats()["occupied"] == occupied - 1
    first, second = company.user(users[0]), company.user(users[1])
    assert (first["title"], first["region"], first["custom_fields"]) == ("AE", "APAC", {"Level": "IC"})
    assert (second["title"], second["custom_fields"]) == ("VP", {"Level": "IC"})


def test_an_undo_that_was_overtaken_is_reviewed_anew(company: Company) -> None:
    """By an acceptance, then by another undo of the same batch."""
    team, old = Team(company), company.active("old", title="AE")
    batch = done(company, company.person("ann"), company.person("bo"), {"Email": old, "Title": "Senior AE"})
    first, second = undo(batch), undo(batch)
    assert team.accept(team.token(company.email("ann"))).status_code == 200
    first.confirm()
    assert first.status == "ready_for_review" or first.wait("ready_for_review")
    assert first.look().batch["review"] == 2 and first.batch["notice"]["code"] == "stale_review"
    assert company.user(old)["title"] == "Senior AE", "all or nothing"
    assert counts(first) == (3, 1, 1, 1)
    first.confirm().wait("completed")
    assert (company.user(old)["title"], company.user(company.email("ann"))["status"]) == ("AE", "active")

    problem(second.do("confirm"), 409, "not_undoable")
    assert second.do("revalidate").status_code == 202
    eventually(lambda: second.look().batch["review"] == 2, "its second review")
    assert counts(second) == (3, 0, 0, 3)
    assert {code for ((_, code, _),) in outcomes(second).values()} == {"joined", "left", "changed_since"}
    assert what(team.look(company.user(old)))[-1] == "changed"


@pytest.mark.parametrize("step", ["ready_for_review", "cancelled"])
def test_only_what_is_completed_can_be_undone(company: Company, step: str) -> None:
    review = company.rows(company.person("ann"))
    if step == "cancelled":
        review.do("cancel")
    problem(review.do("undo"), 409, "not_undoable")
    problem(company.http.post(f"/api/v1/batches/{uuid4()}/undo"), 404, "not_found")
