"""All OpenAPI documents against the running services: made-up calls are answered as declared, whoever makes them."""

import re
from collections.abc import Generator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company
from tests.patience import PATIENCE
from tests.stack import TestStack

SERVICES = ("upload", "licensing", "notification")
EXAMPLES = 12
"""Made-up calls for each operation and each caller: some 1,000 in all, some 20 seconds."""
library: Any = schemathesis  # it is typed in part
CHECKS = [
    library.checks.not_a_server_error,
    library.checks.status_code_conformance,
    library.checks.content_type_conformance,
    library.checks.response_headers_conformance,
    library.checks.response_schema_conformance,
]
QUICKLY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def operations(url: str) -> Generator[Any]:
    """All operations of a service, last those that take away what the others are asked about."""
    found = [each.ok() for each in library.openapi.from_url(f"{url}/openapi.json").get_all_operations()]
    yield from sorted(found, key=lambda operation: operation.method.upper() == "DELETE")


@pytest.fixture
def stocked(new_company: NewCompany) -> Company:
    """A company with a batch and some users, so that made-up calls find something."""
    company = new_company(purchased_licenses=30)
    company.invite("waiting")
    company.inactive("inactive")
    company.rows({"Email": company.email("new"), "First Name": "Nina"})
    return company


def known_ids(company: Company) -> dict[str, str]:
    """What may stand in a path and is there."""
    return {
        "batch_id": company.http.get("/api/v1/batches").json()["items"][0]["id"],
        "user_id": company.user(company.email("waiting"))["user_id"],
        "company_id": company.id,
        "email": company.email("someone"),
        **webhook_of(company),
    }


def webhook_of(company: Company) -> dict[str, str]:
    """A webhook that nobody answers for, and one delivery to it."""
    url = f"{company.stack.url('notification')}/api/v1/webhooks"
    headers = {"Authorization": f"Bearer {company.stack.token(company.id, company.admin, 'manage_users')}"}
    with httpx.Client(headers=headers, timeout=PATIENCE) as http:
        made = http.post(url, json={"url": "http://127.0.0.1:9/"}).raise_for_status().json()["id"]
        tried = http.post(f"{url}/{made}/test").raise_for_status().json()["id"]
    return {"webhook_id": made, "delivery_id": tried}


@pytest.mark.parametrize("caller", ["admin", "platform", "nobody"])
@pytest.mark.parametrize("service", SERVICES)
def test_made_up_calls_are_answered_as_declared(
    running: TestStack, stocked: Company, service: str, caller: str
) -> None:
    tokens = {
        "admin": running.token(stocked.id, stocked.admin, "manage_users"),
        "platform": running.token(None, "platform@usher.example", platform=True),
        "nobody": None,
    }
    known, seen = known_ids(stocked), set[int]()
    for operation in operations(running.url(service)):
        seen |= make_up(operation, tokens[caller], known)
    assert not seen & {500, 502, 503}
    assert seen & ({401} if caller == "nobody" else {200, 403})


def make_up(operation: Any, token: str | None, known: dict[str, str]) -> set[int]:
    """Some calls of the operation, half of them about what is there; the statuses of the answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    statuses = set[int]()
    live = operation.path.endswith("/events")
    if live and token and "{" not in operation.path:
        return statuses  # it streams what is there, without an end

    @QUICKLY
    @given(operation.as_strategy(), st.booleans())
    def call(case: Any, about_what_is_there: bool) -> None:
        if about_what_is_there and not live:  # a stream of what is there has no end
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
            if "user_ids" in str(case.body):
                case.body["user_ids"] = [known["user_id"]]
        # A token of its own making is what `nobody` is for.
        case.headers = {name: value for name, value in case.headers.items() if name.lower() != "authorization"}
        answer = case.call(headers=headers, timeout=PATIENCE)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)
        no_route = "\n" in "".join(map(str, case.path_parameters.values()))
        if token is None and operation.definition.raw.get("security") and not no_route:
            assert answer.status_code == 401

    call()
    return statuses


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_says_what_a_reader_needs(running: TestStack, service: str) -> None:
    document = httpx.get(f"{running.url(service)}/openapi.json", timeout=PATIENCE).json()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["description"]
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert re.fullmatch(r"[A-Z][^\n]{5,99}[^.\n]", operation["summary"]), where
            assert ("security" in operation) == ("/invitations/" not in path), where
            assert "default" not in operation["responses"], where
            for status, answer in operation["responses"].items():
                problem = "application/problem+json" in answer.get("content", {})
                assert problem == (int(status) >= 400), f"{where} {status}"
            for name in re.findall(r"schemas/(\w+)", str(operation.get("requestBody", ""))):
                assert document["components"]["schemas"][name]["examples"], f"{name} has no example"


@pytest.mark.parametrize("service", SERVICES)
def test_the_documentation_is_a_page_that_needs_nothing_else(running: TestStack, service: str) -> None:
    answer = httpx.get(f"{running.url(service)}/docs", timeout=PATIENCE)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?!/openapi\.json|#)', answer.text)
    for path in httpx.get(f"{running.url(service)}/openapi.json", timeout=PATIENCE).json()["paths"]:
        assert path in answer.text
