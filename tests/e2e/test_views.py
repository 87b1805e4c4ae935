"""Saved views of My Team over HTTP: an admin's own, what they share, the one they begin with."""

from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, problem
from tests.e2e.team import Team
from tests.patience import PATIENCE

PATH = "/api/v1/views"
WAITING = {
    "name": "Waiting in Sales",
    "search": "lee",
    "filters": {"status": ["waiting"], "custom.Level": ["IC"]},
    "sort": "-region",
    "group": "custom.Level",
    "columns": ["title", "custom.Level"],
}


def other_admin(company: Company) -> httpx.Client:
    token = company.stack.token(company.id, company.email("second"), "manage_users")
    return httpx.Client(
        base_url=company.stack.url("licensing"), headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    )


def named(client: httpx.Client) -> dict[str, Any]:
    return {view["name"]: view for view in client.get(PATH).raise_for_status().json()["items"]}


def body(view: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in ("id", "mine", "owner", "missing")} | other


def test_a_view_is_its_admins_until_they_share_it_and_others_begin_with_it(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level"}])
    company.active("second")
    mine, other = company.team, other_admin(company)
    made = mine.post(PATH, json=WAITING | {"default": True})
    assert made.status_code == 201 and made.headers["location"] == f"{PATH}/{made.json()['id']}"
    view = made.json()
    assert body(view) == WAITING | {"shared": False, "default": True} and view["mine"] and view["missing"] == []
    place = f"{PATH}/{view['id']}"
    assert named(other) == {}
    for answer in (other.put(place, json=WAITING), other.delete(place), mine.delete(f"{PATH}/{uuid4()}")):
        problem(answer, 404, "view_not_found")
    problem(mine.post(PATH, json=WAITING | {"name": "waiting IN sales"}), 409, "view_name_taken")

    mine.put(place, json=body(view, shared=True)).raise_for_status()
    seen = named(other)["Waiting in Sales"]
    assert (seen["mine"], seen["default"], seen["owner"]["email"]) == (False, False, company.admin)
    problem(other.put(place, json=body(seen, search="mine now")), 403, "not_your_view")
    problem(other.delete(place), 403, "not_your_view")
    assert other.put(place, json=body(seen, default=True)).json()["default"]
    # A copy is theirs, and each has one beginning.
    copied = other.post(PATH, json=WAITING | {"default": True}).json()
    assert [view["default"] for view in other.get(PATH).json()["items"] if view["id"] != copied["id"]] == [False]
    assert named(mine)["Waiting in Sales"]["default"]

    assert mine.delete(place).status_code == 204
    assert mine.delete(place).status_code == 404
    assert named(mine) == {} and list(named(other)) == ["Waiting in Sales"]


def test_a_view_outlives_the_field_that_it_names_and_is_cleared_away_after_its_admin(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level"}])
    company.active("second")
    other = other_admin(company)
    other.post(PATH, json=WAITING | {"shared": True}).raise_for_status()
    company.provision(custom_fields=[])
    view = named(company.team)["Waiting in Sales"]
    assert view["missing"] == ["custom.Level"] and view["filters"] == WAITING["filters"]
    problem(company.team.delete(f"{PATH}/{view['id']}"), 403, "not_your_view")
    Team(company).act("deactivate", company.user(company.email("second"))).raise_for_status()
    assert company.team.delete(f"{PATH}/{view['id']}").status_code == 204


def test_views_are_the_admins_alone_and_in_pages(new_company: NewCompany) -> None:
    company = new_company()
    for name in ("C", "a", "B"):
        company.team.post(PATH, json={"name": name}).raise_for_status()
    first = company.team.get(PATH, params={"limit": 2}).json()
    rest = company.team.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [view["name"] for view in (*first["items"], *rest["items"])] == ["a", "B", "C"]
    assert rest["next_cursor"] is None
    token = company.stack.token(company.id, company.admin)
    anybody = httpx.get(f"{company.stack.url('licensing')}{PATH}", headers={"Authorization": f"Bearer {token}"})
    problem(anybody, 403, "forbidden")
