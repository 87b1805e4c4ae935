"""The start of each service, and of `./usher dev`, warm: from the process' start until it is ready.

Warm: the data is there from an earlier start, the files are in the system's cache, and modules are compiled: where
the machine tells Python not to keep what it has compiled (PYTHONDONTWRITEBYTECODE), that is not passed on.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx

from deploy.checkout import ROOT
from deploy.devstack import parts
from deploy.devstack.ports import HeldPorts
from deploy.operate.schema import migrate
from deploy.operate.services import SERVICES
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan, at_most
from tests.bench.waiting import wait_until
from tests.stack import TestStack

LONGEST = 90.0
"""Seconds after which something has not started."""


def service(stack: TestStack, name: str) -> float:
    """Seconds until a service's `/readyz` says so."""
    local = stack.stack
    environment = {**local.service_environment(), "USHER_DATABASE_URL": local.service_database(name)}
    port = local.options.ports.service(name)
    command = parts.service(name, 1, port, environment)
    with _process(*command.arguments, environment=dict(command.environment)) as begun:
        return wait_until(lambda: _answers(f"{parts.http(port)}/readyz"), LONGEST) - begun


def dev(data: Path, base: int) -> float:
    """Seconds until `./usher dev` has written where everything is: then all of it is ready."""
    command = (str(ROOT / "usher"), "dev", "--data", str(data), "--ports", str(base))
    with _process(*command) as begun:
        return wait_until((data / "endpoints.json").exists, LONGEST) - begun


@contextmanager
def _process(*command: str, environment: dict[str, str] | None = None) -> Generator[float]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = perf_counter()
    started = subprocess.Popen(
        command,
        env={**inherited, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield begun
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def measure(plan: Plan) -> Iterator[Figure]:
    """Each is started once unmeasured."""
    with bench_stack() as stack:
        for name in SERVICES:
            migrate(name, stack.stack.database_url(name))
            service(stack, name)
            found = [service(stack, name) for _ in range(plan.times)]
            yield Figure(f"start of {name}", "s", found, goal=at_most(2, "s"))
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder, HeldPorts.choose() as held:
        dev(Path(folder), held.base)
        found = [dev(Path(folder), held.base) for _ in range(plan.times)]
    yield Figure("start of ./usher dev, warm", "s", found, goal=at_most(10, "s"))
