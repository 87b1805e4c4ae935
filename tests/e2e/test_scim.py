"""SCIM as other teams' tools see it: python-scim's conformance checks and its command line, on the running product."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company
from tests.patience import PATIENCE

OFF_LISTS: dict[str, Any] = {"functional_areas": [], "regions": [], "purchased_licenses": 500}
"""The checks make values up: no list has them."""


class Addresses(list[str]):
    """Examples of a userName, each time a new one: what the checks make up is no address, and here it is to be one."""

    def __getitem__(self, _: Any) -> Any:
        return f"{uuid4().hex[:12]}@scim.example"


def token_of(company: Company) -> str:
    made = company.team.post("/api/v1/scim/tokens", json={"name": "Entra ID"})
    made.raise_for_status()
    return made.json()["token"]


def checked(company: Company) -> list[CheckResult]:
    """The results of all checks, none left out."""
    headers = {"Authorization": f"Bearer {token_of(company)}"}
    url = company.stack.url("licensing") + "/scim/v2"
    with httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE) as http:
        client = SyncSCIMClient(http)
        client.discover()
        for model in client.provider.models:
            field = model.model_fields.get("user_name")
            if field is not None:
                field.examples = Addresses(["x"])
        return check_server(client)


def test_every_check_of_scim2_tester_is_passed(new_company: NewCompany) -> None:
    company = new_company(**OFF_LISTS, custom_fields=[{"name": "Cost Center"}])
    results = checked(company)
    wrong = [f"{each.status.name} {each.title}: {each.reason}" for each in results if each.status != Status.SUCCESS]
    assert not wrong, "\n".join(wrong)
    assert len(results) > 40


def test_the_command_line_does_what_the_page_says(new_company: NewCompany, tmp_path: Path) -> None:
    company = new_company(**OFF_LISTS)
    known = {"SCIM_CLI_URL": company.stack.url("licensing") + "/scim/v2"}
    known["SCIM_CLI_HEADERS"] = f"Authorization: Bearer {token_of(company)}"
    scim = str(Path(sys.executable).with_name("scim"))

    def run(*words: str) -> str:
        done = subprocess.run([scim, *words], env={**os.environ, **known}, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    made = run("create", "user", "--user-name", company.email("bjensen"), "--active", "--name-given-name", "B",
               "--name-family-name", "Jensen")  # fmt: skip
    assert company.email("bjensen") in made
