"""One user in a form: inviting, editing, another address, and what a link is worth then."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, eventually, mails, problem
from tests.e2e.team import Team, what


def test_an_invitation_shows_up_everywhere(company: Company) -> None:
    team = Team(company)
    answer = team.post(
        email=company.email("Ann"), title=" AE ", region="emea", reports_to=company.admin, custom_fields={}
    )
    assert answer.status_code == 201
    ann = answer.json()
    assert answer.headers["Location"] == f"/api/v1/team/{ann['user_id']}"
    assert (ann["status"], ann["title"], ann["region"], ann["reports_to"]) == ("waiting", "AE", "EMEA", company.admin)
    eventually(lambda: team.look(ann)["invitation"]["state"] == "sent", "the mail was sent")
    assert company.seats()["waiting"] == 1
    offer = team.offer(team.token(ann["email"])).json()
    assert {name: offer[name] for name in ("email", "first_name", "last_name", "transfer")} == {
        "email": ann["email"],
        "first_name": "Ada",
        "last_name": "Moss",
        "transfer": None,
    }


def test_every_reason_not_to_invite(new_company: NewCompany) -> None:
    other = new_company()
    company = new_company(
        sso_domains=[],
        custom_fields=[{"name": "Level", "required": True, "values": ["IC", "Lead"]}],
        purchased_licenses=6,
    )
    team, free = Team(company), company.email("free")
    level = {"custom_fields": {"Level": "IC"}}
    taken, gone = team.person("waiting", "ann", **level), team.person("inactive", "gone", **level)
    foreign = Team(other).person("active", "cyd")
    cases: dict[str, dict[str, Any]] = {
        "user_exists": {"email": taken["email"].upper()},
        "email_required": {"email": " "},
        "email_invalid": {"email": "not an address"},
        "email_in_other_company": {"email": foreign["email"]},
        "user_inactive": {"email": gone["email"]},
        "first_name_required": {"email": free, "first_name": "\u200b "},
        "last_name_required": {"email": free, "last_name": None},
        "functional_area_required": {"email": free, "functional_area": ""},
        "functional_area_unknown": {"email": free, "functional_area": "Salse"},
        "region_unknown": {"email": free, "region": "Mars"},
        "reports_to_invalid": {"email": free, "reports_to": "@"},
        "reports_to_unknown": {"email": free, "reports_to": company.email("nobody")},
        "reports_to_self": {"email": free, "reports_to": free},
        "reports_to_inactive": {"email": free, "reports_to": gone["email"]},
        "too_long": {"email": free, "first_name": "x" * 101},
        "illegal_characters": {"email": free, "last_name": "a\u202eb"},
        "custom_field_required": {"email": free, "custom_fields": {}},
        "custom_field_unknown_value": {"email": free, "custom_fields": {"Level": "Boss"}},
    }
    for code, fields in cases.items():
        said = problem(team.post(**(level | fields)), 409 if code == "user_exists" else 422, code)
        assert code == "user_exists" or [error["code"] for error in said["errors"]] == [code]
    near = problem(team.post(email=free, functional_area="Salse", **level), 422, "functional_area_unknown")
    assert near["errors"][0]["suggestion"] == "Sales"
    at_once = problem(team.post(email="", first_name="", region="Mars", **level), 422, "email_required")
    assert {error["code"] for error in at_once["errors"]} == {
        "email_required",
        "first_name_required",
        "region_unknown",
    }
    company.provision(sso_domains=["acme.example"])
    problem(team.post(email=free, **level), 422, "email_not_sso_domain")
    company.provision(sso_domains=[], purchased_licenses=2)
    problem(team.post(email=free, **level), 409, "licenses_exceeded")
    assert company.seats()["occupied"] == 2


def test_what_is_no_form_is_told_so_and_never_a_fault_of_ours(company: Company) -> None:
    team = Team(company)
    ann = team.person("waiting", "ann")
    for body in (b"", b"{", b"[]", b'"x"', b'{"email": 5}', b'{"unknown": 1}', b'{"custom_fields": []}', b"\xff\xfe"):
        for method, url in (
            ("POST", "/api/v1/team"),
            ("PATCH", f"/api/v1/team/{ann['user_id']}"),
            ("POST", "/api/v1/team/actions"),
        ):
            answer = team.http.request(method, url, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 422, (url, body, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    for text in ("a\x00b", "\ud800", "x" * 100_000, "=1+1\x07"):
        raw = f'{{"email": "{company.email("x")}", "title": {_json_text(text)}}}'.encode()
        answer = team.http.post("/api/v1/team", content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code in (413, 422), (text[:9], answer.text[:200])
    for query in ({"q": "a\x00b"}, {"reports_to": "\x00"}, {"functional_area": "\x00"}, {"cursor": "x\x00"},
                  {"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"sort": "\x00"}, {"status": "\x00"}):  # fmt: skip
        answer = team.http.get("/api/v1/team", params=query)
        assert answer.status_code in (200, 422), (query, answer.text)


def _json_text(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'


def test_editing_one_user(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Cost Center", "required": True}])
    team = Team(company)
    ann = team.person("active", "ann", title="AE", custom_fields={"Cost Center": "7"})
    now = team.patch(ann, first_name="Anna", title=None, region="apac", reports_to=company.admin).json()
    assert (now["first_name"], now["title"], now["region"], now["reports_to"]) == ("Anna", None, "APAC", company.admin)
    assert now["custom_fields"] == {"Cost Center": "7"}, "what is left out stays"
    entry = team.look(ann)["history"][-1]
    assert (entry["what"], entry["by"]["email"]) == ("changed", company.admin)
    assert [(c["field"], c["from"], c["to"]) for c in entry["changes"]] == [
        ("first_name", "Ann", "Anna"),
        ("title", "AE", None),
        ("region", None, "APAC"),
        ("reports_to", None, company.admin),
    ]
    for fields, code in (
        ({"first_name": ""}, "first_name_required"),
        ({"last_name": None}, "last_name_required"),
        ({"custom_fields": {"Cost Center": None}}, "custom_field_required"),
        ({"email": None}, "email_required"),
        ({"custom_fields": {"Cost Center": "x" * 501}}, "too_long"),
    ):
        problem(team.patch(ann, **fields), 422, code)
    problem(team.patch(ann, email=company.email("new")), 409, "email_fixed")
    assert team.patch(ann, email=ann["email"].upper(), title="X").json()["title"] == "X", "the same address"
    problem(team.patch({"user_id": str(uuid4())}, title="x"), 404, "not_found")
    problem(team.patch({"user_id": "nobody"}, title="x"), 404, "not_found")


def test_another_address_while_waiting(company: Company, new_company: NewCompany) -> None:
    team, other = Team(company), new_company()
    ann, bob = team.person("waiting", "ann"), team.person("waiting", "bob")
    gone, foreign = team.person("inactive", "gone"), Team(other).person("waiting", "cyd")
    old = team.token(ann["email"])
    for email, status, code in (
        (bob["email"], 409, "user_exists"),
        (gone["email"], 422, "user_inactive"),
        ("x", 422, "email_invalid"),
        (foreign["email"], 422, "email_in_other_company"),
    ):
        problem(team.patch(ann, email=email), status, code)
    assert team.offer(old).status_code == 200
    team.plan(company.email("new"), "connect")
    now = team.patch(ann, email=company.email("new"), title="AE").json()
    assert (now["user_id"], now["email"], now["status"]) == (ann["user_id"], company.email("new"), "pending_transfer")
    problem(team.accept(old), 410, "superseded")
    token = team.token(company.email("new"))
    assert team.offer(token).json()["transfer"] == {"plan": "connect"}
    assert len(mails(company.stack, ann["email"])) == 1, "the old address hears nothing more"
    back = team.patch(ann, email=company.email("plain")).json()
    assert back["status"] == "waiting"
    problem(team.offer(token), 410, "superseded")
    assert team.accept(team.token(company.email("plain"))).status_code == 200
    changed = [c for entry in team.look(ann)["history"] for c in entry["changes"] if c["field"] == "email"]
    assert [(c["from"], c["to"]) for c in changed] == [
        (ann["email"], company.email("new")),
        (company.email("new"), company.email("plain")),
    ]
    assert Team(other).post(email=ann["email"]).status_code == 201, "the old address is free"


def test_plans_that_begin_and_end_before_between_and_after(company: Company) -> None:
    team = Team(company)
    ann, pia = team.person("waiting", "ann"), team.person("pending_transfer", "pia")
    first, second = team.token(ann["email"]), team.token(pia["email"])
    assert team.offer(second).json()["transfer"] == {"plan": "pro"}
    problem(team.accept(second), 422, "records_required")
    team.plan(ann["email"], "connect")
    assert team.look(ann)["status"] == "pending_transfer"
    assert team.offer(first).json()["transfer"] == {"plan": "connect"}
    problem(team.accept(first), 409, "records_required")
    team.plan(pia["email"], None)
    assert team.look(pia)["status"] == "waiting"
    assert team.accept(second, "transfer").status_code == 200, "a choice about what is gone is no obstacle"
    assert team.accept(first, "start_fresh").status_code == 200
    assert team.look(ann)["history"][-1]["records"] == "start_fresh"
    assert team.look(pia)["history"][-1]["records"] is None
    team.plan(ann["email"], None)
    team.plan(pia["email"], "pro")
    assert [team.look(user)["status"] for user in (ann, pia)] == ["active", "active"]
    assert what(team.look(pia)) == ["invited", "transfer_withdrawn", "activated"]
    for bad in ({"plan": "gold"}, {}, {"plan": None}):
        url = f"/api/v1/individual-plans/{pia['email']}"
        assert team.platform.put(url, json=bad).status_code == 422
    problem(team.platform.put("/api/v1/individual-plans/nobody", json={"plan": "pro"}), 422, "email_invalid")
    problem(team.http.put(f"/api/v1/individual-plans/{pia['email']}", json={"plan": "pro"}), 403, "forbidden")


def patiently(call: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, after the waits that made-up links are asked for: all tests here come from one address."""
    while (answer := call()).status_code == 429:
        time.sleep(float(answer.headers["retry-after"]))
    return answer


def test_links_that_are_not_ours(company: Company) -> None:
    team = Team(company)
    ann = team.person("waiting", "ann")
    token = team.token(ann["email"])
    for wrong in (f"{token}x", token[:-1], token[1:], str(uuid4()), "..", "%00", "a" * 5000):
        assert patiently(lambda link=wrong: team.offer(link)).status_code in (404, 414), wrong
        assert patiently(lambda link=wrong: team.accept(link)).status_code in (404, 405, 414), wrong
    assert team.anybody.post(f"/api/v1/invitations/{token}/accept", json={"records": "burn"}).status_code == 422
    assert team.accept(token, "transfer").status_code == 200
