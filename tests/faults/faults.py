"""The faults, by name. Each takes the rig and a seeded random source, begins the work, and is over when it returns."""

import asyncio
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from deploy.local.options import SERVICES
from tests.faults import kafka
from tests.faults.admin import Admin
from tests.faults.proxy import Mode
from tests.faults.rig import Rig
from tests.faults.rush import Rush
from tests.faults.scenario import Scenario
from tests.faults.work import Prepared, Work
from tests.integration.notification import smtp

Begin = Callable[[], Work]
Happen = Callable[[Rig, random.Random, Begin], Work]
Prepare = Callable[[Rig, random.Random], Prepared]


def _work(rows: int) -> Prepare:
    return lambda rig, rng: Scenario(rig, rows)


_FEW, _MANY = _work(rows=25), _work(rows=120)


_LONG_STOP = 14.0
"""Seconds that a process is stopped: its consumers' sessions last ten."""


@dataclass(frozen=True)
class Fault:
    """`prepare` is the work that it happens to. `bounded`: it belongs to the selection that CI has time for."""

    name: str
    happen: Happen
    prepare: Prepare = _FEW
    bounded: bool = False


# Where each point is reached: mechanism by every service that uses it.
POINTS: dict[str, tuple[str, ...]] = {
    "store.appended": SERVICES,
    "store.committed": SERVICES,
    "inbox.claimed": SERVICES,
    "inbox.applied": SERVICES,
    "inbox.committed": SERVICES,
    "relay.sending": SERVICES,
    "relay.acknowledged": SERVICES,
    "relay.checkpointed": SERVICES,
    "jobs.claimed": ("licensing", "validation"),
    "jobs.done": ("licensing", "validation"),
    "intake.kept": ("upload",),
    "intake.superseding": ("upload",),
    "intake.recorded": ("upload",),
    "action.decided": ("upload",),
    "action.committed": ("upload",),
    "validate.caught-up": ("validation",),
    "validate.judged": ("validation",),
    "validate.rows-kept": ("validation",),
    "validate.finished": ("validation",),
    "office.committed": ("licensing",),
    "office.published": ("licensing",),
    "confirm.read": ("licensing",),
    "confirm.gathered": ("licensing",),
    "confirm.reserved": ("licensing",),
    "confirm.portion": ("licensing",),
    "confirm.refused": ("licensing",),
    "confirm.finished": ("licensing",),
    "mail.claimed": ("notification",),
    "mail.begun": ("notification",),
    "mail.dot-written": ("notification",),
    "mail.dot-answered": ("notification",),
    "mail.recorded": ("notification",),
    "completion.decided": ("notification",),
    "completion.committed": ("notification",),
}
_TOLD_EVERYWHERE = ("store.appended", "inbox.applied", "inbox.committed", "relay.sending", "relay.acknowledged")
_MOST = 3
"""How often a point that is reached by everything is passed at most before it kills."""


def _crash(point: str, service: str) -> Happen:
    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        spared = rng.randrange(_MOST) if point in _TOLD_EVERYWHERE else 0
        armed = rig.arm(point, service, spared)
        work = begin()
        _until(lambda: not armed.exists() or not work.going)
        assert not armed.exists(), f"{service} never came to {point}"
        return work

    return happen


def _kill(*parts: str, number: signal.Signals = signal.SIGKILL) -> Happen:
    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        for part in parts:
            time.sleep(rng.uniform(0.2, 4))
            rig.signal(part, number)
        return work

    return happen


def _crash_everywhere(*points: tuple[str, str]) -> Happen:
    """Each service dies at a point of its own in the same run."""

    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        armed = [rig.arm(point, service) for point, service in points]
        work = begin()
        _until(lambda: not any(file.exists() for file in armed) or not work.going)
        left = [file.name for file in armed if file.exists()]
        assert not left, f"never reached: {left}"
        return work

    return happen


def _stop(service: str, *, replica: bool) -> Happen:
    """Stopped past its session timeout, then let go on as if nothing had been; with a replica that took over meanwhile,
    or without one."""

    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        if replica:
            rig.join(service)
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        rig.signal(service, signal.SIGSTOP)
        time.sleep(_LONG_STOP)
        rig.signal(service, signal.SIGCONT)
        if replica:
            time.sleep(2)
            rig.leave(service)
        return work

    return happen


def _stop_for_good(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    """A process that leads stops, and a replica has to end the work without it."""
    rig.join("notification")
    work = begin()
    time.sleep(rng.uniform(0.2, 2))
    rig.signal("notification", signal.SIGSTOP)
    try:
        _until(lambda: not work.going)
        if work.going:
            raise PromiseBroken("a_stopped_process_holds_nobody_up", "the work did not end beside it")
    finally:
        rig.signal("notification", signal.SIGCONT)
    time.sleep(2)
    rig.leave("notification")
    return work


def _replicas(service: str) -> Happen:
    """A second replica joins in the middle, and leaves before the end."""

    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0, 1))
        rig.join(service)
        time.sleep(rng.uniform(0, 2))
        rig.leave(service)
        return work

    return happen


def _relay_cut(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    """The leader loses its connection to Postgres while Kafka is slow, several times."""
    rig.network("kafka", "slow")
    work = begin()
    for _ in range(5):
        time.sleep(rng.uniform(0.3, 1.5))
        with psycopg.connect(rig.stack.admin_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'usher relay'"
            )
    rig.network("kafka", "pass")
    return work


def _network(to: str, mode: Mode) -> Happen:
    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        rig.network(to, mode)
        if mode == "refuse":
            rig.cut(to)
        time.sleep(rng.uniform(4, 12))
        rig.network(to, "pass")
        return work

    return happen


def _cuts(to: str) -> Happen:
    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        for _ in range(6):
            time.sleep(rng.uniform(0.1, 1.5))
            rig.cut(to)
        return work

    return happen


def _mails(step: str, share: float, late: float = 0.0) -> Happen:
    """The mail server treats a share of all attempts like this, until every mail has been tried for a while."""

    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        def habit(_: str) -> str:
            return step if rng.random() < share else smtp.OK

        rig.mail.habit = habit
        rig.mail.late = late
        work = begin()
        end = time.monotonic() + 15
        _until(lambda: not work.going or time.monotonic() > end)
        return work

    return happen


def _poison(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    work = begin()
    for _ in range(3):
        time.sleep(rng.uniform(0.1, 1))
        asyncio.run(kafka.poison(rig, rng))
    return work


class PromiseBroken(AssertionError):
    """A promise that is seen to be broken while the fault lasts, and could not be seen afterwards."""

    def __init__(self, promise: str, how: str) -> None:
        super().__init__(how)
        self.promise = promise


def _dead_letter(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    """What comes after an unreadable event of a user waits behind it, until an operator drops it."""
    work = begin()
    admin = Admin(rig)
    user = admin.user(admin.there[0])["user_id"]
    asyncio.run(kafka.unreadable(rig, admin.id, f"user-{user}"))
    admin.team.patch(f"/api/v1/team/{user}", json={"title": "Later"}).raise_for_status()
    url = rig.stack.database_url("validation")
    with psycopg.connect(url, autocommit=True) as connection:
        parked = "SELECT count(*) FROM dead_letter WHERE stream = %s AND error IS NULL"
        _until(lambda: connection.execute(parked, [f"user-{user}"]).fetchone() != (0,), 20)
        title = connection.execute("SELECT title FROM people WHERE user_id = %s", [user]).fetchone()
    if title != ("Before",):
        raise PromiseBroken("nothing_overtakes_a_dead_letter", f"{title} was applied before what came earlier")
    return work


def _replay(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    """Everything that is on Kafka comes again, in any order, while new events come too."""
    work = begin()
    time.sleep(rng.uniform(1, 4))
    asyncio.run(kafka.replay(rig, rng))
    return work


def _reset(service: str) -> Happen:
    """The service reads all its topics from their beginning again."""

    def happen(rig: Rig, rng: random.Random, begin: Begin) -> Work:
        work = begin()
        time.sleep(rng.uniform(0.2, 3))
        rig.signal(service, signal.SIGSTOP)
        try:
            asyncio.run(kafka.reset_offsets(rig, service))
        finally:
            rig.signal(service, signal.SIGCONT)
        return work

    return happen


def _nothing(rig: Rig, rng: random.Random, begin: Begin) -> Work:
    return begin()


def _rush(admins: int) -> Prepare:
    return lambda rig, rng: Rush(rig, rng, admins)


def _until(look: Callable[[], Any], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.05)


_MODES: tuple[Mode, ...] = ("refuse", "slow", "stall")
_ROUND = {"licensing": "confirm.portion", "validation": "validate.finished", "upload": "intake.superseding"}

FAULTS: tuple[Fault, ...] = (
    Fault("none", _nothing),
    *(Fault(f"rush-of-{count}", _nothing, _rush(count), bounded=count == 20) for count in (2, 8, 20, 50)),
    *(
        Fault(f"crash-{point}-{service}", _crash(point, service))
        for point, services in POINTS.items()
        for service in services
    ),
    Fault(
        "crash-relays-acknowledged",
        _crash_everywhere(*(("relay.acknowledged", service) for service in SERVICES)),
        bounded=True,
    ),
    Fault(
        "crash-inboxes-committed",
        _crash_everywhere(*(("inbox.committed", service) for service in SERVICES)),
        bounded=True,
    ),
    Fault(
        "crash-in-the-middle",
        _crash_everywhere(
            *((point, service) for service, point in _ROUND.items()), ("mail.dot-written", "notification")
        ),
        bounded=True,
    ),
    *(Fault(f"kill-{service}", _kill(service, service), prepare=_MANY) for service in SERVICES),
    Fault("kill-all", _kill(*SERVICES), prepare=_MANY),
    Fault("kill-kafka", _kill("kafka"), bounded=True),
    Fault("quit-postgres", _kill("postgres", number=signal.SIGQUIT), bounded=True),
    Fault("relay-cut-while-kafka-is-slow", _relay_cut),
    *(Fault(f"replica-of-{service}", _replicas(service), prepare=_MANY) for service in SERVICES),
    *(Fault(f"stop-{service}", _stop(service, replica=False), prepare=_MANY) for service in SERVICES),
    *(Fault(f"stop-{service}-beside-a-replica", _stop(service, replica=True), prepare=_MANY) for service in SERVICES),
    Fault("stop-the-leading-notification-for-good", _stop_for_good),
    *(Fault(f"offsets-of-{service}-reset", _reset(service)) for service in SERVICES),
    Fault("replay-in-any-order", _replay, bounded=True),
    Fault("poison", _poison, bounded=True),
    Fault("dead-letter-of-a-living-user", _dead_letter),
    Fault("smtp-421", _mails(smtp.CLOSING, 0.3)),
    Fault("smtp-450", _mails(smtp.BUSY, 0.3)),
    Fault("smtp-550", _mails(smtp.UNKNOWN, 0.2)),
    Fault("smtp-451-after-the-dot", _mails(smtp.BUSY_AFTER, 0.3)),
    Fault("smtp-slow", _mails(smtp.OK, 1, late=0.5)),
    Fault("smtp-silent", _mails(smtp.SILENT, 0.05)),
    Fault("smtp-cut-in-data", _mails(smtp.CUT_BEFORE, 0.3)),
    Fault("smtp-cut-after-the-dot", _mails(smtp.CUT_AFTER, 0.3), bounded=True),
    *(Fault(f"{to}-{mode}", _network(to, mode)) for to in ("kafka", "postgres", "smtp") for mode in _MODES),
    *(Fault(f"{to}-cuts", _cuts(to)) for to in ("kafka", "postgres", "smtp")),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
BOUNDED = [fault for fault in FAULTS if fault.bounded]
