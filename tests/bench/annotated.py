"""Rows with 5 % errors: from the upload until the annotated copy can be downloaded: `[ROWS…]`."""

import io
from collections.abc import Iterator
from time import perf_counter

import openpyxl

from deploy.operate.services import SERVICES
from tests.bench.admin import REVIEWED, Admin
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan, at_most
from tests.bench.main_job import ours
from tests.bench.trees import Running
from tests.bench.workbooks import people

ERRORS = 0.05
GOALS = {10_000: 2.0, 100_000: 8.0}
"""Seconds by rows."""


def annotated(stack: Running, rows: int) -> float:
    """Seconds; the copy is looked at afterwards."""
    admin = Admin(stack, rows)
    book = people(admin.domain, rows, ERRORS)
    begun = perf_counter()
    batch = admin.uploads(book)
    reviewed = admin.wait(batch, REVIEWED)
    copy = admin.upload.get(f"/api/v1/batches/{batch}/annotated.xlsx").raise_for_status().content
    state = admin.batch(batch)
    admin.close()
    assert state["status"] == "needs_correction" and state["counts"]["error"] == rows * ERRORS, state
    assert _marked(copy) == rows * ERRORS
    return reviewed - begun


def _marked(copy: bytes) -> int:
    """How many rows the copy's last column, Errors, says something about."""
    sheet = openpyxl.load_workbook(io.BytesIO(copy), read_only=True).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    at = head.index("Errors")
    return sum(len(row) > at and bool(row[at]) for row in rows)


def measure(plan: Plan) -> Iterator[Figure]:
    """Each file is another company's."""
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        for rows in plan.values or ((200,) if plan.smoke else GOALS):
            goal = at_most(GOALS[rows], "s") if rows in GOALS else None
            found = [annotated(stack, rows) for _ in range(plan.times)]
            yield Figure(f"{rows:,} rows, 5 % errors: upload to annotated copy", "s", found, goal=goal)
