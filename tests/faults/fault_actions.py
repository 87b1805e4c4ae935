"""What happens to the work: each takes the harness and seeded chance, begins the work, and returns when it is over."""

import asyncio
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import psycopg

from tests.faults import kafka
from tests.faults.admin import Admin
from tests.faults.harness import Harness
from tests.faults.proxy import Mode
from tests.faults.work import PromiseBroken, Work
from tests.integration.notification import smtp
from tests.webhook_receiver import Answer, Request, http

Begin = Callable[[], Work]
FaultAction = Callable[[Harness, random.Random, Begin], Work]

_LONG_STOP = 14.0
"""Seconds that a process is stopped: its consumers' sessions last ten."""
_TOLD_EVERYWHERE = ("store.appended", "inbox.applied", "inbox.committed", "relay.sending", "relay.acknowledged")
_MOST = 3
"""How often a point that is reached by everything is passed at most before it kills."""


def crash(point: str, service: str) -> FaultAction:
    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        spared = rng.randrange(_MOST) if point in _TOLD_EVERYWHERE else 0
        armed = harness.arm(point, service, spared)
        work = begin()
        _until(lambda: not armed.exists() or not work.going)
        assert not armed.exists(), f"{service} never came to {point}"
        return work

    return act


def kill(*parts: str, number: signal.Signals = signal.SIGKILL) -> FaultAction:
    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        for part in parts:
            time.sleep(rng.uniform(0.2, 4))
            harness.signal(part, number)
        return work

    return act


def crash_everywhere(*points: tuple[str, str]) -> FaultAction:
    """Each service dies at a point of its own in the same run."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        armed = [harness.arm(point, service) for point, service in points]
        work = begin()
        _until(lambda: not any(file.exists() for file in armed) or not work.going)
        left = [file.name for file in armed if file.exists()]
        assert not left, f"never reached: {left}"
        return work

    return act


def stop(service: str, *, replica: bool) -> FaultAction:
    """Stopped past its session timeout, then let go on as if nothing had been; with a replica that took over meanwhile,
    or without one."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        if replica:
            harness.join(service)
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        harness.signal(service, signal.SIGSTOP)
        time.sleep(_LONG_STOP)
        harness.signal(service, signal.SIGCONT)
        if replica:
            time.sleep(2)
            harness.leave(service)
        return work

    return act


def stop_for_good(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    """A process that leads stops, and a replica has to end the work without it."""
    harness.join("notification")
    work = begin()
    time.sleep(rng.uniform(0.2, 2))
    harness.signal("notification", signal.SIGSTOP)
    try:
        _until(lambda: not work.going)
        if work.going or work.failed:
            raise PromiseBroken("a_stopped_process_holds_nobody_up", "the work did not end beside it")
    finally:
        harness.signal("notification", signal.SIGCONT)
    time.sleep(2)
    harness.leave("notification")
    return work


def replicas(service: str) -> FaultAction:
    """A second replica joins in the middle, and leaves before the end."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0, 1))
        harness.join(service)
        time.sleep(rng.uniform(0, 2))
        harness.leave(service)
        return work

    return act


def relay_cut(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    """The leader loses its connection to Postgres while Kafka is slow, several times."""
    harness.network("kafka", "slow")
    work = begin()
    for _ in range(5):
        time.sleep(rng.uniform(0.3, 1.5))
        with psycopg.connect(harness.stack.admin_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'usher relay'"
            )
    harness.network("kafka", "pass")
    return work


def network(to: str, mode: Mode) -> FaultAction:
    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        harness.network(to, mode)
        if mode == "refuse":
            harness.cut(to)
        time.sleep(rng.uniform(4, 12))
        harness.network(to, "pass")
        return work

    return act


def cuts(to: str) -> FaultAction:
    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        for _ in range(6):
            time.sleep(rng.uniform(0.1, 1.5))
            harness.cut(to)
        return work

    return act


def mails(step: str, share: float, late: float = 0.0) -> FaultAction:
    """The mail server treats a share of all attempts like this, until every mail has been tried for a while."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        def habit(_: str) -> str:
            return step if rng.random() < share else smtp.OK

        harness.mail.habit = habit
        harness.mail.late = late
        work = begin()
        end = time.monotonic() + 15
        _until(lambda: not work.going or time.monotonic() > end)
        return work

    return act


def answers(status: int, share: float) -> FaultAction:
    """The receiver of webhooks answers a share of all attempts like this, until it has been tried for a while."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        async def answer(_: Request) -> Answer:
            return http(status if rng.random() < share else 200)

        harness.receiver.answer = answer
        work = begin()
        end = time.monotonic() + 15
        _until(lambda: not work.going or time.monotonic() > end)
        return work

    return act


def poison(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    work = begin()
    for _ in range(3):
        time.sleep(rng.uniform(0.1, 1))
        asyncio.run(kafka.poison(harness, rng))
    return work


def dead_letter(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    """What comes after an unreadable event of a user waits behind it, until an operator drops it."""
    work = begin()
    admin = Admin(harness)
    user = admin.user(admin.there[0])["user_id"]
    asyncio.run(kafka.unreadable(harness, admin.id, f"user-{user}"))
    admin.team.patch(f"/api/v1/team/{user}", json={"title": "Later"}).raise_for_status()
    url = harness.stack.database_url("validation")
    with psycopg.connect(url, autocommit=True) as connection:
        parked = "SELECT count(*) FROM dead_letter WHERE stream = %s AND error IS NULL"
        _until(lambda: connection.execute(parked, [f"user-{user}"]).fetchone() != (0,), 20)
        title = connection.execute("SELECT title FROM people WHERE user_id = %s", [user]).fetchone()
    if title != ("Before",):
        raise PromiseBroken("nothing_overtakes_a_dead_letter", f"{title} was applied before what came earlier")
    return work


def replay(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    """Everything that is on Kafka comes again, in any order, while new events come too."""
    work = begin()
    time.sleep(rng.uniform(1, 4))
    asyncio.run(kafka.replay(harness, rng))
    return work


def reset(service: str) -> FaultAction:
    """The service reads all its topics from their beginning again."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        harness.signal(service, signal.SIGSTOP)
        try:
            asyncio.run(kafka.reset_offsets(harness, service))
        finally:
            harness.signal(service, signal.SIGCONT)
        return work

    return act


def nothing(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    return begin()


def _until(look: Callable[[], Any], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.05)
