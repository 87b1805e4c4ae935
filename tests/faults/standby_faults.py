"""The database server that takes writes is lost while batches run, and its standby takes over: the stack starts nothing
again from the lost one's disk, and makes a new standby in its place."""

import random
import signal
import time

import psycopg

from tests.faults.continuous import continuous, going_on
from tests.faults.fault_actions import Begin, FaultAction
from tests.faults.faults import Fault
from tests.faults.harness import Harness
from tests.faults.work import Work

_PATIENCE = 180.0
_TIMES = 2
"""The second time the one that had taken over is lost, too."""


def _lose(number: signal.Signals) -> FaultAction:
    def act(harness: Harness, rng: random.Random, begin: Begin) -> Work:
        with going_on(begin) as work:
            for _ in range(_TIMES):
                time.sleep(rng.uniform(3, 6))
                lost = harness.signal("postgres", number)
                until_standby(harness, lost)
        return work

    return act


def until_standby(harness: Harness, lost: int) -> None:
    """Returns when another server takes writes and has a standby that is with it."""
    end = time.monotonic() + _PATIENCE
    while harness.pid("postgres") in (0, lost) or not _followed(harness):
        assert time.monotonic() < end, "no standby was made anew"
        time.sleep(0.2)


def _followed(harness: Harness) -> bool:
    try:
        with psycopg.connect(harness.stack.admin_url, connect_timeout=2) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
            return row == (1,)
    except psycopg.Error:
        return False


STANDBY_FAULTS: tuple[Fault, ...] = (
    Fault("primary-killed-and-its-disk-gone", _lose(signal.SIGKILL), continuous),
    Fault("primary-quit-and-its-disk-gone", _lose(signal.SIGQUIT), continuous),
)
