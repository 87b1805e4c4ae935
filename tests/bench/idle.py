"""What a stack takes that has nothing to do: `[SECONDS]`.

Each of its processes with what it has started, when nobody has asked anything for a while: seconds of processor by
those that went by, and memory, where what processes have in common is shared out among them.
"""

import time
from collections.abc import Callable, Iterator
from statistics import median

import psutil

from deploy.operate.services import SERVICES
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan, at_most
from tests.bench.main_job import ours
from tests.bench.stages import seconds_used
from tests.stack import TestStack

SETTLING = 20.0
"""Seconds until what a start and a batch have left behind is done."""


def measure(plan: Plan) -> Iterator[Figure]:
    """As many times after each other as what is cheap."""
    seconds, settling = plan.size(60, 1), 0.0 if plan.smoke else SETTLING
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        time.sleep(settling)
        runs = [shares(stack, seconds) for _ in range(plan.times)]
        memory, resident = by_part(stack, proportional), by_part(stack, whole)
    together = [sum(run.values()) for run in runs]
    parts = {name: round(median(run[name] for run in runs), 2) for name in memory}
    yield Figure("idle stack: processor", "% of a core", together, goal=at_most(5, "% of a core"), about=parts)
    parts = {name: round(megabytes) for name, megabytes in memory.items()}
    about = {**parts, "with_common_pages_counted_in_each": round(sum(resident.values()))}
    yield Figure("idle stack: memory", "MB", [sum(memory.values())], goal=at_most(1200, "MB"), about=about)


def shares(stack: TestStack, seconds: float) -> dict[str, float]:
    """Percent of a core that each part took in the next so many seconds."""
    before, began = by_part(stack, seconds_used), time.monotonic()
    time.sleep(seconds)
    after, passed = by_part(stack, seconds_used), time.monotonic() - began
    return {name: 100 * (after[name] - before[name]) / passed for name in before}


def by_part(stack: TestStack, of: Callable[[int], float]) -> dict[str, float]:
    """What this says of each part's process."""
    return {name: of(pid) for name, pid in stack.stack.pids.items()}


def proportional(pid: int) -> float:
    """Megabytes that a process and all that it has started have resident, their share of common pages."""
    return sum(process.memory_full_info().pss for process in _tree(pid)) / 1e6


def whole(pid: int) -> float:
    """The same with common pages counted in each."""
    return sum(process.memory_info().rss for process in _tree(pid)) / 1e6


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]
