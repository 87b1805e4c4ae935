"""Who gets in, and what the same request said twice comes to, at the running services."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Review, mails, problem
from tests.patience import PATIENCE
from tests.stack import TestStack


def test_the_door_comes_before_the_body_and_the_body_before_the_batch(
    running: TestStack, company: Company, new_company: NewCompany
) -> None:
    theirs = new_company().rows(company.person("ada"))
    url = f"{running.url('upload')}/api/v1/batches/{theirs.id}/confirm"
    nobody = running.token(company.id, company.email("bo"))

    def ask(token: str | None) -> httpx.Response:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.post(url, content=b'{"review": ', headers=headers, timeout=PATIENCE)

    problem(ask(None), 401, "unauthorized")
    problem(ask(nobody), 403, "forbidden")
    problem(ask(running.token(company.id, company.admin, "manage_users")), 422, "request_not_understood")
    problem(company.http.post(url, json={"review": 1}), 404, "not_found")


@pytest.mark.parametrize("path", ["", "/rows", "/annotated.xlsx", "/original.xlsx", "/events"])
def test_another_companys_batch_is_not_there(company: Company, new_company: NewCompany, path: str) -> None:
    theirs = new_company().rows(company.person("ada"))
    problem(company.http.get(f"{theirs.url}{path}"), 404, "not_found")


def test_another_companys_user_is_not_there(company: Company, new_company: NewCompany) -> None:
    other = new_company()
    user = other.user(other.invite("ada"))["user_id"]
    problem(company.team.get(f"/api/v1/team/{user}"), 404, "not_found")
    problem(company.team.patch(f"/api/v1/team/{user}", json={"title": "Mine"}), 404, "not_found")
    acted = company.team.post("/api/v1/team/actions", json={"action": "cancel_invitation", "user_ids": [user]})
    problem(acted, 404, "not_found")
    assert other.user(other.email("ada"))["status"] == "waiting"


def confirmed(review: Review, key: str, seen: int = 1) -> httpx.Response:
    return said(review, "confirm", key, json={"review": seen})


def said(review: Review, what: str, key: str, **more: Any) -> httpx.Response:
    return review.company.http.post(f"{review.url}/{what}", headers={"Idempotency-Key": key}, **more)


def test_a_confirmation_said_again_with_its_key_answers_with_the_batch_as_it_is(company: Company) -> None:
    review, key = company.rows(company.person("ada")), uuid4().hex
    first = confirmed(review, key)
    assert first.status_code == 202
    review.wait("completed")
    again = confirmed(review, key)
    assert (again.status_code, again.json()["status"]) == (202, "completed"), "its first status, the batch as it is"
    problem(confirmed(review, key, seen=2), 422, "idempotency_key_reused")


@pytest.mark.parametrize("what", ["cancel", "revalidate"])
def test_an_action_on_a_batch_is_done_once_for_each_key(company: Company, what: str) -> None:
    review, key = company.rows(company.person("ada")), uuid4().hex
    first = said(review, what, key)
    assert first.is_success
    again = said(review, what, key)
    assert (again.status_code, again.json()["id"]) == (first.status_code, str(review.id))


def test_a_refused_call_is_not_kept_under_its_key(new_company: NewCompany) -> None:
    company, key = new_company(purchased_licenses=1), uuid4().hex
    body = {"email": company.email("ada"), "first_name": "Ada", "last_name": "Moss", "functional_area": "Sales"}

    def invite() -> httpx.Response:
        return company.team.post("/api/v1/team", json=body, headers={"Idempotency-Key": key})

    problem(invite(), 409, "licenses_exceeded")
    company.provision(purchased_licenses=2)
    first = invite()
    assert first.status_code == 201
    assert (invite().status_code, invite().json()) == (201, first.json())


def test_an_action_in_my_team_is_done_once_for_each_key(company: Company) -> None:
    user = company.user(company.active("ada"))["user_id"]

    def act(key: str, action: str) -> httpx.Response:
        return company.team.post(
            "/api/v1/team/actions", json={"action": action, "user_ids": [user]}, headers={"Idempotency-Key": key}
        )

    first = act("one", "deactivate")
    assert first.status_code == 200
    assert act("one", "deactivate").json() == first.json()
    problem(act("two", "deactivate"), 409, "not_active")
    problem(act("one", "reactivate"), 422, "idempotency_key_reused")


def test_a_stream_ends_with_its_access_token(running: TestStack, company: Company) -> None:
    review = company.rows(company.person("ada"))
    token = running.token(company.id, company.admin, "manage_users", expires_in=10)
    url, headers = f"{running.url('upload')}{review.url}/events", {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", url, headers=headers, timeout=PATIENCE) as stream:
        said = [line for line in stream.iter_lines() if line.startswith("event:")]
    assert said == ["event: batch"], "the present state, and then the end"


def visitor(url: str, address: str) -> httpx.Client:
    """Somebody at an address of this machine: limits count each by itself."""
    return httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=address), timeout=PATIENCE)


def test_made_up_links_are_limited_and_good_ones_are_not_kept_waiting(
    running: TestStack, company: Company, link_of: Callable[[str], str]
) -> None:
    company.rows(company.person("ada")).confirm()
    link = link_of(company.email("ada"))
    head = httpx.head(link, timeout=PATIENCE)
    assert (head.status_code, head.content) == (200, b""), "so do some mail programs ask"
    token = link.rpartition("/")[2]
    with visitor(f"{running.url('licensing')}/api/v1/invitations", "127.0.0.5") as guesser:
        refused = guess_until(guesser, 429)
        problem(refused, 429, "too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
        assert guesser.get(f"/{token}").status_code == 200


def guess_until(guesser: httpx.Client, status: int) -> httpx.Response:
    """The first answer with this status to a made-up link; what comes before is that there is none such, or that a
    busy machine did not find out in time. A limit's bucket fills up again meanwhile: a slow one has to try more often.
    """
    for _ in range(500):
        answer = guesser.get(f"/{uuid4().hex}")
        if answer.status_code == status:
            return answer
        assert answer.status_code in (404, 503), answer.text
    raise AssertionError(f"never answered {status}")


def test_a_guesser_at_the_join_page_keeps_no_other_visitor_waiting(running: TestStack) -> None:
    """Upload asks licensing for both; licensing counts whom upload answers."""
    join = f"{running.url('upload')}/join"
    with visitor(join, "127.0.0.3") as guesser, visitor(join, "127.0.0.4") as other:
        guess_until(guesser, 429)
        guess_until(other, 404)


def test_no_stranger_names_our_requests_and_traces(running: TestStack) -> None:
    theirs = {"X-Request-Id": "theirs-1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    for service in ("upload", "licensing"):
        headers = httpx.get(f"{running.url(service)}/livez", headers=theirs, timeout=PATIENCE).headers
        assert headers["x-request-id"] != "theirs-1"
        assert "a" * 32 not in headers["traceparent"]


@pytest.fixture
def link_of(running: TestStack) -> Callable[[str], str]:
    """The personal link in the mail that somebody gets."""

    def found(email: str) -> str:
        return next(word for word in mails(running, email)[0]["text"].split() if "/join/" in word)

    return found


def test_services_sign_in_to_postgres_as_roles_that_own_nothing(running: TestStack) -> None:
    with psycopg.connect(running.admin_url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT datname, usename FROM pg_stat_activity WHERE application_name LIKE 'usher%'"
        ).fetchall()
    assert {row for row in rows if row[0] in ("upload", "licensing", "validation", "notification")} == {
        (name, f"{name}_service") for name in ("upload", "licensing", "validation", "notification")
    }


@pytest.mark.parametrize("service", ["upload", "licensing", "validation", "notification"])
def test_every_answer_to_a_program_says_how_it_may_be_used(running: TestStack, service: str) -> None:
    headers = httpx.get(f"{running.url(service)}/livez", timeout=PATIENCE).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers, "there is no TLS in development"
    assert "server" not in headers
