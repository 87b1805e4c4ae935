"""What the platform says: companies, their settings and sizes, users that are there already."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, problem
from tests.e2e.team import Team


def put(team: Team, **changes: Any) -> httpx.Response:
    company = team.company
    return team.platform.put(f"/api/v1/companies/{company.id}", json=company.settings | changes)


def test_a_company_is_as_it_was_last_said(company: Company) -> None:
    team = Team(company)
    first, again = put(team, name="  Acme \n Ltd "), put(team, name="Acme Ltd")
    assert first.json() == again.json() and first.json()["name"] == "Acme Ltd"
    assert first.json()["company_id"] == company.id
    ann, bob = team.person("waiting", "ann", region="EMEA"), team.person("active", "bob")
    assert put(team, purchased_licenses=1).status_code == 200
    assert company.seats() == {
        "purchased": 1,
        "occupied": 3,
        "available": 0,
        "waiting": 1,
        "pending_transfer": 0,
        "active": 2,
        "inactive": 0,
        "methodologies": [],
    }
    problem(team.post(email=company.email("new")), 409, "licenses_exceeded")
    assert team.act("deactivate", bob).status_code == 200
    problem(team.act("reactivate", bob), 409, "licenses_exceeded")
    assert put(team, regions=["APAC"], custom_fields=[{"name": "Level", "required": True}]).status_code == 200
    assert team.look(ann)["region"] == "EMEA", "what somebody has stays"
    assert team.patch(ann, title="AE").status_code == 200
    problem(team.patch(ann, region="NAM"), 422, "region_unknown")
    for plan in ("free", "Plus", "pro"):
        assert put(team, plan=plan).status_code == 200
        for answer in (team.http.get("/api/v1/seats"), team.http.get("/api/v1/team"), team.post(email="a@b.example"),
                       team.act("resend", ann), team.patch(ann, title="x"), team.http.get("/api/v1/team/export.csv"),
                       team.http.get(f"/api/v1/team/{ann['user_id']}")):  # fmt: skip
            problem(answer, 403, "plan_required")
    assert put(team, plan="plus").status_code == 200 and team.look(ann)["title"] == "AE"


FIFTY = [{"name": f"Field {n}"} for n in range(50)]
ACCEPTED: list[dict[str, Any]] = [
    {"custom_fields": FIFTY},
    {"regions": [f"R{n}" for n in range(500)]},
    {"regions": ["x" * 100]},
    {"custom_fields": [{"name": "A", "values": [f"v{n}" for n in range(500)]}]},
    {"purchased_licenses": 0},
    {"sso_domains": ["MÜNCHEN.example", "@acme.example"]},
    {"custom_fields": [{"name": "Department"}]},
]
REFUSED: list[dict[str, Any]] = [
    {"custom_fields": [*FIFTY, {"name": "one more"}]}, {"regions": [f"R{n}" for n in range(501)]},
    {"regions": ["x" * 101]}, {"regions": [""]}, {"custom_fields": [{"name": "A", "values": ["x" * 101]}]},
    {"custom_fields": [{"name": "Cost Center"}, {"name": "cost-center"}]}, {"custom_fields": [{"name": "Email"}]},
    {"custom_fields": [{"name": "E-Mail "}]}, {"custom_fields": [{"name": "Errors"}]},
    {"custom_fields": [{"name": " "}]},
    {"purchased_licenses": -1}, {"purchased_licenses": "many"}, {"purchased_licenses": None}, {"name": ""},
    {"sso_domains": ["no domain"]}, {"retention_days": 0}, {"unknown": 1}, {"plan": ""}, {"name": "a\u202eb"},
]  # fmt: skip


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
def test_settings_up_to_the_limits(company: Company, changes: dict[str, Any]) -> None:
    answer = put(Team(company), **changes)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("changes", REFUSED, ids=str)
def test_settings_beyond_the_limits(company: Company, changes: dict[str, Any]) -> None:
    answer = put(Team(company), **changes)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json", answer.text


def test_users_that_are_there_already(company: Company, new_company: NewCompany) -> None:
    team, other = Team(company), new_company()
    url = f"/api/v1/companies/{company.id}/users/{company.email('ann')}"
    first = team.platform.put(url, json={"first_name": "Ann", "custom_fields": {}}).json()
    assert (first["status"], first["invitation"], first["invited_at"]) == ("active", None, None)
    assert team.platform.put(url).json() == first == team.platform.put(url.replace("ann@", "ANN@")).json()
    assert company.seats()["active"] == 2
    waiting = team.person("pending_transfer", "pia")
    link = team.token(waiting["email"])
    joined = team.platform.put(f"/api/v1/companies/{company.id}/users/{waiting['email']}").json()
    assert (joined["user_id"], joined["status"]) == (waiting["user_id"], "active") and company.seats()["occupied"] == 3
    problem(team.accept(link, "transfer"), 410, "used")
    assert team.act("deactivate", first).status_code == 200
    company.provision(purchased_licenses=2)
    problem(team.platform.put(url), 409, "licenses_exceeded")
    company.provision(purchased_licenses=3)
    assert team.platform.put(url).json()["user_id"] == first["user_id"]
    foreign = f"/api/v1/companies/{other.id}/users/{company.email('ann')}"
    problem(team.platform.put(foreign), 409, "email_in_other_company")
    problem(team.platform.put(f"/api/v1/companies/{uuid4()}/users/a@b.example"), 404, "not_found")
    assert team.platform.put(f"/api/v1/companies/{company.id}/users/nobody").status_code == 422
    assert team.platform.put("/api/v1/companies/no-id", json=company.settings).status_code in (404, 422)
    for call in (team.http.put(url), team.http.put(f"/api/v1/companies/{company.id}", json=company.settings)):
        problem(call, 403, "forbidden")
    problem(team.anybody.put(url), 401, "unauthorized")


def test_another_company_s_users_do_not_exist(company: Company, new_company: NewCompany) -> None:
    team, other = Team(company), Team(new_company())
    ann = team.person("waiting", "ann")
    url = f"/api/v1/team/{ann['user_id']}"
    problem(other.http.get(url), 404, "not_found")
    problem(other.patch(ann, title="x"), 404, "not_found")
    for action in ("resend", "cancel_invitation", "deactivate", "reactivate"):
        problem(other.act(action, ann), 404, "not_found")
    own = other.person("waiting", "own")
    problem(other.patch(own, reports_to=ann["email"]), 422, "reports_to_unknown")
    assert other.listed(reports_to=ann["user_id"]) == other.listed(q=ann["email"]) == []
    assert team.look(ann)["history"][-1]["what"] == "invited"
