"""Where faults are tried: runs one on a harness, waits for its end, holds what is left behind to the promises."""

import asyncio
import json
import os
import random
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults import kafka
from tests.faults.evidence import Evidence
from tests.faults.faults import Fault
from tests.faults.harness import Harness, harnessed, last
from tests.faults.promises import broken
from tests.faults.work import Prepared, Work

FINISHED_WITHIN = 60.0
"""Seconds after a fault has stopped in which everything is finished: a promise of docs/guarantees.md."""
_LARGEST_LOG = 4_000
"""Events in notification's log after which a fresh harness is taken: each fault checks all that one has seen."""
_RESULTS = os.environ.get("USHER_FAULTS_RESULTS")


@dataclass(frozen=True)
class Result:
    """One run of a fault. `after`: seconds from the end of the fault until all was finished and every promise kept.
    `pause`: the longest that the work stood still, where that was timed."""

    fault: str
    seed: str
    kept: bool
    restarts: int
    lasted: float
    after: float
    broken: dict[str, list[str]]
    pause: float | None = None

    def line(self) -> str:
        """As it is printed."""
        how = "kept" if self.kept else f"BROKEN {json.dumps(self.broken, indent=1)}"
        took = f"fault {self.lasted:.0f} s, finished {self.after:.0f} s later, {self.restarts} restarts"
        took += f", longest pause {self.pause:.1f} s" if self.pause is not None else ""
        return f"fault {self.fault} seed {self.seed}: {how} ({took})"


class FaultRunner:
    """Keeps a harness from fault to fault, and takes a fresh one when it has seen much or a promise was broken on it.
    `tree`, `patience` and `larger`: see `harnessed`. `seen`: what its harness has left behind so far."""

    def __init__(self, tree: Path | None = None, patience: float = 120, **larger: int) -> None:
        self._tree, self._patience, self._larger = tree, patience, larger
        self._entered = ExitStack()
        self._harness: Harness | None = None
        self.seen: Evidence | None = None

    def close(self) -> None:
        """Ends the harness."""
        self._entered.close()
        self._harness = self.seen = None

    def run(self, fault: Fault, seed: str, mutant: str = "") -> Result:
        """Begins the work, lets the fault happen, waits until all is finished; says which promises were broken."""
        harness, seen = self._fresh()
        rng = random.Random(f"{fault.name} {seed}")
        before, began = harness.restart_count(), time.monotonic()
        prepared = self._prepared(fault, harness, rng)
        seen.admins += prepared.admins
        found: dict[str, list[str]] = {}
        work: Work | None = None
        try:
            work = fault.act(harness, rng, prepared.begin)
            harness.heal()
            over = time.monotonic()
            work.join()
        except AssertionError as error:
            over = time.monotonic()
            found[getattr(error, "promise", "work")] = [str(error)]
        except BaseException:
            self.close()
            raise
        harness.heal()
        found |= settled(harness, seen, over + min(FINISHED_WITHIN, self._patience))
        after = time.monotonic() - over
        if not found and after > FINISHED_WITHIN:
            found["everything_is_finished"] = [f"{after:.0f} s after the fault, {FINISHED_WITHIN:.0f} are promised"]
        result = Result(
            f"{fault.name} {mutant}".strip(),
            seed,
            not found,
            harness.restart_count() - before,
            over - began,
            after,
            found,
            work.longest_pause if work else None,
        )
        self._keep(result)
        return result

    def _prepared(self, fault: Fault, harness: Harness, rng: random.Random) -> Prepared:
        try:
            return fault.prepare(harness, rng)
        except BaseException:
            self.close()  # whatever is wrong with this harness is not the next fault's
            raise

    def _fresh(self) -> tuple[Harness, Evidence]:
        if self.seen and len(self.seen.logs["notification"]) > _LARGEST_LOG:
            self.close()
        if self._harness is None or self.seen is None:
            self._harness = self._entered.enter_context(harnessed(self._tree, self._patience, **self._larger))
            self.seen = Evidence(self._harness)
        return self._harness, self.seen

    def _keep(self, result: Result) -> None:
        print(result.line(), flush=True)
        if _RESULTS:
            with Path(_RESULTS).open("a") as file:
                file.write(json.dumps(asdict(result)) + "\n")
        if not result.kept:
            print(last(self._harness.lines if self._harness else ()), flush=True)
            self.close()


def settled(harness: Harness, seen: Evidence, end: float) -> dict[str, list[str]]:
    """What is broken still at `end`, a time of the monotonic clock: until then it may just not be finished."""
    harness.wait_ready()
    asyncio.run(kafka.forget_poison(harness))
    while harness.busy() and time.monotonic() < end:
        time.sleep(0.3)
    while found := broken(seen.collect()):
        if time.monotonic() > end:
            return found
        time.sleep(0.5)
    return {}
