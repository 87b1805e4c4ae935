"""A machine within this one: root, processes, mounts, network and control groups of its own, all gone when it stops.

What runs in it can change nothing of this machine's network, mounts or kernel settings.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from tests.deploy.containers.program import Program
from tests.deploy.pods.machine_root import machine_root

ADDRESS = "198.18.0.1"
"""Of a machine with a network of its own."""
_SCRIPT = Path(__file__).with_name("machine.sh")
_GROUPS = Path("/sys/fs/cgroup")
_PATH = "/opt/programs:/usr/sbin:/usr/bin:/sbin:/bin"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, sched.h


@dataclass
class Machine:
    """One that runs. `folder`: what it has on the disk; `programs` and `images` in it are /opt's of the machine."""

    folder: Path
    pid: int
    group: str
    running: dict[str, Program] = field(default_factory=dict[str, Program])

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def images(self) -> Path:
        return self.folder / "images"

    def file(self, path: str, text: str) -> None:
        """Writes a file of the machine's."""
        there = Path(f"/proc/{self.pid}/root{path}")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)

    def run(self, *command: str, seconds: float = 1800) -> str:
        """Runs a command to its end and returns what it wrote. Its failure is an AssertionError with its own words."""
        done = subprocess.run(
            self._inside(command, {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds
        )
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def start(self, name: str, *command: str, environment: Mapping[str, str] | None = None) -> Program:
        """Starts a program that goes on, under a name by which it can be stopped and started again."""
        program = Program(name, self._inside(command, environment or {}), self.folder / f"{name}.log")
        self.running[name] = program
        return program

    def stop(self, name: str) -> None:
        """Tells a program to end and waits for it. What it had started goes on."""
        program = self.running.pop(name)
        children = psutil.Process(program.process.pid).children()
        for child in children:
            child.terminate()
        psutil.wait_procs(children, timeout=60)
        program.process.wait(60)

    def _inside(self, command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        told = [f"{name}={value}" for name, value in {"PATH": _PATH, "HOME": "/root", **environment}.items()]
        enter = ("nsenter", f"--target={self.pid}", "--all", "--root", "--wdns=/", "/usr/bin/env", "-i", *told)
        return [*_joining(self.group), *enter, *command]

    @contextmanager
    def network(self) -> Generator[None]:
        """This thread, and what it starts from here on, is in the machine's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        with ExitStack() as opened:
            ours = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            opened.callback(os.close, ours)
            theirs = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
            opened.callback(os.close, theirs)
            _check(libc.setns(theirs, _NEW_NETWORK))
            try:
                yield
            finally:
                _check(libc.setns(ours, _NEW_NETWORK))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: the machine's network takes root on Linux")


@contextmanager
def started(
    network: Literal["own", "shared"], containers: Path | None = None, mounts: Mapping[str, Path] | None = None
) -> Generator[Machine]:
    """A machine, until the end of the block. containers: where it keeps podman's and buildah's images beyond that.
    mounts: what of this machine can be read in it, by its paths there."""
    root = machine_root()
    folder = Path(tempfile.mkdtemp(prefix="usher-machine-", dir="/var/tmp"))
    group = folder.name
    try:
        for name in ("upper", "work", "disk", "programs", "images"):
            (folder / name).mkdir()
        (folder / "root").symlink_to(root)
        if containers:
            containers.mkdir(parents=True, exist_ok=True)
            (folder / "disk" / "containers").symlink_to(containers)
        _make_groups(group)
        spaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", *(["--net"] if network == "own" else [])]
        seen = [str(part) for pair in (mounts or {}).items() for part in pair]
        begin = ("unshare", *spaces, "--fork", "--kill-child=KILL", str(_SCRIPT), str(folder), network, *seen)
        first = Program("machine", (*_joining(group), *begin), folder / "machine.log")
        try:
            first.until(lambda: _is_up(first), "up")
            yield Machine(folder, psutil.Process(first.process.pid).children()[0].pid, group)
        finally:
            first.process.send_signal(signal.SIGKILL)  # its child, the machine's process 1, is killed with it
            first.process.wait(60)
    finally:
        _remove_groups(group)
        shutil.rmtree(folder, ignore_errors=True)


def _is_up(first: Program) -> bool:
    """Whether its process 1 is at its last line."""
    with suppress(IndexError, psutil.NoSuchProcess):
        return psutil.Process(first.process.pid).children()[0].name() == "tini"
    return False


def _hierarchies() -> list[Path]:
    """Where we are in every tree of control groups: one for each controller in version 1, one in version 2."""
    found: list[Path] = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        where = _GROUPS / controllers.removeprefix("name=") / path.lstrip("/")
        if controllers or (_GROUPS / "cgroup.controllers").exists():
            found.append(where)
    return found


def _joining(group: str) -> tuple[str, ...]:
    """What a command begins with that belongs to these groups."""
    files = " ".join(str(where / group / "cgroup.procs") for where in _hierarchies())
    return ("/bin/sh", "-ec", f'for group in {files}; do echo $$ >"$group"; done; exec "$@"', "sh")


def _make_groups(name: str) -> None:
    for where in _hierarchies():
        (where / name).mkdir()
        for file in ("cpuset.cpus", "cpuset.mems"):  # of a new group they are empty, and nothing may run in it
            if (where / file).exists() and (where / name / file).exists():
                (where / name / file).write_text((where / file).read_text())


def _remove_groups(name: str) -> None:
    """Once all that ran in them has ended, which takes the kernel a moment."""
    end = time.monotonic() + 30
    for where in _hierarchies():
        for folder, _, _ in sorted(os.walk(where / name), reverse=True):
            while time.monotonic() < end:
                try:
                    Path(folder).rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.1)
