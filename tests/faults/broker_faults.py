"""What happens to one of three brokers while batches run: it is killed, stopped, rolled, or loses its disk."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable

from tests.faults import cluster
from tests.faults.continuous import UnderWay, continuous, going_on
from tests.faults.fault_actions import Begin, FaultAction
from tests.faults.faults import Fault
from tests.faults.harness import Harness
from tests.faults.work import Work

BROKERS = 3
_MINUTE = 60.0
_Which = Callable[[Harness, UnderWay], int]


def _leader(harness: Harness, work: UnderWay) -> int:
    return cluster.leader_of(harness, work.watched)


def _controller(harness: Harness, work: UnderWay) -> int:
    return cluster.controller(harness)


def _hurt(which: _Which, hurt: Callable[[Harness, int], None]) -> FaultAction:
    """Something happens to that broker in the middle of the work, which goes on until every copy is there again."""

    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        with going_on(begin) as work:
            time.sleep(rng.uniform(2, 5))
            hurt(harness, which(harness, work))
            cluster.until_complete(harness)
        return work

    return act


def _kill(harness: Harness, number: int) -> None:
    os.kill(harness.broker_pid(number), signal.SIGKILL)
    time.sleep(2)


def _stop(harness: Harness, number: int) -> None:
    pid = harness.broker_pid(number)
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(_MINUTE)
    finally:
        os.kill(pid, signal.SIGCONT)


def _lose_disk(harness: Harness, number: int) -> None:
    """It never answers again with what it had; an empty disk is put in its place."""
    pid, broker = harness.broker_pid(number), harness.stack.brokers()[number - 1]
    os.kill(pid, signal.SIGSTOP)
    shutil.rmtree(broker.folder / "log")
    os.kill(pid, signal.SIGKILL)
    broker.prepare()
    time.sleep(2)


def _roll(harness: Harness, rng: random.Random, begin: Begin) -> Work:
    """Each is stopped in order and started again; the next one when every copy is there."""
    with going_on(begin) as work:
        time.sleep(rng.uniform(2, 4))
        for number in range(1, BROKERS + 1):
            os.kill(harness.broker_pid(number), signal.SIGTERM)
            time.sleep(2)
            cluster.until_complete(harness)
    return work


BROKER_FAULTS: tuple[Fault, ...] = (
    Fault("leading-broker-killed", _hurt(_leader, _kill), continuous),
    Fault("controller-killed", _hurt(_controller, _kill), continuous),
    Fault("broker-stopped-for-a-minute", _hurt(_leader, _stop), continuous),
    Fault("controller-stopped-for-a-minute", _hurt(_controller, _stop), continuous),
    Fault("brokers-rolled", _roll, continuous),
    Fault("broker-loses-its-disk", _hurt(_leader, _lose_disk), continuous),
)
