"""The most memory that a service and its sandbox had resident, as the kernel counts it."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

LOOKS = 0.05
"""Seconds between two looks: a sandboxed run that is shorter may be missed, and is small."""
_SANDBOX = b"shared.sandbox.server"


@dataclass
class HighWater:
    """Megabytes by service, its sandbox's server included; and of the largest single sandboxed run."""

    services: dict[str, float] = field(default_factory=dict[str, float])
    sandbox: float = 0.0


@contextmanager
def watched(services: Mapping[str, int]) -> Generator[HighWater]:
    """From here until the block's end, for the processes of these services by their ids. Linux only."""
    seen, ended = HighWater(), Event()
    for pid in services.values():
        for each in (pid, *_servers(pid)):
            Path(f"/proc/{each}/clear_refs").write_text("5")  # begin anew with what it has now
    watching = Thread(target=_watch, args=(services, seen, ended), daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        ended.set()
        watching.join()


def _watch(services: Mapping[str, int], seen: HighWater, ended: Event) -> None:
    while not ended.wait(LOOKS):
        _look(services, seen)
    _look(services, seen)


def _look(services: Mapping[str, int], seen: HighWater) -> None:
    for name, pid in services.items():
        servers = _servers(pid)
        whole = sum(_most(each) for each in (pid, *servers))
        seen.services[name] = max(seen.services.get(name, 0.0), whole)
        for run in (child for server in servers for child in _children(server)):
            seen.sandbox = max(seen.sandbox, _most(run))


def _servers(pid: int) -> list[int]:
    return [child for child in _children(pid) if _SANDBOX in _read(child, "cmdline")]


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_bytes().split()]
    return []


def _most(pid: int) -> float:
    """Megabytes; 0 of a process that has ended meanwhile."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _read(pid: int, what: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes()
    return b""
