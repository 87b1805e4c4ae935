"""The servers that Usher stands on, as programs of this machine: those of the images that the compose file names."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx
import psycopg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.checkout import ROOT
from deploy.devstack.postgres import binaries
from tests.deploy.containers import tools
from tests.deploy.containers.program import Program

_NOBODY = 65534
"""PostgreSQL refuses to be root's."""
SUPERUSER = "postgresql://postgres@127.0.0.1:5432/postgres"


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


def kafka_answers(bootstrap: str) -> bool:
    """Whether the broker says which cluster it is of."""

    async def ask() -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()

    return asyncio.run(ask())


def postgres(folder: Path, made_with: Sequence[str], access: str, tls: tuple[Path, Path] | None = None) -> Program:
    """A server on the usual port. made_with: options of initdb; access: its pg_hba.conf; tls: certificate and key."""
    programs, data = folder / "programs", folder / "data"
    shutil.copytree(tools.postgres(), programs)
    data.mkdir(mode=0o700)
    os.chown(data, _NOBODY, _NOBODY)
    start = (str(programs / "bin" / "initdb"), "-U", "postgres", *made_with, "-D", str(data))
    made = subprocess.run(start, cwd="/", user=_NOBODY, group=_NOBODY, extra_groups=[], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    (data / "pg_hba.conf").write_text(access)
    options = ["-c", "unix_socket_directories=", "-c", "fsync=off"]
    for name, source in zip(("ssl_cert_file", "ssl_key_file"), tls or (), strict=False):
        kept = data / source.name
        kept.write_bytes(source.read_bytes())
        os.chown(kept, _NOBODY, _NOBODY)
        kept.chmod(0o600)
        options += ["-c", f"{name}={kept}", "-c", "ssl=on"]
    command = (str(programs / "bin" / "postgres"), "-D", str(data), *options)
    return Program("postgres", command, folder / "postgres.log", user=_NOBODY, ends_with=signal.SIGINT)


def postgres_answers() -> bool:
    """Whether the server takes connections."""
    try:
        psycopg.connect(SUPERUSER, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def run_sql(file: Path) -> None:
    """As the image of PostgreSQL does it with what stands in its folder for a first start."""
    command = (str(binaries() / "psql"), SUPERUSER, "--no-psqlrc", "--quiet", f"--file={file}")
    subprocess.run(command, check=True)


def keycloak(version: str, arguments: Sequence[str], settings: Mapping[str, str], realm: Path, folder: Path) -> Program:
    """Keycloak in a folder of its own, with this realm to import."""
    shutil.copytree(tools.keycloak(version), folder, symlinks=True)
    (folder / "data" / "import").mkdir(parents=True)
    shutil.copy(realm, folder / "data" / "import" / realm.name)
    environment = {
        "PATH": os.environ["PATH"],
        "JAVA_HOME": str(tools.java_home()),
        "KC_RUN_IN_CONTAINER": "true",  # as its image says it: kc.sh becomes the server instead of starting it
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
    nobody = "2424"  # would take in what comes back
    command = (python, "-m", "deploy.devstack.mailbox", str(folder), str(smtp), str(pages), nobody)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}"}
    return Program("mailbox", command, folder / "mailbox.log", environment)


def eventually(holds: Callable[[], object], seconds: float = 600) -> None:
    """Waits until that is so, and says what it was at last where it never is."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"still {found!r} after {seconds} s"
        time.sleep(0.5)
