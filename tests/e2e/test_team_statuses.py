"""Status by action (docs/admins.md): each cell, all combinations in one request, all or nothing."""

from collections import Counter
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, mails, problem
from tests.e2e.team import STATUSES, Team, what

ALLOWED = {
    "deactivate": ("not_active", {"active"}),
    "reactivate": ("not_inactive", {"inactive"}),
    "cancel_invitation": ("not_invited", {"waiting", "pending_transfer"}),
    "resend": ("not_invited", {"waiting", "pending_transfer"}),
}


def unsent(users: list[Any]) -> list[Any]:
    """Users without how far the delivery of their invitation has come, which goes on meanwhile."""
    delivery = dict.fromkeys(("state", "error", "at"))
    return [{**user, "invitation": user["invitation"] and {**user["invitation"], **delivery}} for user in users]


@pytest.mark.parametrize("action", ALLOWED)
def test_an_action_is_refused_whole_for_every_mixture_with_somebody_who_cannot(company: Company, action: str) -> None:
    team = Team(company)
    people = {status: team.person(status, status.replace("_", "")) for status in STATUSES}
    code, allowed = ALLOWED[action]
    before = (unsent(team.listed()), company.seats())
    for size in (1, 2, 3, 4):
        for statuses in combinations(STATUSES, size):
            bad = [people[s]["user_id"] for s in statuses if s not in allowed]
            if bad:
                said = problem(team.act(action, *(people[s] for s in statuses)), 409, code)
                assert [(each["user_id"], each["code"]) for each in said["items"]] == [(i, code) for i in bad]
    assert (unsent(team.listed()), company.seats()) == before, "nothing was done"
    fine = [people[s] for s in STATUSES if s in allowed]
    done = team.act(action, *fine)
    assert done.status_code == 200
    assert done.json()["items"] == [{"user_id": user["user_id"], "result": "done"} for user in fine]


def test_an_unknown_id_goes_before_everything_and_nothing_is_done(company: Company, new_company: NewCompany) -> None:
    team, others = Team(company), Team(new_company())
    ann, foreign = team.person("waiting", "ann"), others.person("waiting", "cyd")
    for action in (*ALLOWED, "assign_manager", "update_fields"):
        fields = {"assign_manager": {"reports_to": None}, "update_fields": {"title": "Chief"}}.get(action, {})
        for unknown in (str(uuid4()), foreign["user_id"], "no-id"):
            problem(team.act(action, ann, unknown, **fields), 404, "not_found")
    assert what(team.look(ann)) == ["invited"] and what(others.look(foreign)) == ["invited"]


def test_a_life_from_waiting_to_reactivated(company: Company) -> None:
    team = Team(company)
    ann = team.person("waiting", "ann")
    token = team.token(ann["email"])
    assert team.act("resend", ann).status_code == 200
    problem(team.offer(token), 410, "superseded")
    problem(team.accept(token), 410, "superseded")
    newer = team.token(ann["email"], 2)
    offer = team.offer(newer).json()
    assert (offer["company"], offer["email"], offer["transfer"]) == ("Northwind Trading", ann["email"], None)
    assert offer["invited_by"]["email"] == company.admin
    assert team.accept(newer).json() == {"user_id": ann["user_id"], "status": "active"}
    for answer in (team.accept(newer), team.offer(newer), team.accept(newer, "transfer")):
        problem(answer, 410, "used")
    assert team.act("deactivate", ann).status_code == 200
    assert team.accept(newer).status_code == 410, "Inactive: the link opens nothing any more"
    assert team.act("reactivate", ann).status_code == 200
    told = mails(company.stack, ann["email"], 3)[0]
    assert "reactivated" in (told["subject"] + told["text"]).lower()
    now = team.look(ann)
    assert (now["status"], now["invitation"]) == ("active", None) and now["activated_at"] and now["invited_at"]
    assert what(now) == ["invited", "invitation_resent", "activated", "deactivated", "reactivated"]
    by = [entry["by"] and entry["by"]["email"] for entry in now["history"]]
    assert by == [company.admin, company.admin, None, company.admin, company.admin]
    assert [entry["at"] for entry in now["history"]] == sorted(entry["at"] for entry in now["history"])


def test_a_second_resend_within_five_minutes_is_too_soon(company: Company) -> None:
    team = Team(company)
    ann, bob = team.person("waiting", "ann"), team.person("pending_transfer", "bob")
    assert team.act("resend", ann).status_code == 200
    answer = team.act("resend", ann, bob)
    said = problem(answer, 429, "too_soon")
    assert [each["user_id"] for each in said["items"]] == [ann["user_id"]]
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert what(team.look(bob)) == ["invited"]


def test_cancelled_is_gone_frees_the_license_and_can_be_invited_anywhere(new_company: NewCompany) -> None:
    company, other = new_company(purchased_licenses=2), new_company()
    team = Team(company)
    ann = team.person("waiting", "ann")
    token = team.token(ann["email"])
    problem(team.post(email=company.email("bob")), 409, "licenses_exceeded")
    assert team.act("cancel_invitation", ann).status_code == 200
    assert company.seats()["occupied"] == 1 and team.listed(q="ann") == []
    problem(team.http.get(f"/api/v1/team/{ann['user_id']}"), 404, "not_found")
    for answer in (team.offer(token), team.accept(token)):
        problem(answer, 410, "cancelled")
    assert Team(other).post(email=ann["email"]).status_code == 201
    said = problem(team.post(email=ann["email"]), 422, "email_in_other_company")
    assert other.id not in str(said)


def test_reports_move_up_whoever_leaves(company: Company) -> None:
    team = Team(company)
    top = team.person("active", "top")
    mid = team.person("waiting", "mid", reports_to=top["email"])
    low = team.person("active", "low", reports_to=mid["email"])
    leaf = team.person("inactive", "leaf", reports_to=low["email"])
    assert team.look(leaf)["reports_to"] == low["email"]
    assert team.act("deactivate", low).status_code == 200
    assert team.look(leaf)["reports_to"] == mid["email"]
    assert team.act("cancel_invitation", mid).status_code == 200
    for user in (low, leaf):
        assert (team.look(user)["reports_to"], team.look(user)["reports_to_id"]) == (top["email"], top["user_id"])
    moved = team.look(low)["history"][-1]
    assert moved["by"] is None and moved["changes"][0]["field"] == "reports_to"
    assert (moved["changes"][0]["from"], moved["changes"][0]["to"]) == (mid["email"], top["email"])
    assert team.act("deactivate", top).status_code == 200
    assert team.look(low)["reports_to"] is None


def test_reactivating_needs_a_license_and_the_address(new_company: NewCompany) -> None:
    company, other = new_company(purchased_licenses=3), new_company()
    team = Team(company)
    ann, bob = team.person("inactive", "ann"), team.person("inactive", "bob")
    cyd = team.person("waiting", "cyd")
    problem(team.act("reactivate", ann, bob), 409, "licenses_exceeded")
    assert company.seats()["occupied"] == 2
    assert Team(other).post(email=ann["email"]).status_code == 201
    said = problem(team.act("reactivate", ann), 409, "email_in_other_company")
    assert [each["user_id"] for each in said["items"]] == [ann["user_id"]]
    assert team.act("reactivate", bob).status_code == 200
    assert company.seats() == {
        "purchased": 3,
        "occupied": 3,
        "available": 0,
        "waiting": 1,
        "pending_transfer": 0,
        "active": 2,
        "inactive": 1,
        "methodologies": [],
    }
    assert team.act("cancel_invitation", cyd).status_code == 200


def test_managers_are_assigned_to_many_or_to_nobody(company: Company) -> None:
    team = Team(company)
    boss, gone = team.person("active", "boss"), team.person("inactive", "gone")
    ann, bob = team.person("waiting", "ann"), team.person("active", "bob")
    assert team.act("assign_manager", ann, bob, reports_to=boss["email"].upper()).status_code == 200
    assert {user["reports_to_id"] for user in (team.look(ann), team.look(bob))} == {boss["user_id"]}
    for manager, code in (
        (bob["email"], "reports_to_cycle"),
        (ann["email"], "reports_to_self"),
        (gone["email"], "reports_to_inactive"),
        (company.email("nobody"), "reports_to_unknown"),
        ("no address", "reports_to_invalid"),
    ):
        chosen = (boss, ann) if code == "reports_to_self" else (boss,)
        said = problem(team.act("assign_manager", *chosen, reports_to=manager), 422, code)
        assert said["errors"][0]["column"] == "Reports To"
        wrong = [ann] if code == "reports_to_self" else [boss]
        assert [(item["user_id"], item["code"]) for item in said["items"]] == [(u["user_id"], code) for u in wrong]
    problem(team.act("assign_manager", ann), 422, "fields_wrong")
    problem(team.act("assign_manager", ann, reports_to=None, title="x"), 422, "fields_wrong")
    for blank in ("", " ", "\u200b"):
        problem(team.act("assign_manager", ann, bob, reports_to=blank), 422, "fields_wrong")
        problem(team.act("update_fields", ann, bob, title=blank), 422, "fields_wrong")
    assert team.look(boss)["reports_to"] is None
    assert team.act("assign_manager", ann, bob, reports_to=None).status_code == 200
    assert [team.look(user)["reports_to"] for user in (ann, bob)] == [None, None]


def test_fields_of_many_are_updated_whole_or_not(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Cost Center"}, {"name": "Level", "values": ["IC", "Lead"]}])
    team = Team(company)
    ann, bob = team.person("waiting", "ann"), team.person("active", "bob", region="EMEA")
    fields = {"title": "Chief", "region": None, "custom_fields": {"Cost Center": "0042", "Level": "lead"}}
    assert team.act("update_fields", ann, bob, **fields).status_code == 200
    for user in (team.look(ann), team.look(bob)):
        assert (user["title"], user["region"]) == ("Chief", None)
        assert user["custom_fields"] == {"Cost Center": "0042", "Level": "Lead"}, "as the list spells it"
    wrong: dict[str, Any] = {
        "title": "x" * 151,
        "functional_area": "Sailing",
        "custom_fields": {"Level": "Boss", "Nope": "1"},
    }
    said = problem(team.act("update_fields", ann, bob, **wrong), 422, "functional_area_unknown")
    assert sorted(error["code"] for error in said["errors"]) == [
        "custom_field_unknown_value",
        "custom_field_unknown_value",
        "functional_area_unknown",
        "too_long",
    ]
    assert Counter(item["user_id"] for item in said["items"]) == {ann["user_id"]: 4, bob["user_id"]: 4}
    problem(team.act("update_fields", ann, email=company.email("new")), 422, "fields_wrong")
    problem(team.act("update_fields", ann), 422, "fields_wrong")
    problem(team.act("update_fields", ann, team.person("inactive", "cem"), title="Clerk"), 409, "not_active")
    assert team.act("update_fields", ann, title="Chief").status_code == 200, "unchanged is fine"
    assert what(team.look(ann)) == ["invited", "changed"]
