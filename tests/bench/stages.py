"""Where the time of one batch goes, stage by stage: `[ROWS]`; with --plots FOLDER as stages.svg.

Told afterwards by what the batch left: timestamps of Kafka's records and of the services' tables. So nothing is added
to what is measured; and what overlaps is seen to.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil

from deploy.operate.services import SERVICES
from tests.bench import peer, timeline
from tests.bench.admin import COMPLETED, REVIEWED, Admin
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Figure, Plan
from tests.bench.main_job import ours
from tests.bench.timeline import Span
from tests.bench.waiting import wait_until
from tests.bench.workbooks import people
from tests.stack import TestStack

PARTS = (*SERVICES, "kafka", "postgres")


@dataclass(frozen=True)
class Moments:
    """What the admin sees, by the wall clock."""

    uploading: float
    reviewed: float
    confirming: float
    in_team: float
    completed: float


def watched_job(admin: Admin, book: bytes) -> Moments:
    """The whole job, until My Team knows of the last delivery too."""
    uploading = time.time()
    batch = admin.uploads(book)
    admin.wait(batch, REVIEWED)
    reviewed = confirming = time.time()
    admin.confirms(batch)
    admin.wait_for_team()
    in_team = time.time()
    admin.wait(batch, COMPLETED)
    completed = time.time()
    team = "/api/v1/team?limit=1&invitation=sent"
    wait_until(lambda: admin.licensing.get(team).json()["total"] >= admin.licenses, 3600, admin.pause)
    return Moments(uploading, reviewed, confirming, in_team, completed)


def stages(m: Moments, kafka: Mapping[str, Span], tables: Mapping[str, Span]) -> Iterator[tuple[str, float, Span]]:
    """Name, the moment that it is counted from, and when it was."""
    up, on = m.uploading, m.confirming
    yield "upload: the file is stored, the batch recorded, relayed", up, Span(up, kafka["BatchUploaded"].end)
    yield "validation: read, judge, store", up, Span(kafka["BatchUploaded"].end, kafka["BatchValidated"].end)
    yield "upload: the review is there", up, Span(kafka["BatchValidated"].end, m.reviewed)
    yield "upload: the confirmation is recorded, relayed", on, Span(on, kafka["BatchConfirmed"].end)
    yield "licensing: take the job, read the rows", on, Span(kafka["BatchConfirmed"].end, tables["committed"].begin)
    yield "licensing: one transaction, reserve and invite", on, tables["committed"]
    yield "My Team counts everybody", on, Span(tables["committed"].end, m.in_team)
    yield "licensing's relay", on, Span(tables["committed"].end, kafka["UserInvited"].end)
    yield "validation's directory", on, tables["directory"]
    yield "notification: queue mails", on, tables["queued"]
    yield "notification: send mails", on, tables["sent"]
    yield "notification's relay", on, kafka["InvitationSent"]
    yield "licensing: deliveries in My Team", on, tables["delivered"]
    yield "completed", on, Span(tables["sent"].end, m.completed)


def processor_seconds(stack: TestStack) -> dict[str, float]:
    """What each part has used of the processor, with its children, those that have ended too."""
    endpoints = stack.endpoints
    return {name: seconds_used(endpoints[name]["pid"]) for name in PARTS}


def seconds_used(pid: int) -> float:
    """What a process has used of the processor, with what it has started, also where that has ended."""
    root = psutil.Process(pid)
    running = sum(times.user + times.system for times in (c.cpu_times() for c in root.children(recursive=True)))
    return sum(root.cpu_times()[:4]) + running


def measure(plan: Plan) -> Iterator[Figure]:
    """Once."""
    rows = plan.size(10_000, 100)
    drawn: list[dict[str, str | float]] = []
    with bench_stack(SERVICES) as stack:
        ours(stack, 20)
        admin = Admin(stack, rows)
        book = people(admin.domain, rows)
        before = processor_seconds(stack)
        moments = watched_job(admin, book)
        used = {name: after - before[name] for name, after in processor_seconds(stack).items()}
        kafka, tables = timeline.on_kafka(admin), timeline.in_tables(admin, moments.confirming)
    for name, zero, span in stages(moments, kafka, tables):
        begin, end = span.begin - zero, span.end - zero
        drawn.append({"name": name, "begin": begin, "end": end, "half": int(zero == moments.confirming)})
        about = {"from_s": round(begin, 3), "to_s": round(end, 3)}
        yield Figure(f"{rows:,} rows: {name}", "s", [end - begin], about=about)
    for name, seconds in used.items():
        yield Figure(f"{rows:,} rows: processor used by {name}", "s", [seconds])
    if plan.plots:
        peer.run("plot", "stages", str(plan.plots / "stages.svg"), given=drawn)
