"""Time over rows, from 1,000 to 150,000: `[ROWS…]`; with --plots FOLDER as rows.svg."""

from collections import defaultdict
from collections.abc import Iterator

from deploy.operate.services import SERVICES
from tests.bench import peer
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan
from tests.bench.main_job import ours

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 150_000)
OFTEN = 10_000
"""Up to so many rows each size is measured as often as is wanted, above that as what is dear."""


def measure(plan: Plan) -> Iterator[Figure]:
    """The small ones first, on one stack."""
    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        for rows in plan.values or ((50, 100) if plan.smoke else SIZES):
            found = [ours(stack, rows) for _ in range(plan.times if rows <= OFTEN else plan.times_dear)]
            for what, runs in (
                ("upload to ready_for_review", [t.review for t in found]),
                ("confirm to My Team and Kafka", [t.everywhere for t in found]),
                ("confirm to completed, mails and all", [t.completed for t in found]),
            ):
                figure = Figure(f"{rows:,} rows: {what}", "s", runs)
                curves[what].append((rows, figure.value))
                yield figure
    if plan.plots:
        peer.run("plot", "rows", str(plan.plots / "rows.svg"), given=curves)
