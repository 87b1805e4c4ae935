"""./usher bench against REV: this tree beside an older one, by turns in one run, as a table of ratios.

What can be seen from outside is measured by this tree's own code on both: each tree's stack runs as a program, and what
is asked goes over HTTP, Kafka and Postgres. What runs inside a process (append, relay, consumers, mails, resident
memory, My Team at 100,000) imports modules that other trees have elsewhere: there each tree runs its own benchmark.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeVar

from deploy.operate.errors import CommandError
from tests.bench import beside_large, browsers, cost, processor
from tests.bench.annotated import annotated
from tests.bench.figures import Best, Compared, Figure, Plan, Reach
from tests.bench.main_job import ours as warm
from tests.bench.trees import Tree, checked_out, this

T = TypeVar("T")

_SLOWEST = re.compile(r": ([\d.,]+) ms$")


@dataclass(frozen=True)
class Pair:
    """The two trees."""

    ours: Tree
    theirs: Tree

    def by_turns(self, times: int, measure: Callable[[Tree], T]) -> tuple[list[T], list[T]]:
        """Each measured so often, one after the other: what else the machine does falls on both."""
        pairs = [(measure(self.ours), measure(self.theirs)) for _ in range(times)]
        return [our for our, _ in pairs], [their for _, their in pairs]

    def own(self, benchmark: str, plan: Plan, times: int) -> tuple["Said", "Said"]:
        """What each tree's own benchmark says, by turns."""
        ours, theirs = self.by_turns(times, lambda tree: tree.figures(benchmark, plan))
        return Said(ours), Said(theirs)


@dataclass(frozen=True)
class Said:
    """What a tree's own benchmark has said, run by run."""

    runs: Sequence[Sequence[Mapping[str, Any]]]

    def named(self) -> list[tuple[str, str]]:
        """Its figures' names and units."""
        return [(each["what"], each["unit"]) for each in self.runs[0]]

    def values(self, what: str, read: Callable[[Mapping[str, Any]], float] = lambda each: each["value"]) -> list[float]:
        """One figure's values; `what` is how its name begins. None where the tree has no such figure."""
        found = [next((read(each) for each in run if each["what"].startswith(what)), None) for run in self.runs]
        return [value for value in found if value is not None]


def of_figures(ours: Iterator[Figure], theirs: Iterator[Figure], reach: Mapping[str, Reach]) -> Iterator[Compared]:
    """Both trees' figures of the same names, by how these end."""
    known = {figure.what: figure for figure in theirs}
    for figure in ours:
        wanted = next((each for end, each in reach.items() if figure.what.endswith(end)), None)
        if wanted:
            yield Compared(
                figure.what, figure.unit, wanted, figure.runs, known[figure.what].runs, figure.best, figure.about
            )


def of_said(
    ours: Said, theirs: Said, reach: Mapping[str, Reach], best: Best, named: Callable[[str], str] = str
) -> Iterator[Compared]:
    """The same of what the trees' own benchmarks say; `named`: how an older tree calls it."""
    for what, unit in ours.named():
        wanted = next((each for begin, each in reach.items() if what.startswith(begin)), None)
        if wanted:
            yield Compared(what, unit, wanted, ours.values(what), theirs.values(named(what)), best)


def of_a_job(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """Processor time, bytes and times of 10,000 rows."""
    rows, looks = plan.size(10_000, 50), 2 if plan.smoke else 20
    ours, theirs = trees.by_turns(plan.times, lambda tree: cost.cost(tree, rows, looks))
    reach = {
        "processor time an invited user": Reach("≤ 0.4 times", times=0.4),
        "bytes stored an invited user": Reach("≤ 0.6 times", times=0.6),
        "upload to ready_for_review": Reach("≤ 0.6 times", times=0.6),
        "confirm to My Team and Kafka": Reach("≤ 0.6 times", times=0.6),
        "confirm to completed": Reach("≤ 0.4 times", times=0.4),
    }
    yield from of_figures(cost.figures(rows, ours), cost.figures(rows, theirs), reach)


def of_a_large_job(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """The same of 100,000 rows, which takes minutes."""
    yield from of_a_job(trees, replace(plan, runs=plan.times_dear, values=[plan.size(100_000, 100)]))


def of_errors(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """100,000 rows of which 5 % are wrong, until the annotated copy is there."""
    rows = plan.size(100_000, 200)

    def measure(tree: Tree) -> float:
        with tree.stack() as stack:
            warm(stack, 20)
            return annotated(stack, rows)

    ours, theirs = trees.by_turns(plan.times, measure)
    what = f"{rows:,} rows, 5 % errors: upload to annotated copy"
    yield Compared(what, "s", Reach("≤ 0.6 times", times=0.6), ours, theirs)


def of_relay(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """The log to Kafka."""
    reach = {"relay": Reach("≥ 2.5 times, and ≥ 40,000", times=2.5, limit=40_000)}
    yield from of_said(*trees.own("relay", plan, plan.times), reach, "high")


def of_consumers(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """Each of the three."""
    reach = {"consumer": Reach("≥ 2 times", times=2)}
    yield from of_said(*trees.own("consumers", plan, plan.times), reach, "high")


def of_mails(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """To both kinds of mail server; an older tree knows but one."""
    reach = {
        "mails, building included, workers on one core, a server that offers PIPELINING": Reach("≥ 2 times", times=2),
        "mails, building included, workers on one core, a server that does not": Reach("≥ 1.5 times", times=1.5),
    }
    ours, theirs = trees.own("mails", plan, plan.times)
    known = {what for what, _ in theirs.named()}

    def named(what: str) -> str:
        return what if what in known else "mails, building included, workers on one core"

    yield from of_said(ours, theirs, reach, "high", named)


def of_append(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """Beside the older tree, and beside eventsourcing in the same run."""
    ours, theirs = trees.own("append", plan, plan.times)
    yield from of_said(ours, theirs, {"append": Reach("≥ 1.3 times", times=1.3)}, "high")
    for what, _ in ours.named():
        times = [said.values(what, lambda each: each["beside"]["times_as_good"]) for said in (ours, theirs)]
        reach = Reach("≥ 2.5 times eventsourcing's", limit=2.5)
        yield Compared(f"{what}, beside eventsourcing", "times", reach, times[0], times[1], "high")


def of_a_small_one(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """20 rows beside 100,000."""
    rows, count = plan.size(100_000, 300), 5 if plan.smoke else beside_large.COUNT

    def measure(tree: Tree) -> beside_large.Seen:
        with tree.stack() as stack:
            warm(stack, beside_large.SMALL)
            return beside_large.beside(stack, rows, count)

    ours, theirs = trees.by_turns(plan.times_dear, measure)
    reach = {
        "ready_for_review, the slowest": Reach("≤ 2 s", limit=2),
        "completed, the slowest": Reach("≤ 5 s", limit=5),
    }
    yield from of_figures(beside_large.figures(rows, ours), beside_large.figures(rows, theirs), reach)
    longer = [[seen.longer for seen in found] for found in (ours, theirs)]
    what = f"{rows:,} rows beside small ones: as long as alone"
    yield Compared(what, "times", Reach("≤ 1.1 times its time alone", limit=1.1), longer[0], longer[1])


def of_memory(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """Resident at most, of 150,000 rows."""
    ours, theirs = trees.own("largest", plan, plan.times_dear)
    for what, unit in ours.named():
        if what.endswith(("validation, resident at most", "licensing, resident at most")):
            yield Compared(what, unit, Reach("≤ 250 MB", limit=250), ours.values(what), theirs.values(what))


def of_my_team(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """The slowest view's own 95th percentile."""
    yield from of_the_slowest_view(*trees.own("team", plan, plan.times_dear))


def of_the_slowest_view(ours: Said, theirs: Said) -> Iterator[Compared]:
    """Over HTTP and at the query: what an older tree says beside the percentile of all views."""
    for what, unit in ours.named():
        if what.startswith("My Team"):
            shared = what.rpartition(", ")[0]
            slowest = [said.values(shared, _slowest) for said in (ours, theirs)]
            reach = Reach("≤ 60 ms", limit=60)
            name = f"{shared}: the slowest view, 95th percentile of its own"
            yield Compared(name, unit, reach, slowest[0], slowest[1])


def _slowest(said: Mapping[str, Any]) -> float:
    found = _SLOWEST.search(said["slowest"])
    assert found, said
    return float(found[1].replace(",", ""))


def of_browsers(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """At progress and at My Team."""
    count = plan.size(500, 12)
    size = (20, 1, 1) if plan.smoke else (1_000, browsers.CHANGES, 20)
    ours, theirs = trees.by_turns(plan.times_dear, lambda tree: browsers.looked(tree, count, *size))
    reach = {
        "share of a core": Reach("≤ 0.2 of a core in all", limit=browsers.SHARE),
        "95th percentile": Reach("≤ 1 s", limit=browsers.SEEN),
    }
    yield from of_figures(browsers.figures(count, ours), browsers.figures(count, theirs), reach)


def of_an_idle_stack(trees: Pair, plan: Plan) -> Iterator[Compared]:
    """Processor and memory of a stack that nobody asks anything."""
    settling, seconds = (0, 2) if plan.smoke else (20, 60)

    def measure(tree: Tree) -> tuple[float, float]:
        with tree.stack() as stack:
            warm(stack, 20)
            time.sleep(settling)
            return processor.idle(stack, seconds).share, processor.megabytes(stack)

    ours, theirs = trees.by_turns(plan.times_dear, measure)
    for n, (what, unit, reach) in enumerate(
        (
            ("idle stack: processor", "cores", Reach("≤ 5 % of a core", limit=0.05)),
            ("idle stack: memory", "MB", Reach("≤ 1.2 GB", limit=1200)),
        )
    ):
        yield Compared(what, unit, reach, [each[n] for each in ours], [each[n] for each in theirs])


PARTS: Mapping[str, Callable[[Pair, Plan], Iterator[Compared]]] = {
    "job": of_a_job,
    "large_job": of_a_large_job,
    "errors": of_errors,
    "relay": of_relay,
    "consumers": of_consumers,
    "mails": of_mails,
    "append": of_append,
    "beside_large": of_a_small_one,
    "memory": of_memory,
    "team": of_my_team,
    "browsers": of_browsers,
    "idle": of_an_idle_stack,
}
"""By the names with which some of them can be asked for."""


def chosen(names: Sequence[str]) -> Sequence[str]:
    """The parts to measure: those named, else all. Raises CommandError."""
    if unknown := [name for name in names if name not in PARTS]:
        raise CommandError(f"There is no part {unknown[0]!r} to compare. There are: {', '.join(PARTS)}.")
    return names or list(PARTS)


def compare(revision: str, names: Sequence[str], plan: Plan) -> Iterator[Compared]:
    """Row by row, as they are measured. What a part can't measure is a row that says why; the others go on. Raises
    CommandError for a revision or part that there isn't."""
    wanted = chosen(names)
    trees = Pair(this(), checked_out(revision))
    found: list[Compared] = []
    for name in wanted:
        try:
            for row in PARTS[name](trees, plan):
                found.append(row)
                yield row
        except CommandError as error:
            yield Compared.failed(name, str(error))
    yield from beside_the_floor(found)


def beside_the_floor(found: Sequence[Compared]) -> Iterator[Compared]:
    """What lies between a confirmation and its events on Kafka, beside what its parts take alone: to append so many
    events, and to relay them. Where all three were measured."""
    job, append, relay = (
        next((row for row in found if part in row.what and row.ours and row.theirs), None)
        for part in (": confirm to My Team and Kafka", "append in batches of 100, 1 writer", "relay, log to Kafka")
    )
    if job and append and relay:
        rows = int(job.what.partition(" ")[0].replace(",", ""))
        taken = [(row.ours, row.theirs) for row in (job, append, relay)]
        ours, theirs = (
            median(seconds) / (rows / median(appended) + rows / median(relayed))
            for seconds, appended, relayed in zip(*taken, strict=True)
        )
        reach = Reach("≤ 2 times its parts alone", limit=2)
        yield Compared(f"{job.what}, beside append and relay alone", "times", reach, [ours], [theirs])
