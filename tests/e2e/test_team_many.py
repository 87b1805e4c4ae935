"""Many at once: actions on all who are like this, resending by age, and many admins for the last licenses."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, mails, problem
from tests.e2e.team import Team, what


def act(team: Team, action: str, **body: Any) -> httpx.Response:
    return team.http.post("/api/v1/team/actions", json={"action": action, **body})


def test_resending_by_age_reaches_whom_it_can(company: Company) -> None:
    team = Team(company)
    people = {local: team.person("waiting", local, region="EMEA") for local in ("ann", "bob")}
    pia, apart = team.person("pending_transfer", "pia", region="EMEA"), team.person("waiting", "apart", region="APAC")
    team.person("active", "act", region="EMEA")
    assert act(team, "resend", filter={"invited_days": 7}).json() == {"items": []}
    assert team.act("resend", people["ann"]).status_code == 200
    done = act(team, "resend", filter={"invited_days": 0, "region": ["emea"]})
    assert {item["user_id"] for item in done.json()["items"]} == {people["bob"]["user_id"], pia["user_id"]}
    assert act(team, "resend", filter={"region": ["EMEA"]}).json() == {"items": []}, "all of them a moment ago"
    assert [what(team.look(user)) for user in (pia, apart)] == [["invited", "invitation_resent"], ["invited"]]
    assert len(mails(company.stack, pia["email"], 2)) == 2


def test_any_action_on_all_who_are_like_this_is_still_all_or_nothing(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Team"}])
    team = Team(company)
    ann = team.person("waiting", "ann", custom_fields={"Team": "A"})
    bob = team.person("active", "bob", custom_fields={"Team": "a"})
    like = {"custom_fields": {"Team": ["A"]}}
    said = problem(act(team, "deactivate", filter=like), 409, "not_active")
    assert [item["user_id"] for item in said["items"]] == [ann["user_id"]]
    assert act(team, "update_fields", filter=like, fields={"title": "Chief"}).status_code == 200
    assert team.emails(title="chief", sort="email") == ["ann", "bob"]
    assert act(team, "deactivate", filter=like | {"status": ["active"]}).json()["items"][0]["user_id"] == bob["user_id"]
    for body, code in (
        ({"filter": {"custom_fields": {"Nope": ["A"]}}}, "field_unknown"),
        ({"filter": {"status": ["x"]}}, "status_unknown"),
        ({"filter": {"blank": ["salary"]}}, "field_unknown"),
    ):
        problem(act(team, "resend", **body), 422, code)
    neither_nor: list[dict[str, Any]] = [
        {},
        {"filter": {}, "user_ids": [ann["user_id"]]},
        {"filter": {"unknown": 1}},
        {"user_ids": []},
    ]
    for body in neither_nor:
        assert act(team, "resend", **body).status_code == 422


def test_what_an_action_does_to_others_is_told_before_and_can_be_undone(company: Company) -> None:
    team = Team(company)
    boss = team.person("active", "boss")
    for local in ("ann", "bob"):
        team.person("active", local, reports_to=boss["email"])

    def effects(action: str) -> int:
        asked = {"action": action, "user_ids": [boss["user_id"]]}
        answer = team.http.post("/api/v1/team/actions/effects", json=asked)
        return answer.raise_for_status().json()["reports"]

    assert (effects("deactivate"), effects("reactivate"), effects("resend")) == (2, 0, 0)
    assert team.act("deactivate", boss).status_code == 200
    moved = team.look(company.user(company.email("ann")))["history"][-1]
    assert (moved["by"], moved["because"]["what"]) == (None, "manager_deactivated")
    assert moved["because"]["by"]["email"] == company.email("admin")
    assert (effects("deactivate"), effects("reactivate")) == (0, 2)
    assert act(team, "reactivate", user_ids=[boss["user_id"]], with_reports=True).status_code == 200
    assert team.emails(reports_to=boss["email"], sort="email") == ["ann", "bob"]
    nobody = team.http.post("/api/v1/team/actions/effects", json={"action": "deactivate", "user_ids": [str(uuid4())]})
    assert nobody.json() == {"reports": 0}


def test_twenty_admins_for_the_last_five_licenses(new_company: NewCompany) -> None:
    company = new_company(purchased_licenses=8)
    team = Team(company)
    gone = [team.person("inactive", f"gone{n}") for n in range(4)]
    cancelled = [team.person("waiting", f"w{n}") for n in range(2)]

    def one(n: int) -> str:
        if n < 4:
            answer = team.act("reactivate", gone[n])
        elif n < 6:
            answer = team.act("cancel_invitation", cancelled[n - 4])
        else:
            answer = team.post(email=company.email(f"new{n % 12}"))  # some of them want the same person
        return "done" if answer.is_success else answer.json()["code"]

    with ThreadPoolExecutor(20) as admins:
        said = Counter(admins.map(one, range(20)))
    assert set(said) <= {"done", "licenses_exceeded", "user_exists"}, said
    seats = company.seats()
    assert seats["occupied"] == seats["waiting"] + seats["active"] + seats["pending_transfer"] <= 8
    assert len(team.listed(status="waiting,active", limit=100)) == seats["occupied"]
    assert len({user["email"] for user in team.listed()}) == len(team.listed())
    assert seats["occupied"] == 8, "who wanted one of the last got it"
