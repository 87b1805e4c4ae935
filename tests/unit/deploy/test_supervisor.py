"""The supervisor with processes that are a line of Python."""

import asyncio
import os
import signal
import sys

import psutil
import pytest

from deploy.devstack.process import Command
from deploy.devstack.supervisor import BACKOFF, STEADY_SECONDS, Part, pause_before, restarts_after
from deploy.operate.errors import CommandError
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


def part(program: str, lines: list[str], ready_seconds: float = PATIENCE) -> Part:
    async def ready() -> bool:
        return any("ready" in line for line in lines)

    command = Command("part", (sys.executable, "-c", program))
    return Part(command, ready, write=lines.append, ready_seconds=ready_seconds)


SLEEPS = "import time; print('ready', flush=True); time.sleep(60)"


def test_pauses_double_and_stay_below_the_promised_15_seconds() -> None:
    pauses = [pause_before(n) for n in range(1, 12)]
    assert pauses[:4] == [0.2, 0.4, 0.8, 1.6] and max(pauses) == BACKOFF.cap <= 15


def test_a_process_that_ran_steadily_begins_again_at_the_first_pause() -> None:
    assert restarts_after(5, STEADY_SECONDS) == 1
    assert restarts_after(5, STEADY_SECONDS - 1) == 6


async def test_what_dies_is_started_again_and_told() -> None:
    lines: list[str] = []
    changed = asyncio.Event()
    one = part(SLEEPS, lines)
    one.on_change = changed.set
    await one.start()
    first = one.pid
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await changed.wait()
    assert one.alive and one.pid != first
    await one.stop()


async def test_what_is_stopped_stays_stopped() -> None:
    lines: list[str] = []
    one = part(SLEEPS, lines)
    await one.start()
    await one.stop()
    assert not one.alive
    with pytest.raises(ProcessLookupError):
        os.kill(one.pid, 0)


async def test_what_ends_at_once_says_what_it_said() -> None:
    with pytest.raises(CommandError, match="ended at once with code 3") as raised:
        await part("import sys; print('no such database'); sys.exit(3)", []).start()
    assert "no such database" in str(raised.value)


async def test_what_never_becomes_ready_is_ended() -> None:
    lines: list[str] = []
    one = part("import time; time.sleep(60)", lines, ready_seconds=0.2)
    with pytest.raises(CommandError, match="was not ready within"):
        await one.start()
    assert not one.alive


async def test_lines_come_out_with_the_name_in_front() -> None:
    lines: list[str] = []
    one = part(SLEEPS, lines)
    await one.start()
    await one.stop()
    assert any(line.startswith("part ") and line.endswith("ready") for line in lines)


async def test_what_a_dead_process_left_behind_is_ended_too() -> None:
    lines: list[str] = []
    child = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    one = part(child + "print('ready', p.pid, flush=True); time.sleep(60)", lines)
    await one.start()
    left = int(lines[0].split()[-1])
    await one.stop()
    psutil.wait_procs([psutil.Process(left)] if psutil.pid_exists(left) else [], timeout=PATIENCE)
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE
