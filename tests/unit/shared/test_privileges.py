"""A process that keeps to itself shows others of its user nothing; a child of the sandbox is no root."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

_LOOK = """
import os, sys
from shared.sandbox.privileges import drop_capabilities, keep_to_oneself
drop_capabilities()  # as a service that no root runs
if {hidden}:
    keep_to_oneself()
child = os.fork()
if child == 0:
    try:
        seen = b"SECRET" in open(f"/proc/{{os.getppid()}}/environ", "rb").read()
        os.write(1, b"seen" if seen else b"not there")
    except PermissionError:
        os.write(1, b"refused")
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.parametrize(("hidden", "told"), [(False, b"seen"), (True, b"refused")])
def test_a_child_can_not_read_its_parents_environment(hidden: bool, told: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK.format(hidden=hidden)],
        env={"SECRET": "a key", "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout == told


def test_a_service_keeps_to_itself_before_it_does_anything_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SERVICE],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout == b"0", "PR_GET_DUMPABLE as the composition root sees it"


@pytest.mark.parametrize(
    ("user", "environment", "ends"), [(0, "production", 2), (10001, "production", 0), (0, "development", 0)]
)
def test_no_service_runs_as_root_in_production(user: int, environment: str, ends: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.geteuid = lambda: {user}" + _SERVICE],
        env={
            "PYTHONPATH": os.pathsep.join(sys.path),
            "USHER_ENVIRONMENT": environment,
            "USHER_PUBLIC_URL": "https://usher.example",
            "USHER_OIDC_ISSUER": "https://issuer.example",
            "USHER_ERASURE_KEY": "e" * 32,
        },
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, b"does not run as root" in done.stderr) == (ends, ends == 2), done.stderr


_SERVICE = """
import ctypes, os
from shared.service import run
from shared.core.settings import ServiceSettings

def build(settings):
    os.write(1, str(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)).encode())
    os._exit(0)

run(build, ServiceSettings(log_level="error"), "test")
"""
