"""What a stack's processes have used of the processor, as the kernel counts it (/proc/*/stat)."""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from tests.bench.trees import ProgramStack

Parts = Mapping[str, float]
"""By part of the stack."""

_QUIET = 0.05
"""A core's share above the idle one at which a stack is at rest again."""
_SIDE = ("mailbox", "issuer")


def used(stack: ProgramStack) -> Parts:
    """Seconds by part so far, each with its children, those that have ended too; `rest` is what watches over them."""
    named = {each["pid"]: name for name, each in stack.endpoints.items() if each.get("pid")}
    root = psutil.Process(stack.pid)
    found = defaultdict[str, float](float, rest=_seconds(root))
    for child in root.children():
        line = child.cmdline()
        part = named.get(child.pid) or next((name for name in _SIDE if f"deploy.{name}" in _modules(line)), "rest")
        found[part] += _whole(child)
    return found


def _modules(line: list[str]) -> str:
    """`deploy.mailbox` of `python -m deploy.devstack.mailbox …`, whatever the tree calls the folder between."""
    return " ".join(f"{each.split('.')[0]}.{each.split('.')[-1]}" for each in line if each.startswith("deploy."))


def _whole(process: psutil.Process) -> float:
    return sum(_seconds(each) for each in (process, *process.children(recursive=True)))


def _seconds(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:4])  # its own, and that of children that it has waited for
    except psutil.NoSuchProcess:
        return 0.0


@dataclass(frozen=True)
class Idle:
    """Shares of a core by part, of a stack at rest."""

    shares: Parts

    @property
    def share(self) -> float:
        return sum(self.shares.values())

    def less(self, seconds: Parts, over: float) -> Parts:
        """What was used beyond it in so many seconds."""
        return {part: value - self.shares[part] * over for part, value in seconds.items()}


def idle(stack: ProgramStack, seconds: float) -> Idle:
    """Looks for so long at a stack that nobody asks anything."""
    before, begun = used(stack), time.monotonic()
    time.sleep(seconds)
    taken, over = spent(before, used(stack)), time.monotonic() - begun
    return Idle({part: value / over for part, value in taken.items()})


def settle(stack: ProgramStack, at_rest: float, most: float = 60) -> None:
    """Until it takes no more than at rest for two seconds on end, or for so long."""
    end, quiet = time.monotonic() + most, 0
    while quiet < 2 and time.monotonic() < end:
        quiet = quiet + 1 if idle(stack, 1).share <= at_rest + _QUIET else 0


def megabytes(stack: ProgramStack) -> float:
    """What all its processes have resident, of common pages each its share."""
    root = psutil.Process(stack.pid)
    return sum(each.memory_full_info().pss for each in (root, *root.children(recursive=True))) / 1e6


def spent(before: Parts, after: Parts) -> Parts:
    """Seconds by part from one reading to the other."""
    return {part: after[part] - before[part] for part in after}
