"""What an invited user costs, upload to completed: processor time of all processes, and bytes stored: `[ROWS]`.

The stack runs as a program. After a small batch that warms it up it is looked at while nobody asks anything; what it
takes then is taken off. Counted until it is at rest again: what a batch leaves to be done after it is completed counts
too. Of bytes those of tables with their indexes, of the write-ahead log, and of Kafka's logs.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench import processor, storage
from tests.bench.admin import Admin, Times, whole_job
from tests.bench.figures import Figure, Plan
from tests.bench.trees import Tree, this
from tests.bench.workbooks import people

WARM = 200


@dataclass(frozen=True)
class Cost:
    """One batch: its times; milliseconds and bytes a user, by part; the share of a core that the stack takes idle."""

    times: Times
    milliseconds: Mapping[str, float]
    stored: Mapping[str, float]
    idle: float


def cost(tree: Tree, rows: int, looks: float) -> Cost:
    """Of a fresh stack; its idle share is looked at for so many seconds."""
    with tree.stack() as stack:
        _job(Admin(stack, min(rows, WARM)))
        time.sleep(looks / 2)
        idle = processor.idle(stack, looks)
        admin = Admin(stack, rows)
        book = people(admin.domain, rows)
        bytes_before, before, begun = storage.stored(stack), processor.used(stack), time.monotonic()
        times = _job(admin, book)
        processor.settle(stack, idle.share)
        over = time.monotonic() - begun
        taken = idle.less(processor.spent(before, processor.used(stack)), over)
        grown = storage.stored(stack) - bytes_before
    milliseconds = {part: 1000 * seconds / rows for part, seconds in taken.items()}
    return Cost(times, milliseconds, {kind: size / rows for kind, size in grown.items()}, idle.share)


def _job(admin: Admin, book: bytes | None = None) -> Times:
    """Looked at rarely where that hardly counts: who looks takes of the processor too."""
    times = whole_job(admin, book or people(admin.domain, admin.licenses))
    admin.close()
    return times


def figures(rows: int, found: list[Cost]) -> Iterator[Figure]:
    """The times of the same batches among them."""
    what = f"{rows:,} rows"
    last = found[-1]
    yield Figure(
        f"{what}: processor time an invited user",
        "ms",
        [sum(each.milliseconds.values()) for each in found],
        about={
            "by_part": {part: round(ms, 3) for part, ms in sorted(last.milliseconds.items())},
            "idle_share_of_a_core": [round(each.idle, 3) for each in found],
        },
    )
    yield Figure(
        f"{what}: bytes stored an invited user",
        "bytes",
        [sum(each.stored.values()) for each in found],
        about={kind: round(size) for kind, size in last.stored.items()},
    )
    yield Figure(f"{what}: upload to ready_for_review", "s", [each.times.review for each in found])
    yield Figure(f"{what}: confirm to My Team and Kafka", "s", [each.times.everywhere for each in found])
    yield Figure(f"{what}: confirm to completed", "s", [each.times.completed for each in found])


def measure(plan: Plan) -> Iterator[Figure]:
    """Each time on a stack of its own."""
    rows = plan.size(10_000, 50)
    tree, looks = this(), 2 if plan.smoke else 20
    yield from figures(rows, [cost(tree, rows, looks) for _ in range(plan.times)])
