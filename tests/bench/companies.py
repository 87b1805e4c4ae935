"""200 companies with 50 rows each at once: all complete; rows a second beside one batch of as many: `[COMPANIES]`.

From the first upload until the last batch is completed, each confirmed as soon as its review is there.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import psycopg

from deploy.operate.services import SERVICES
from tests.bench.admin import Admin
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.main_job import ours
from tests.bench.waiting import wait_until
from tests.bench.workbooks import people
from tests.stack import TestStack

ROWS = 50
AT_ONCE = 16
"""Calls that are under way at the same time."""
LOOKS = 0.05
"""Seconds between two looks at all batches: asked of the database, since 200 admins asking HTTP would be a load."""
SHARE = 0.5


def rate(stack: TestStack, companies: int, rows: int) -> float:
    """Rows a second, of so many companies with so many rows."""
    admins = [Admin(stack, rows) for _ in range(companies)]
    books = [people(admin.domain, rows) for admin in admins]
    with (
        ThreadPoolExecutor(AT_ONCE) as pool,
        psycopg.connect(stack.stack.database_url("upload"), autocommit=True) as connection,
    ):
        begun = perf_counter()
        uploads = {pool.submit(admin.uploads, book): admin for admin, book in zip(admins, books, strict=True)}
        confirmed: set[str] = set()

        def all_completed() -> bool:
            batches = {upload.result(): admin for upload, admin in uploads.items() if upload.done()}
            ready = _in(connection, "ready_for_review", batches) - confirmed
            confirmed.update(ready)
            for confirming in [pool.submit(batches[batch].confirms, batch) for batch in ready]:
                confirming.result()
            return len(_in(connection, "completed", batches)) == companies

        seconds = wait_until(all_completed, 3600, LOOKS) - begun
    for admin in admins:
        admin.close()
    return companies * rows / seconds


def _in(connection: psycopg.Connection, status: str, batches: dict[str, Admin]) -> set[str]:
    sql = "SELECT id::text FROM batches WHERE status = %s AND id = ANY (%s::uuid[])"
    rows: Sequence[tuple[str]] = connection.execute(sql, (status, list(batches))).fetchall()
    return {batch for (batch,) in rows}


def measure(plan: Plan) -> Iterator[Figure]:
    """In turns."""
    companies = plan.size(200, 5)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        pairs = [(rate(stack, companies, ROWS), rate(stack, 1, companies * ROWS)) for _ in range(plan.times)]
    one = Beside(f"one batch of {companies * ROWS:,}", [alone for _, alone in pairs])
    goal = Goal("≥ half of one batch", SHARE * one.value)
    found = [many for many, _ in pairs]
    yield Figure(f"{companies} companies × {ROWS} rows at once, to completed", "rows/s", found, "high", goal, one)
