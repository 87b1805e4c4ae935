"""The servers that Usher stands on, as programs of this machine: those of the images that the compose file names."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx
import psycopg

from deploy.local.options import Ports
from deploy.local.parts import ROOT
from deploy.local.postgres import Postgres, binaries
from tests.deploy.containers import tools
from tests.deploy.containers.program import Program

POSTGRES_PORT = 5432
_OFFSET = Ports(0).postgres


def answers(url: str, status: int = 200) -> Callable[[], bool]:
    """Whether a GET gives this status."""

    def ask() -> bool:
        try:
            return httpx.get(url, timeout=5, trust_env=False, verify=False).status_code == status
        except httpx.HTTPError:
            return False

    return ask


def kafka(settings: Mapping[str, str], cluster: str, folder: Path, scram: Sequence[str] = ()) -> Program:
    """A KRaft broker with these properties, but for its folder; `scram`: users, as kafka-storage takes them."""
    folder.mkdir(parents=True)
    file = folder / "server.properties"
    file.write_text("\n".join(f"{name}={value}" for name, value in {**settings, "log.dirs": folder / "log"}.items()))
    users = [part for one in scram for part in ("--add-scram", one)]
    formatted = ("kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", str(file), *users)
    subprocess.run(tools.java(*formatted), check=True, stdout=subprocess.DEVNULL)
    return Program("kafka", tools.java("kafka.Kafka", str(file)), folder / "kafka.log")


def postgres(
    folder: Path, settings: Mapping[str, str], access: str, before: Callable[[str | None], None] = lambda _: None
) -> Program:
    """A server on POSTGRES_PORT with these settings beside the development stack's; `access`: its pg_hba.conf; `before`
    is called with the system user that it runs as, where that is another."""
    command = Postgres(folder, Ports(POSTGRES_PORT - _OFFSET)).prepare()
    before(command.user)
    (folder / "postgres" / "pg_hba.conf").write_text(access)
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = folder / "postgres.log"
    program = Program("postgres", (*command.arguments, *given), log, os.environ, command.user, signal.SIGINT)

    def ready() -> bool:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{POSTGRES_PORT}/postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    program.until(ready)
    return program


def run_sql(file: Path) -> None:
    """As the image of PostgreSQL does it with what stands in its folder for a first start."""
    where = ("--host=127.0.0.1", f"--port={POSTGRES_PORT}", "--username=postgres", "--no-psqlrc")
    subprocess.run((str(binaries() / "psql"), *where, "--quiet", "-v", "ON_ERROR_STOP=1", f"--file={file}"), check=True)


def keycloak(version: str, arguments: Sequence[str], settings: Mapping[str, str], realm: Path, folder: Path) -> Program:
    """Keycloak in a folder of its own, with this realm to import."""
    shutil.copytree(tools.keycloak(version), folder, symlinks=True)
    (folder / "data" / "import").mkdir(parents=True)
    shutil.copy(realm, folder / "data" / "import" / realm.name)
    environment = {
        "PATH": os.environ["PATH"],
        "JAVA_HOME": str(tools.java_home()),
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
        **settings,
    }
    return Program("keycloak", ("bash", str(folder / "bin" / "kc.sh"), *arguments), folder / "log.txt", environment)


def objects(version: str, arguments: Sequence[str], settings: Mapping[str, str], folder: Path) -> Program:
    """The S3 gateway; its first folder is `folder`."""
    command = (str(tools.versitygw(version)), *(argument.replace("/data", str(folder)) for argument in arguments))
    return Program("objects", command, folder.with_suffix(".log"), {"PATH": os.environ["PATH"], **settings})


def mailbox(python: str, folder: Path, smtp: int, pages: int) -> Program:
    """The development stack's SMTP sink with its page."""
    command = (python, "-m", "deploy.local.mailbox", str(folder), str(smtp), str(pages))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}"}
    return Program("mailbox", command, folder / "mailbox.log", environment)


def eventually(holds: Callable[[], object], seconds: float = 600) -> None:
    """Waits until that is so, and says what it was at last where it never is."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"still {found!r} after {seconds} s"
        time.sleep(0.5)
