"""The main job of 10,000 people beside django-import-export, same file, rules and Postgres: `[ROWS]`.

Its preview (load and a validated dry run) stands beside the upload until the review is there; its validated import
beside the confirmation until every user is in My Team and every event acknowledged by Kafka. Ours goes on in the same
run until every mail is sent, which is not measured here.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from deploy.operate.services import SERVICES
from tests.bench import peer
from tests.bench.admin import Admin, Times, whole_job
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.ground import ground
from tests.bench.workbooks import people
from tests.stack import TestStack

REVIEW, CONFIRM = 7, 5
"""How many times as fast as the peer's preview and import."""


def ours(stack: TestStack, rows: int) -> Times:
    """A company of its own."""
    admin = Admin(stack, rows)
    times = whole_job(admin, people(admin.domain, rows))
    admin.close()
    return times


def theirs(stack: TestStack, rows: int) -> dict[str, float]:
    """The same people in a database of its own; seconds of `preview` and `import`, and of both in bulk."""
    url = stack.postgres_url()
    place = urlsplit(url)
    with tempfile.NamedTemporaryFile(prefix="usher-bench-", suffix=".xlsx") as file:
        Path(file.name).write_bytes(people("peer.example.com", rows))
        where = (str(place.hostname), str(place.port), place.path[1:], str(place.username))
        found: dict[str, float] = peer.run("django_import", *where, file.name)
    stack.drop(url)
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """In turns. The first batch of a stack is small and unmeasured: it warms it up."""
    rows = plan.size(10_000, 50)
    with ground(SERVICES) as stack:
        ours(stack, 20)
        pairs = [(ours(stack, rows), theirs(stack, rows)) for _ in range(plan.times)]
    for what, our, their, factor in (
        ("upload to ready_for_review", [o.review for o, _ in pairs], "preview", REVIEW),
        ("confirm to My Team and Kafka", [o.everywhere for o, _ in pairs], "import", CONFIRM),
    ):
        beside = Beside(f"django-import-export's {their}", [t[their] for _, t in pairs])
        goal = Goal(f"≤ 1/{factor} of django-import-export's validated {their}", beside.value / factor)
        bulk = Beside("", [t[f"bulk_{their}"] for _, t in pairs])
        about = {"peer_in_bulk_s": round(bulk.value, 2), "completed_s": [round(o.completed, 2) for o, _ in pairs]}
        yield Figure(f"{rows:,} rows: {what}", "s", our, goal=goal, beside=beside, about=about)
