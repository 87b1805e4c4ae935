"""The main job of 10,000 people beside django-import-export, same file, rules and Postgres: `[ROWS]`.

Its preview (load and a dry run) stands beside the upload until the review is there; its import beside the confirmation
until every user is in My Team and every event acknowledged by Kafka. It is set up in all its ways, and in SQLite too,
where it is faster. Ours goes on in the same run until every mail is sent, which is not measured here.
"""

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from deploy.operate.services import SERVICES
from tests.bench import peer
from tests.bench.admin import Admin, Times, whole_job
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.trees import Running
from tests.bench.workbooks import people
from tests.stack import TestStack

WAYS = {
    "": "as documented",
    "bulk_": "with use_bulk",
    "unchecked_": "in bulk, nothing checked",
}
"""How the peer is set up, by how its figures are called."""
TIMES = {"": 8, "unchecked_": 1}
"""How many times as fast as the peer, where it checks what we check and where it checks nothing."""
DATABASES = ("Postgres", "SQLite")


def ours(stack: Running, rows: int, least_pause: float = 0.02) -> Times:
    """A company of its own, whose admin looks no oftener than every so many seconds."""
    admin = Admin(stack, rows, least_pause=least_pause)
    times = whole_job(admin, people(admin.domain, rows))
    admin.close()
    return times


def theirs(stack: TestStack, rows: int) -> dict[str, dict[str, float]]:
    """The same people in a database of its own; seconds of `preview` and `import` in each way, by database."""
    url = stack.postgres_url()
    place = urlsplit(url)
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        book = Path(folder) / "people.xlsx"
        book.write_bytes(people("peer.example.com", rows))
        server = (str(place.hostname), str(place.port), place.path[1:], str(place.username))
        file = ("", "", str(Path(folder) / "people.sqlite3"), "")
        found = {
            name: peer.run("django_import", *where, str(book))
            for name, where in zip(DATABASES, (server, file), strict=True)
        }
    stack.drop(url)
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """In turns. The first batch of a stack is small and unmeasured: it warms it up."""
    rows = plan.size(10_000, 50)
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        pairs = [(ours(stack, rows), theirs(stack, rows)) for _ in range(plan.times)]
    completed = {"completed_s": [round(our.completed, 2) for our, _ in pairs]}
    for what, our, their in (
        ("upload to ready_for_review", [our.review for our, _ in pairs], "preview"),
        ("confirm to My Team and Kafka", [our.everywhere for our, _ in pairs], "import"),
    ):
        for database, (way, said) in product(DATABASES, WAYS.items()):
            beside = Beside(f"django-import-export's {their}", [found[database][way + their] for _, found in pairs])
            times = TIMES.get(way)
            goal = Goal(f"≤ 1/{times} of it" if times > 1 else "≤ its time", beside.value / times) if times else None
            name = f"{rows:,} rows: {what}, beside django-import-export {said}, {database}"
            yield Figure(name, "s", our, goal=goal, beside=beside, about=completed)
