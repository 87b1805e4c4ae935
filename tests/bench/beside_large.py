"""A small batch while another company's large one is processed, beside its time on an idle system: `[LARGE]`.

20 rows again and again, each a company of its own, from the large batch's upload until its last mail is recorded. Each
of them counts: the median and the slowest are both held to the goal.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from deploy.operate.services import SERVICES
from tests.bench.admin import Admin, Times, whole_job
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.ground import ground
from tests.bench.main_job import ours
from tests.bench.workbooks import people
from tests.stack import TestStack

SMALL = 20
TIMES, GRACE = 3, 15.0
"""To the review so many times as long as on an idle system; to the end so many seconds more than that."""


def beside(stack: TestStack, rows: int) -> list[Times]:
    """The small ones' times, while the large one goes from upload to completed."""
    large = Admin(stack, rows)
    book = people(large.domain, rows)
    with ThreadPoolExecutor(1) as side:
        running = side.submit(whole_job, large, book)
        found = [ours(stack, SMALL)]
        while not running.done():
            found.append(ours(stack, SMALL))
        running.result()
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """Idle first."""
    rows = plan.size(100_000, 500)
    with ground(SERVICES) as stack:
        ours(stack, SMALL)
        idle = [ours(stack, SMALL) for _ in range(max(5, plan.times))]
        found = beside(stack, rows)
    for what, of_idle, of_busy, grace in (
        ("upload to ready_for_review", [t.review for t in idle], [t.review for t in found], 0.0),
        ("confirm to completed", [t.completed for t in idle], [t.completed for t in found], GRACE),
    ):
        base = Beside("idle", of_idle)
        goal = Goal(f"≤ {TIMES} times idle{f' and {grace:g} s' if grace else ''}", TIMES * base.value + grace)
        name = f"{SMALL} rows beside {rows:,}: {what}"
        yield Figure(name, "s", of_busy, goal=goal, beside=base)
        yield Figure(f"{name}, the slowest", "s", [max(of_busy)], goal=goal, beside=base)
