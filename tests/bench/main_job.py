"""The main job over HTTP and Kafka on a stack of its own: `./usher bench main_job ROWS…`, else 20, 1,000, 10,000.

For each number of rows: seconds from the upload to the review, from the confirmation to every user in My Team, to
every event on Kafka and to every mail sent; the rate of mails; what each part used of the processor, and its memory.
`load` is the machine's before the run: with more than its processors, others were measured too.
"""

import asyncio
import io
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.options import SERVICES
from tests.bench.workbooks import people
from tests.stack import TestStack, started

DEFAULT = ("20", "1000", "10000")
REVIEWED = {"ready_for_review", "needs_correction"}
PARTS = (*SERVICES, "kafka", "postgres")
TOPIC = "usher.users.v1"
INVITED = b"usher.UserInvited.v1"


@dataclass
class Run:
    """One company's batch."""

    stack: TestStack
    rows: int

    def __post_init__(self) -> None:
        self.company = str(uuid4())
        self.domain = f"{self.company[:8]}.example.com"
        token = self.stack.token(self.company, f"admin@{self.domain}", "manage_users")
        head = {"Authorization": f"Bearer {token}"}
        self.upload = httpx.Client(base_url=self.stack.url("upload"), headers=head, timeout=120)
        self.licensing = httpx.Client(base_url=self.stack.url("licensing"), headers=head, timeout=120)

    def provision(self) -> None:
        platform = {"Authorization": f"Bearer {self.stack.token(None, 'platform@usher.example', platform=True)}"}
        settings = {
            "name": "Bench", "plan": "plus", "purchased_licenses": self.rows, "sso_domains": [], "functional_areas": [],
            "regions": ["EMEA"], "custom_fields": [{"name": "Cost Centre"}], "retention_days": 365,
        }  # fmt: skip
        self.licensing.put(f"/api/v1/companies/{self.company}", json=settings, headers=platform).raise_for_status()

    def wait(self, batch: str, statuses: set[str]) -> dict[str, Any]:
        while (state := self.upload.get(f"/api/v1/batches/{batch}").json())["status"] not in statuses:
            time.sleep(self.pause)
        return state

    def wait_for_team(self) -> None:
        while self.licensing.get("/api/v1/team?limit=1").json()["total"] < self.rows:
            time.sleep(self.pause)

    @property
    def pause(self) -> float:
        """Between two looks: so that looking takes little of what is measured."""
        return 0.01 if self.rows < 1_000 else 0.1


class Events:
    """Reads along: when the company's last `UserInvited` had come to Kafka."""

    def __init__(self, bootstrap: str, company: str, rows: int) -> None:
        self._bootstrap, self._company, self._rows = bootstrap, company.encode(), rows
        self._ready = Event()
        self.all_there: Future[float] = Future()
        Thread(target=lambda: self.all_there.set_result(asyncio.run(self._read())), daemon=True).start()
        self._ready.wait(30)

    async def _read(self) -> float:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        await consumer.start()
        try:
            metadata: Any = await consumer._client.fetch_all_metadata()  # pyright: ignore[reportPrivateUsage]
            places = [TopicPartition(TOPIC, n) for n in metadata.partitions_for_topic(TOPIC)]
            consumer.assign(places)
            for place, end in (await consumer.end_offsets(places)).items():
                consumer.seek(place, end)
            self._ready.set()
            seen = 0
            while seen < self._rows:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    seen += sum(r.key == self._company and dict(r.headers)["ce_type"] == INVITED for r in records)
            return perf_counter()
        finally:
            await consumer.stop()


def measure(stack: TestStack, rows: int) -> dict[str, Any]:
    """The whole job once."""
    run = Run(stack, rows)
    run.provision()
    book = people(run.domain, rows)
    load = round(os.getloadavg()[0], 1)
    used = {name: processor_seconds(stack.endpoints[name]["pid"]) for name in PARTS}
    begun = perf_counter()
    answer = run.upload.post("/api/v1/batches", files={"file": ("people.xlsx", book)})
    batch = answer.raise_for_status().json()["id"]
    state = run.wait(batch, REVIEWED)
    reviewed = perf_counter()
    assert state["status"] == "ready_for_review", state
    events = Events(stack.kafka_bootstrap, run.company, rows)
    confirmed = perf_counter()
    run.upload.post(f"/api/v1/batches/{batch}/confirm").raise_for_status()
    run.wait_for_team()
    in_team = perf_counter()
    state = run.wait(batch, {"completed"})
    completed = perf_counter()
    assert state["progress"]["emails_sent"] == rows, state
    on_kafka = events.all_there.result(60)
    return {
        "rows": rows,
        "load": load,
        "upload_to_review_s": round(reviewed - begun, 2),
        "confirm_to_team_s": round(in_team - confirmed, 2),
        "confirm_to_kafka_s": round(on_kafka - confirmed, 2),
        "confirm_to_completed_s": round(completed - confirmed, 2),
        "mails_per_s": round(rows / (completed - in_team)),
        "processor_s": {
            name: round(processor_seconds(stack.endpoints[name]["pid"]) - used[name], 1) for name in PARTS
        },
        "memory_mb": {name: memory(stack.endpoints[name]["pid"]) for name in PARTS},
    }


def tree(pid: int) -> list[psutil.Process]:
    """A process with its children."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def processor_seconds(pid: int) -> float:
    """What a process used of the processor, with its children, those that have ended too."""
    root, *children = tree(pid)
    running = sum(times.user + times.system for times in (child.cpu_times() for child in children))
    return sum(root.cpu_times()[:4]) + running


def memory(pid: int) -> int:
    """Megabytes of a process with its children, shared pages divided among those that share them (PSS)."""
    return round(sum(p.memory_full_info().pss for p in tree(pid)) / 2**20)


def resident(pid: int) -> int:
    """Megabytes of a process with its children."""
    root = psutil.Process(pid)
    return round(sum(p.memory_info().rss for p in (root, *root.children(recursive=True))) / 2**20)


def results(values: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A run for each number of rows, on one stack that begins empty. The first run of all warms it up, unmeasured."""
    with ExitStack() as exits:
        stack = exits.enter_context(started(services=SERVICES))
        measure(stack, 20)
        for rows in map(int, values or DEFAULT):
            yield measure(stack, rows)
        with redirect_stdout(io.StringIO()):  # the services' last words are for where it failed
            exits.close()
