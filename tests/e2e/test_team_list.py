"""My Team as it is read: filtered, sorted, paged, grouped, as a hierarchy; by an admin and by a manager."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.http.pagination import encode_cursor
from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, eventually, problem
from tests.e2e.team import Team
from tests.patience import PATIENCE

FIELDS = [{"name": "Cost Center"}, {"name": "Level, grade", "values": ["IC", "Lead"]}]


@pytest.fixture(scope="module")
def people(running: Any) -> Team:
    """A company of nine: admin; boss over mid over low and leaf; others beside."""
    company = Company(running, custom_fields=FIELDS)
    team = Team(company)
    boss = team.person("active", "boss", last_name="Árnason", first_name="Bo", title="Boss_1", region="EMEA")
    mid = team.person("waiting", "mid", reports_to=boss["email"], functional_area="Finance")
    team.person("inactive", "leaf", reports_to=mid["email"], region="APAC")
    team.person("waiting", "low", reports_to=mid["email"], custom_fields={"Cost Center": "0042", "Level, grade": "IC"})
    for n in range(3):
        own = {"Level, grade": "Lead"} if n else {"Cost Center": "=1+1"}
        team.person("active", f"p{n}", last_name="Ortiz", title=f"AE {n}", reports_to=boss["email"], custom_fields=own)
    team.person("pending_transfer", "pia", region="APAC")
    return team


def count(team: Team, **query: Any) -> int:
    return team.http.get("/api/v1/team", params=query).raise_for_status().json()["total"]


def test_filtered_by_any_column_and_by_all_that_are_given(people: Team) -> None:
    company = people.company
    boss = company.user(company.email("boss"))
    assert people.emails(last_name="ortiz", sort="email") == ["p0", "p1", "p2"]
    assert people.emails(functional_area=" finance ") == ["mid"]
    assert people.emails(region=["emea", "APAC"], sort="email") == ["boss", "leaf", "pia"]
    assert people.emails(**{"custom.Cost Center": "0042"}) == ["low"]
    assert people.emails(**{"custom.Cost Center": "=1+1"}) == ["p0"]
    assert people.emails(**{"custom.Level, grade": "lead"}, sort="-email") == ["p2", "p1"]
    assert people.emails(email=company.email("BOSS"), title="boss_1", first_name="bo") == ["boss"]
    assert people.emails(user_id=[boss["user_id"], str(uuid4())]) == ["boss"]
    assert people.emails(q="árnason") == ["boss"] == people.emails(q="BOSS_")
    assert people.emails(q="%") == people.emails(q="_oss") == []
    assert people.emails(reports_to=boss["user_id"], status="active", sort="email") == ["p0", "p1", "p2"]
    assert people.emails(reports_to=boss["email"].upper(), status="waiting,pending_transfer") == ["mid"]
    assert people.emails(blank="reports_to", sort="email") == ["admin", "boss", "pia"]
    assert people.emails(blank="region,reports_to", sort="email") == ["admin"]
    assert people.emails(blank="custom.Level, grade,title,region", status="active") == ["admin"]
    assert people.emails(invited_days=1) == [] and people.emails(invited_days=0, sort="email") == ["low", "mid", "pia"]
    eventually(lambda: count(people, invitation="sent") == 3, "three mails")
    assert count(people, invitation="queued,failed,expired") == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "waiting,gone"}, "status_unknown"),
        ({"invitation": "lost"}, "invitation_unknown"),
        ({"blank": "salary"}, "field_unknown"),
        ({"custom.Nope": "1"}, "field_unknown"),
        ({"sort": "salary"}, "sort_unknown"),
        ({"sort": "custom.Nope"}, "sort_unknown"),
        ({"cursor": "x"}, "cursor_unknown"),
        ({"cursor": encode_cursor("email", "a", "no-id")}, "sort_other"),
    ],
)
def test_what_cannot_be_asked_is_said(people: Team, query: dict[str, str], code: str) -> None:
    expected = "cursor_unknown" if code == "sort_other" else code
    problem(people.http.get("/api/v1/team", params=query), 422, expected)


def test_hostile_questions_are_never_a_fault_of_ours(people: Team) -> None:
    usual = ("last_name,first_name,email",)
    nul = encode_cursor(*usual, "a\x00", "b", "c", str(uuid4()))
    problem(people.http.get("/api/v1/team", params={"cursor": nul}), 422, "illegal_characters")
    for values in (("a", "b", "c", "x"), (1, 2, 3, 4), ()):
        cursor = encode_cursor(*usual, *values)
        problem(people.http.get("/api/v1/team", params={"cursor": cursor}), 422, "cursor_unknown")
    for query in ({"q": "\x00"}, {"region": "a\x00"}, {"custom.Cost Center": "\x00"}, {"reports_to": "a\x00@x"},
                  {"email": "'; DROP TABLE users; --"}, {"by": "status\x00"}, {"of": "\x00"}):  # fmt: skip
        for url in ("/api/v1/team", "/api/v1/team/groups?by=status", "/api/v1/team/reports"):
            answer = people.http.get(url, params=query)
            assert answer.status_code in (200, 404, 422), (url, query, answer.text)


SORTS = (
    "", "email", "-email", "first_name,-last_name", "functional_area", "-title,region", "reports_to,-status",
    "invited_at", "-activated_at", "custom.Cost Center", "-custom.Level, grade,email",
)  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_pages_together_are_the_whole_list(people: Team, sort: str) -> None:
    whole = [user["user_id"] for user in people.listed(sort=sort)]
    assert len(set(whole)) == 9
    paged: list[str] = []
    cursor = ""
    for _ in range(5):
        page = people.http.get("/api/v1/team", params={"sort": sort, "limit": 2, "cursor": cursor}).json()
        assert page["total"] == 9
        paged += [user["user_id"] for user in page["items"]]
        cursor = page["next_cursor"]
    assert paged == whole and cursor is None


def groups(team: Team, by: str, **query: Any) -> list[tuple[str | None, int]]:
    answer = team.http.get("/api/v1/team/groups", params={"by": by, **query}).raise_for_status().json()
    assert answer["by"] == by and answer["total"] >= len(answer["items"])
    return [(group["value"], group["count"]) for group in answer["items"]]


def test_grouped_by_any_field_with_counts(people: Team) -> None:
    company = people.company
    boss, mid = company.email("boss"), company.email("mid")
    assert groups(people, "reports_to") == [(boss, 4), (None, 3), (mid, 2)]
    assert groups(people, "status") == [("active", 5), ("waiting", 2), ("inactive", 1), ("pending_transfer", 1)]
    assert groups(people, "region") == [(None, 6), ("APAC", 2), ("EMEA", 1)]
    assert groups(people, "custom.Level, grade") == [(None, 6), ("Lead", 2), ("IC", 1)]
    assert groups(people, "last_name", q="ortiz") == [("Ortiz", 3)]
    named = people.http.get("/api/v1/team/groups", params={"by": "reports_to"}).json()["items"][0]
    assert (named["name"], named["user_id"]) == ("Bo Árnason", company.user(boss)["user_id"])
    first = people.http.get("/api/v1/team/groups", params={"by": "region", "limit": 2}).json()
    rest = groups(people, "region", limit=2, cursor=first["next_cursor"])
    assert first["total"] == 3 and rest == [("EMEA", 1)]
    for value, number in groups(people, "region"):
        assert count(people, **({"region": value} if value else {"blank": "region"})) == number
    problem(people.http.get("/api/v1/team/groups", params={"by": "salary"}), 422, "group_unknown")
    other = {"by": "status", "cursor": first["next_cursor"]}
    problem(people.http.get("/api/v1/team/groups", params=other), 422, "cursor_unknown")
    assert people.http.get("/api/v1/team/groups").status_code == 422


def level(http: httpx.Client, **query: Any) -> list[tuple[str, int]]:
    items = http.get("/api/v1/team/reports", params={"sort": "email", **query}).raise_for_status().json()["items"]
    return [(user["email"].partition("@")[0], user["reports"]) for user in items]


def test_the_hierarchy_level_by_level(people: Team, new_company: NewCompany) -> None:
    company = people.company
    assert level(people.http) == [("admin", 0), ("boss", 4), ("pia", 0)]
    assert level(people.http, of=company.email("boss")) == [("mid", 2), ("p0", 0), ("p1", 0), ("p2", 0)]
    assert level(people.http, of=company.user(company.email("mid"))["user_id"]) == [("leaf", 0), ("low", 0)]
    assert level(people.http, of=company.email("low")) == []
    whole = people.http.get("/api/v1/team/reports", params={"sort": "email", "levels": 3}).raise_for_status().json()
    boss = whole["items"][1]
    below = {user["email"]: [one["email"].partition("@")[0] for one in user["below"]] for user in boss["below"]}
    assert len(below) == 4 and sorted(next(filter(None, below.values()))) == ["leaf", "low"]
    assert people.http.get("/api/v1/team/reports", params={"levels": 4}).status_code == 422
    foreign = Team(new_company()).person("active", "cyd")
    for nobody in (foreign["user_id"], foreign["email"], str(uuid4()), "nobody"):
        problem(people.http.get("/api/v1/team/reports", params={"of": nobody}), 404, "not_found")


def test_a_manager_sees_who_reports_up_to_them_and_nobody_else(people: Team) -> None:
    company = people.company

    def signed_in(local: str) -> httpx.Client:
        token = company.stack.token(company.id, company.email(local))
        return httpx.Client(
            base_url=company.stack.url("licensing"), headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
        )

    mid, boss, low = signed_in("mid"), signed_in("boss"), signed_in("low")
    seen = mid.get("/api/v1/team", params={"sort": "email"}).json()
    assert ([user["email"] for user in seen["items"]], seen["total"]) == (
        [company.email("leaf"), company.email("low")],
        2,
    )
    assert boss.get("/api/v1/team").json()["total"] == 6
    assert level(mid) == [("leaf", 0), ("low", 0)] and level(boss) == [("mid", 2), ("p0", 0), ("p1", 0), ("p2", 0)]
    assert level(boss, of=company.email("mid")) == [("leaf", 0), ("low", 0)]
    problem(mid.get("/api/v1/team/reports", params={"of": company.email("boss")}), 404, "not_found")
    by_status = boss.get("/api/v1/team/groups", params={"by": "status"}).json()["items"]
    assert {group["value"]: group["count"] for group in by_status} == {"active": 3, "waiting": 2, "inactive": 1}
    assert all(group[group["value"]] == group["count"] for group in by_status), "a group says its statuses"
    assert boss.get("/api/v1/team/groups", params={"by": "region", "limit": 1}).json()["users"] == 6
    for url in ("/api/v1/team", "/api/v1/team/groups?by=status", "/api/v1/team/reports"):
        problem(low.get(url), 403, "forbidden")
    user = company.user(company.email("low"))
    assert mid.get(f"/api/v1/team/{user['user_id']}").json()["email"] == user["email"]
    problem(mid.get(f"/api/v1/team/{company.user(company.email('p0'))['user_id']}"), 404, "not_found")
    for call in (
        mid.patch(f"/api/v1/team/{user['user_id']}", json={"title": "x"}),
        mid.post("/api/v1/team", json={}),
        mid.post("/api/v1/team/actions", json={"action": "resend", "user_ids": [user["user_id"]]}),
        mid.get("/api/v1/seats"),
    ):
        problem(call, 403, "forbidden")
