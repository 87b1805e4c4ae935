"""Clients that generators make of all OpenAPI documents get what is there: a batch, users, files, webhooks."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.outside import Company, Review
from tests.interop.tools import GO, HERE, go, in_go, in_node, in_python, node, python, run
from tests.stack import TestStack

SERVICES = ("upload", "licensing", "notification")


@pytest.fixture(scope="module")
def documents(running: TestStack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the services say of themselves."""
    folder = tmp_path_factory.mktemp("documents")
    for service in SERVICES:
        said = httpx.get(f"{running.url(service)}/openapi.json").raise_for_status()
        (folder / f"{service}.json").write_bytes(said.content)
    return folder


@pytest.fixture(scope="module")
def expected(running: TestStack, company: Company, erroneous: Review) -> dict[str, Any]:
    """What an admin's program gets without a generated client."""
    headers = {"Authorization": f"Bearer {running.token(company.id, company.admin, 'manage_users')}"}
    url = f"{running.url('notification')}/api/v1/webhooks"
    httpx.post(url, json={"url": "http://127.0.0.1:9/"}, headers=headers).raise_for_status()
    rows = erroneous.page()["items"]
    export = company.team.get("/api/v1/team/export.csv").raise_for_status().content
    original = company.http.get(f"{erroneous.url}/original.xlsx").raise_for_status().content
    return {
        "status": "needs_correction",
        "rows": [[row["row"], row["outcome"], [each["code"] for each in row["errors"]]] for row in rows],
        "team": [user["email"] for user in company.team.get("/api/v1/team").raise_for_status().json()["items"]],
        "original": sha256(original).hexdigest(),
        "export": sha256(export).hexdigest(),
        "webhooks": [each["url"] for each in httpx.get(url, headers=headers).raise_for_status().json()["items"]],
    }


def by_openapi_python_client(documents: Path, *told: str) -> str:
    generator = (python(), "-m", "openapi_python_client", "generate", "--meta", "none", "--overwrite")
    ruff = {"PATH": f"{python().parent}:/usr/bin:/bin"}  # it formats what it has made
    for service in SERVICES:
        source, made = documents / f"{service}.json", documents / service
        config = HERE / "python" / "config.yaml"
        said = run(*generator, "--config", config, "--path", source, "--output-path", made, more=ruff)
        assert "Warning" not in said, said
    return in_python("call", *told, path=[documents])


def by_openapi_typescript(documents: Path, *told: str) -> str:
    for service in SERVICES:
        command = ("node", "node_modules/openapi-typescript/bin/cli.js", documents / f"{service}.json")
        run(*command, "-o", f"{service}.d.ts", folder=node())
    run("node", "node_modules/typescript/bin/tsc", "-p", ".", folder=node())
    return in_node("call.js", *told)


def by_oapi_codegen(documents: Path, *told: str) -> str:
    for service in SERVICES:
        source, made = documents / f"{service}.json", go() / service / "client.go"
        made.parent.mkdir(exist_ok=True)
        command = ("go", "tool", "oapi-codegen", "-generate", "types,client", "-package", service, "-o", made, source)
        run(*command, folder=go(), more=GO)
    return in_go("call", *told)


@pytest.mark.parametrize("generated", [by_openapi_python_client, by_openapi_typescript, by_oapi_codegen])
def test_a_generated_client_gets_what_is_there(
    running: TestStack,
    company: Company,
    documents: Path,
    erroneous: Review,
    expected: dict[str, Any],
    generated: Callable[..., str],
) -> None:
    assert [bool(codes) for _, _, codes in expected["rows"]] == [False, True, True], "the batch has errors to tell"
    token = running.token(company.id, company.admin, "manage_users")
    said = generated(documents, *map(running.url, SERVICES), token, erroneous.id)
    assert json.loads(said) == expected
