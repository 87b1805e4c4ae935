"""Behind a real PgBouncer no service starts, and each says why; by what PgBouncer breaks, this is right."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.checkout import ROOT
from deploy.devstack.options import HOST, Ports
from deploy.devstack.ports import HeldPorts
from deploy.devstack.postgres import Postgres, create_databases, system_user
from deploy.operate.services import SERVICES

_IGNORED = (
    "lock_timeout, idle_in_transaction_session_timeout, statement_timeout, tcp_keepalives_idle, "
    "tcp_keepalives_interval, tcp_keepalives_count, usher.company_id"
)
"""Startup parameters that PgBouncer refuses unless it is told to drop them."""


@contextmanager
def _running(command: tuple[str, ...], user: str | None, folder: Path, log: Path) -> Generator[None]:
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=folder, user=user, group=user, extra_groups=[] if user else None, stdout=file, stderr=file
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def _until_answers(postgres: Postgres) -> None:
    end = time.monotonic() + 120
    while not asyncio.run(postgres.ready()):
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Path]]:
    """A database server alone, and a folder that its user may read."""
    folder = tmp_path_factory.mktemp("pgbouncer")
    with HeldPorts.choose() as held:
        postgres = Postgres(folder, Ports(held.base))
        command = postgres.prepare()
        with _running(command.arguments, command.user, Path("/"), folder / "postgres.log"):
            _until_answers(postgres)
            asyncio.run(create_databases(postgres.admin_url))
            yield postgres, folder


@pytest.mark.parametrize(("mode", "ignored"), [("transaction", ""), ("transaction", _IGNORED), ("session", _IGNORED)])
@pytest.mark.parametrize("service", SERVICES)
def test_no_service_starts_behind_a_pooler(
    server: tuple[Postgres, Path], service: str, mode: str, ignored: str
) -> None:
    postgres, folder = server
    pgbouncer = shutil.which("pgbouncer")
    assert pgbouncer, "There is no pgbouncer on this machine. Install the system's package of that name."
    port = postgres.node.port + 1
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={HOST} port={postgres.node.port}\n[pgbouncer]\nlisten_addr={HOST}\n"
        f"listen_port={port}\nunix_socket_dir=\nauth_type=trust\nauth_file={folder / 'users'}\npool_mode={mode}\n"
        f"ignore_startup_parameters={ignored}\n"
    )
    (folder / "users").write_text(f'"{service}_service" ""\n')
    user = system_user()
    with _running((pgbouncer, str(settings)), user, Path("/"), folder / "pgbouncer.log"):
        time.sleep(1)
        done = _started(service, f"postgresql://{service}_service@{HOST}:{port}/{service}")
    assert done.returncode == 2, done.stdout + done.stderr + (folder / "pgbouncer.log").read_text()
    assert done.stderr.startswith("USHER_DATABASE_URL: there is a connection pooler"), done.stderr
    assert "Traceback" not in done.stderr


def _started(service: str, url: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}",
        "USHER_DATABASE_URL": url,
        "USHER_PORT": "0",
    }
    command = (sys.executable, "-m", f"services.{service}")
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
