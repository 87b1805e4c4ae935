"""The largest file: 150,000 rows of 35 MB, all of them new users with a license; and its memory: `[ROWS]`.

A column that nobody knows brings the file to its size, and stays under the 35 MiB that are taken in. Memory is what the
kernel says was resident at most (VmHWM), shared pages counted in full, from the upload until the last mail is recorded.
After it as many rows that are all wrong, until the annotated copy is there: the most that validation has to hold.
"""

from collections.abc import Iterator
from time import perf_counter

from deploy.operate.services import SERVICES
from services.upload.settings import MIB
from tests.bench.admin import REVIEWED, Admin, whole_job
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan, at_most
from tests.bench.main_job import ours
from tests.bench.memory import watched
from tests.bench.workbooks import people

PADDING = 236
"""Characters a row that bring 150,000 rows to 35 MB."""
SERVICE_MB, SANDBOX_MB = 400, 600


def measure(plan: Plan) -> Iterator[Figure]:
    """Once: it takes minutes."""
    rows = plan.size(150_000, 200)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        admin = Admin(stack, rows)
        book = people(admin.domain, rows, padding=PADDING)
        assert len(book) <= 35 * MIB, len(book)
        endpoints = stack.endpoints
        with watched({name: endpoints[name]["pid"] for name in SERVICES}) as seen:
            times = whole_job(admin, book)
        occupied = admin.licensing.get("/api/v1/seats").json()["occupied"]
        admin.close()
    assert occupied == rows
    about = {
        "file_mb": round(len(book) / 1e6, 1),
        "review_s": round(times.review, 2),
        "my_team_s": round(times.team, 2),
        "kafka_s": round(times.kafka, 2),
    }
    yield Figure(f"{rows:,} rows: upload to completed", "s", [times.review + times.completed], about=about)
    for name, megabytes in seen.services.items():
        yield Figure(f"{rows:,} rows: {name}, resident at most", "MB", [megabytes], goal=at_most(SERVICE_MB, "MB"))
    yield Figure(f"{rows:,} rows: the sandbox, resident at most", "MB", [seen.sandbox], goal=at_most(SANDBOX_MB, "MB"))
    yield from all_wrong(rows)


def all_wrong(rows: int) -> Iterator[Figure]:
    """Each row has an error."""
    with bench_stack(SERVICES) as stack:
        admin = Admin(stack, rows)
        book = people(admin.domain, rows, errors=1.0)
        endpoints = stack.endpoints
        with watched({"validation": endpoints["validation"]["pid"]}) as seen:
            begun = perf_counter()
            batch = admin.uploads(book)
            seconds = admin.wait(batch, REVIEWED) - begun
        assert admin.batch(batch)["counts"]["error"] == rows
        admin.close()
    what = f"{rows:,} rows, all wrong"
    yield Figure(f"{what}: upload to annotated copy", "s", [seconds])
    found = list(seen.services.values())
    yield Figure(f"{what}: validation, resident at most", "MB", found, goal=at_most(SERVICE_MB, "MB"))
    yield Figure(f"{what}: the sandbox, resident at most", "MB", [seen.sandbox], goal=at_most(SANDBOX_MB, "MB"))
