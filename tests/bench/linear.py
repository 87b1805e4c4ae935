"""Cost grows with the rows, no faster: 100,000 rows against 10,000, to the review and to the end: `[ROWS]`.

The larger number is ten times the smaller one, which can be given. What is large is measured once (of fifteen runs
three times).
"""

from collections.abc import Iterator

from deploy.operate.services import SERVICES
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.main_job import ours

TIMES, MOST = 10, 11
"""So many times the rows may take so many times as long."""


def measure(plan: Plan) -> Iterator[Figure]:
    """The small ones first: the log grows by what is measured."""
    rows = plan.size(10_000, 50)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        small = [ours(stack, rows) for _ in range(plan.times)]
        large = [ours(stack, TIMES * rows) for _ in range(plan.times_dear)]
    for what, of_small, of_large in (
        ("upload to ready_for_review", [t.review for t in small], [t.review for t in large]),
        ("confirm to My Team and Kafka", [t.everywhere for t in small], [t.everywhere for t in large]),
        ("confirm to completed", [t.completed for t in small], [t.completed for t in large]),
    ):
        base = Beside(f"{rows:,} rows", of_small)
        goal = Goal(f"≤ {MOST} times {rows:,} rows", MOST * base.value)
        yield Figure(f"{TIMES * rows:,} rows: {what}", "s", of_large, goal=goal, beside=base)
