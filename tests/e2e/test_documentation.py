"""What the documentation tells people to type is typed here, against the running product."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx

from deploy.devstack.ports import HeldPorts
from tests.patience import PATIENCE
from tests.stack import TestStack

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: str) -> list[str]:
    """The page's shell blocks."""
    return _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def test_provisioning_by_curl_is_as_the_operators_page_says(running: TestStack) -> None:
    provisioning = next(block for block in blocks("docs/operators.md") if "curl -X PUT" in block)
    company = str(uuid4())
    known = {
        "LICENSING": running.url("licensing"),
        "COMPANY": company,
        "PLATFORM_TOKEN": running.token(None, "platform@usher.example", platform=True),
    }
    # An address belongs to one company: the page's would meet another test's.
    script = provisioning.replace("first.admin@northwind.example", f"first.admin@c{company[:8]}.example")
    done = subprocess.run(
        ["bash", "-euc", script.replace("curl ", "curl --silent --show-error --fail-with-body ")],
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    token = running.token(company, f"first.admin@c{company[:8]}.example", "manage_users")
    headers = {"Authorization": f"Bearer {token}"}
    seats = httpx.get(f"{known['LICENSING']}/api/v1/seats", headers=headers, timeout=PATIENCE).json()
    assert (seats["purchased"], seats["occupied"]) == (25, 1)


def test_the_readme_s_first_command_runs_the_main_job_to_its_end(tmp_path: Path) -> None:
    assert blocks("README.md")[0] == "./usher demo\n"
    with HeldPorts.choose() as held:
        done = subprocess.run(
            [sys.executable, "-m", "deploy", "demo", "--once", "--data", tmp_path, "--ports", str(held.base)],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}"},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert "10 of 40 rows need a correction" in done.stdout and "Active, " in done.stdout
