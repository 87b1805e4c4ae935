"""Runs a built image as an engine would: its own root, read-only, without rights, with what it is given alone."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.deploy.containers.dockerfile import Image
from tests.deploy.containers.program import Program

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
"""What the OCI runtime specification has in /dev, and engines beside it."""


@dataclass(frozen=True)
class Containers:
    """What containers of one image have in common. `hosts`: a file of names; `mounts`: outside paths by inside ones."""

    image: Image
    hosts: Path
    logs: Path
    mounts: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def start(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        mounts: Mapping[str, Path] | None = None,
    ) -> "Container":
        """Starts one: its entrypoint with these arguments."""
        command = [*self.image.entrypoint, *(arguments or self.image.command)]
        return Container(name, self, command, environment, {**self.mounts, **(mounts or {})})

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], **options: Mapping[str, Path]) -> str:
        """Runs one to its end and returns what it said; its failure fails the test."""
        one = self.start(f"run-{arguments[0]}-{time.monotonic_ns()}", arguments, environment, **options)
        assert one.program.finish() == 0, one.program.said()
        return one.program.said()

    def inside(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Runs any command of the image without its entrypoint; its code and what it said."""
        one = Container(f"inside-{time.monotonic_ns()}", self, command, environment or {}, self.mounts)
        return one.program.finish(), one.program.said()


class Container:
    """One that runs. No capability, no new privilege, process 1 of its own; /tmp is all that can be written to."""

    def __init__(
        self,
        name: str,
        kind: Containers,
        command: Sequence[str],
        environment: Mapping[str, str],
        mounts: Mapping[str, Path],
    ) -> None:
        image, root = kind.image, kind.image.root
        user, _, group = image.user.partition(":")
        told = [f"{key}={value}" for key, value in {**image.environment, **environment}.items()]
        nobody = ("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--clear-groups")
        inner = (
            *("chroot", str(root), "/usr/bin/env", "-i", "-C", image.folder, *told),
            *("/usr/bin/setpriv", f"--reuid={user}", f"--regid={group or user}", *nobody, "--", *command),
        )
        script = "\n".join([*_mounting(root, {"/etc/hosts": kind.hosts, **mounts}), f"exec {shlex.join(inner)}"])
        isolated = ("/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "/bin/sh", "-ec", script)
        self.program = Program(name, isolated, kind.logs / f"{name}.log", {"PATH": os.environ["PATH"]})

    def stop(self, told: signal.Signals = signal.SIGTERM) -> int:
        """Tells its process 1 to end, as an engine does, and returns its code. A second time says the same again."""
        if (code := self.program.process.poll()) is not None:
            return code
        for child in psutil.Process(self.program.process.pid).children():
            child.send_signal(told)
        try:
            return self.program.process.wait(60)
        except subprocess.TimeoutExpired:
            self.program.stop()
            raise


def _mounting(root: Path, mounts: Mapping[str, Path]) -> list[str]:
    """Shell lines that lay the root out; they hold in the container's own mount namespace alone."""
    lines = [f"mount --bind {root} {root}"]
    for inside, outside in mounts.items():
        make = "mkdir -p" if outside.is_dir() else "touch"
        lines += [f"{make} {root}{inside}", f"mount --bind {outside} {root}{inside}"]
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {root}/dev"]
    for device in _DEVICES:
        lines += [f"touch {root}/dev/{device}", f"mount --bind /dev/{device} {root}/dev/{device}"]
    for name, target in _LINKS.items():
        lines += [f"ln -s {target} {root}/dev/{name}"]
    lines += [f"mkdir {root}/dev/shm", f"mount -t tmpfs tmpfs {root}/dev/shm"]
    lines += [f"mount -o remount,bind,ro {root}", f"mount -t proc proc {root}/proc"]
    return [*lines, f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp"]
