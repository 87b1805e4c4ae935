"""A small batch while another company's large one is processed, the slowest of 200; and how long that takes: `[LARGE]`.

The large one is measured alone first. Beside it a small one of 20 rows begins every so many seconds that 200 fit, each
a company of its own, whether those before it are done or not: so that what is slow hides nothing that comes after it.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from threading import Event
from time import perf_counter

from deploy.operate.services import SERVICES
from tests.bench.admin import Admin, Times, whole_job
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan, at_most
from tests.bench.main_job import ours
from tests.bench.trees import Running
from tests.bench.workbooks import people

SMALL = 20
COUNT = 200
"""Small batches beside the large one."""
REVIEW, COMPLETED = 2.0, 5.0
"""Seconds that the slowest may take, to the review and from the confirmation to the end."""
LONGER = 1.1
LOOKS = 0.1
"""Seconds between two looks of a small one's admin: looking more often would be a load of its own."""
_AT_ONCE = 50


@dataclass(frozen=True)
class Seen:
    """The small ones' times, and the large one's alone and beside them."""

    small: list[Times]
    alone: Times
    large: Times

    @property
    def longer(self) -> float:
        """So many times as long as alone the large one took."""
        return (self.large.review + self.large.completed) / (self.alone.review + self.alone.completed)


def beside(stack: Running, rows: int, count: int) -> Seen:
    """On a stack that is warm."""
    alone = ours(stack, rows)
    every = (alone.review + alone.completed) / count
    large = Admin(stack, rows)
    book = people(large.domain, rows)
    small: list[Future[Times]] = []
    ended = Event()

    def whole() -> Times:
        try:
            return whole_job(large, book)
        finally:
            ended.set()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = pool.submit(whole)
        begun = perf_counter()
        while not ended.wait(max(0.0, begun + len(small) * every - perf_counter())):
            small.append(pool.submit(ours, stack, SMALL, LOOKS))
        return Seen([one.result() for one in small], alone, running.result())


def figures(rows: int, found: list[Seen]) -> Iterator[Figure]:
    """Of all runs the slowest counts, not the median."""
    small = [each for seen in found for each in seen.small]
    for what, seconds, most in (
        ("upload to ready_for_review", [each.review for each in small], REVIEW),
        ("confirm to completed", [each.completed for each in small], COMPLETED),
    ):
        about = {"of": len(seconds), "median_s": round(median(seconds), 3)}
        name = f"{SMALL} rows beside {rows:,}: {what}, the slowest"
        yield Figure(name, "s", [max(seconds)], goal=at_most(most, "s"), about=about)
    alone = Beside("alone", [each.alone.review + each.alone.completed for each in found])
    longer = Goal(f"≤ {LONGER} times its time alone", LONGER * alone.value)
    taken = [each.large.review + each.large.completed for each in found]
    yield Figure(f"{rows:,} rows beside small ones: upload to completed", "s", taken, goal=longer, beside=alone)


def measure(plan: Plan) -> Iterator[Figure]:
    """Once."""
    rows = plan.size(100_000, 500)
    with bench_stack(SERVICES) as stack:
        ours(stack, SMALL)
        found = beside(stack, rows, 5 if plan.smoke else COUNT)
    yield from figures(rows, [found])
