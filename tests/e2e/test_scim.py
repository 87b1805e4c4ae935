"""SCIM as other teams' tools see it: python-scim's conformance checks and its command line, on the running product."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from deploy.devstack.directory.sync import Sync
from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company
from tests.e2e.test_documentation import blocks
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
        user: Any = client.provider.model_for("User")
        user.model_fields["user_name"].examples = Addresses(["x"])
        return check_server(client)


def test_every_check_of_scim2_tester_is_passed(new_company: NewCompany) -> None:
    company = new_company(**OFF_LISTS, custom_fields=[{"name": "Cost Center"}])
    results = checked(company)
    wrong = [f"{each.status.name} {each.title}: {each.reason}" for each in results if each.status != Status.SUCCESS]
    assert not wrong, "\n".join(wrong)
    assert len(results) > 40


def test_the_page_s_commands_do_what_they_say(new_company: NewCompany, tmp_path: Path) -> None:
    company = new_company(**OFF_LISTS)
    known = {"LICENSING": company.stack.url("licensing"), "TOKEN": token_of(company)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    by_curl, by_command_line = blocks("docs/scim.md")
    script = by_curl.replace("curl ", "curl --silent --show-error --fail-with-body ") + by_command_line
    # An address belongs to one company: the page's would meet another test's.
    done = subprocess.run(
        ["bash", "-euc", script.replace("northwind.example", company.domain)],
        env={**os.environ, **known, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"active":false' in done.stdout and f"grace@{company.domain}" in done.stdout
    found = company.team.get("/api/v1/team", params={"q": "Grace"}).json()["items"]
    assert [each["status"] for each in found] == ["waiting"]


def test_the_development_stack_s_directory_syncs_and_finds_everybody_again(new_company: NewCompany) -> None:
    company = new_company(**OFF_LISTS)
    headers = {"Authorization": f"Bearer {token_of(company)}"}
    said: list[str] = []
    with httpx.Client(base_url=company.stack.url("licensing") + "/scim/v2", headers=headers, timeout=PATIENCE) as http:
        for _ in range(2):
            Sync(http, company.domain, said.append).everybody(4)
    assert said == ["4 of 4 people are provisioned."] * 2
    team = {each["email"]: each["reports_to"] for each in company.team.get("/api/v1/team").json()["items"]}
    assert len(team) == 5 and team[company.email("person4")] == company.email("person1")
