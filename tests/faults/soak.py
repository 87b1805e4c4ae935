"""The work of a small installation for as long as is asked for, on one stack: five batches a minute and a fault every
two minutes, while it is written down what the processes hold."""

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
import psycopg

from deploy.operate.services import SERVICES
from tests.bench import peer
from tests.faults.admin import Admin
from tests.faults.evidence import Evidence
from tests.faults.faults import FAULTS, Fault
from tests.faults.harness import Harness
from tests.faults.runner import FINISHED_WITHIN, settled

BATCH_EVERY, FAULT_EVERY, SAMPLE_EVERY = 12.0, 120.0, 15.0
"""Seconds."""
ROWS = 10
_COMPANIES = 5
_OF_SOME_AGE = 150
"""Batches of one set of companies: half an hour."""
_LICENSES = 100_000
_AT_ONCE = 40
_GROWN = 1.25
"""So many times what was held in the second quarter is growth."""
_COUNTED = ("descriptors", "threads", "connections")
"""What must not grow; memory and disk are drawn, and grow with what is kept."""
Line = Mapping[str, object]


@dataclass
class Record:
    """What happened, by seconds since the beginning: batches as seconds from upload to completed, faults by name, and
    samples of what is held."""

    file: Path
    began: float = field(default_factory=time.monotonic)
    batches: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    faults: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    samples: list[tuple[float, dict[str, float]]] = field(default_factory=list[tuple[float, dict[str, float]]])
    broken: list[str] = field(default_factory=list[str])

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def write(self, line: Line) -> None:
        """One line more of the file, so that what ends before its time has left what it saw."""
        with self.file.open("a") as file:
            file.write(json.dumps({"at": round(self.seconds, 1), **line}) + "\n")

    def batch(self, seconds: float) -> None:
        self.batches.append((self.seconds, seconds))
        self.write({"batch": round(seconds, 2)})

    def fault(self, name: str) -> None:
        self.faults.append((self.seconds, name))
        self.write({"fault": name})

    def sample(self, held: dict[str, float]) -> None:
        self.samples.append((self.seconds, held))
        self.write({"held": held})

    def wrong(self, how: str) -> None:
        self.broken.append(how)
        self.write({"broken": how})

    def grown(self) -> list[str]:
        """What is counted and was higher in the last quarter than in the second, by its median: in the first one pools
        are still being filled."""
        quarter = max(1, len(self.samples) // 4)
        first, last = self.samples[quarter : 2 * quarter], self.samples[-quarter:]
        names = [name for name in self.samples[-1][1] if name.split(" ")[0] in _COUNTED]
        found = [(name, _middle(first, name), _middle(last, name)) for name in names]
        return [f"{name}: {before:.0f}, then {after:.0f}" for name, before, after in found if after > before * _GROWN]

    def draw(self, path: Path) -> None:
        """As a picture."""
        given = {"batches": self.batches, "faults": self.faults, "samples": self.samples}
        peer.run("plot", "soak", str(path), given=given)


def _middle(samples: Sequence[tuple[float, dict[str, float]]], name: str) -> float:
    return median(held.get(name, 0.0) for _, held in samples)


class Companies:
    """Whose batches they are; others after a while, since an admin's token lasts an hour."""

    def __init__(self, harness: Harness, seen: Evidence) -> None:
        self._harness, self._seen = harness, seen
        self._known: dict[int, list[Admin]] = {}
        self._one_at_a_time = threading.Lock()

    def of(self, number: int) -> Admin:
        """Whose the batch with this number is."""
        with self._one_at_a_time:
            age = number // _OF_SOME_AGE
            if age not in self._known:
                self._known[age] = [Admin(self._harness, licenses=_LICENSES) for _ in range(_COMPANIES)]
                self._seen.admins += self._known[age]
            return self._known[age][number % _COMPANIES]


def soak(harness: Harness, seen: Evidence, minutes: float, seed: str, record: Record) -> None:
    """Goes on for so many minutes, and says to `record` what was broken."""
    rng, end = random.Random(f"soak {seed}"), record.began + minutes * 60
    companies = Companies(harness, seen)
    with _every(SAMPLE_EVERY, lambda: record.sample(held(harness))), _batches(companies, record) as running:
        for number in itertools.count(1):
            due = record.began + number * FAULT_EVERY
            if due > end:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            _one(harness, seen, rng.choice(FAULTS), rng, record)
        time.sleep(max(0.0, end - time.monotonic()))
    for one in running:
        if error := one.exception():
            record.wrong(f"a batch: {error!r}"[:500])
    for promise, how in settled(harness, seen, time.monotonic() + FINISHED_WITHIN).items():
        record.wrong(f"{promise}: {how[:3]}")


def _one(harness: Harness, seen: Evidence, fault: Fault, rng: random.Random, record: Record) -> None:
    record.fault(fault.name)
    try:
        prepared = fault.prepare(harness, rng)
        seen.admins += prepared.admins
        work = fault.act(harness, rng, prepared.begin)
        harness.heal()
        work.join()
    except AssertionError as error:
        record.wrong(f"{fault.name}: {error}"[:500])
    finally:
        harness.heal()
        harness.wait_ready()


@contextmanager
def _every(seconds: float, act: Callable[[], None]) -> Generator[None]:
    """Beside the block, from now on."""
    ended = threading.Event()

    def go_on() -> None:
        due = time.monotonic()
        while not ended.is_set():
            act()
            due += seconds
            ended.wait(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _batches(companies: Companies, record: Record) -> Generator[list[Future[None]]]:
    """Begun beside the block whether those before are done or not; all are done at its end."""
    begun: list[Future[None]] = []

    def whole(number: int) -> None:
        start = time.monotonic()
        companies.of(number).batch(ROWS, first=number * ROWS)
        record.batch(time.monotonic() - start)

    with ThreadPoolExecutor(_AT_ONCE) as pool, _every(
        BATCH_EVERY, lambda: begun.append(pool.submit(whole, len(begun)))
    ):  # fmt: skip
        yield begun


def held(harness: Harness) -> dict[str, float]:
    """Memory (MB), descriptors and threads by part, the databases' connections, and disk (MB) by folder. A part that
    is being started again is left out."""
    found: dict[str, float] = {}
    for name, part in harness.tests.endpoints.items():
        if pid := part.get("pid"):
            try:
                process = psutil.Process(pid)
                family = (process, *process.children(recursive=True))
                found[f"memory {name}"] = sum(each.memory_full_info().pss for each in family) / 1e6
                if name in SERVICES:
                    found[f"descriptors {name}"] = process.num_fds()
                    found[f"threads {name}"] = process.num_threads()
            except psutil.NoSuchProcess:
                continue
    try:
        with psycopg.connect(harness.stack.database_url("upload"), connect_timeout=2) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL").fetchone()
            found["connections"] = float(row[0]) if row else 0.0
    except psycopg.Error:
        pass  # the fault is Postgres' own
    for folder in sorted(harness.stack.options.data.iterdir()):
        if folder.is_dir():
            found[f"disk {folder.name}"] = _size(folder) / 1e6
    return {name: round(value, 1) for name, value in found.items()}


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0  # Kafka's indexes are mostly holes
        except OSError:
            continue  # gone meanwhile, or not ours to see
    return total
