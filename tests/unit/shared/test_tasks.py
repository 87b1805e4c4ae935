"""Background tasks are started again when they fail, with longer and longer pauses, and end when told."""

import asyncio

import pytest

from shared.service.supervisor import Supervisor
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


async def test_a_failing_task_is_started_again_with_growing_pauses() -> None:
    pauses: list[float] = []
    runs = 0
    done = asyncio.Event()

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs <= 8:
            raise OSError
        done.set()
        await asyncio.Event().wait()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert supervisor.failing == {"task": "OSError"}

    supervisor = Supervisor({"task": run}, pause)
    supervisor.start()
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    assert supervisor.failing == {}
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15, 15]
    await supervisor.stop()


async def test_one_failing_does_not_touch_another() -> None:
    ended: list[str] = []

    failed = asyncio.Event()

    async def fails() -> None:
        raise OSError

    async def pause(_: float) -> None:
        failed.set()
        await asyncio.Event().wait()

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("goes on")

    supervisor = Supervisor({"fails": fails, "goes on": goes_on}, pause)
    supervisor.start()
    async with asyncio.timeout(PATIENCE):
        await failed.wait()
    assert supervisor.failing == {"fails": "OSError"}
    assert ended == []
    await supervisor.stop()
    assert ended == ["goes on"]


async def test_a_task_that_is_done_stays_done() -> None:
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)

    supervisor = Supervisor({"once": run})
    supervisor.start()
    await asyncio.sleep(0.01)
    await supervisor.stop()
    assert runs == [1]


async def test_a_task_that_was_cancelled_from_within_is_dead_and_one_that_fails_is_not() -> None:
    failed = asyncio.Event()

    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    async def fails() -> None:
        raise OSError

    async def is_done() -> None: ...

    async def pause(_: float) -> None:
        failed.set()
        await asyncio.Event().wait()

    supervisor = Supervisor({"lost": cancels_itself, "failing": fails, "done": is_done}, pause)
    supervisor.start()
    async with asyncio.timeout(PATIENCE):
        await failed.wait()
    assert supervisor.dead == ["lost"]
    await supervisor.stop()


async def test_tasks_end_on_what_they_stand_on_and_may_finish_what_they_hold() -> None:
    ended: list[str] = []

    async def ground() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ground")

    async def worker() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            ended.append("worker")
            raise

    supervisor = Supervisor({"ground": ground, "worker": worker})
    supervisor.start()
    await asyncio.sleep(0)
    await supervisor.stop(60)
    assert ended == ["worker", "ground"]


async def test_who_does_not_finish_in_time_has_to_let_go() -> None:
    told: list[str] = []

    async def stubborn() -> None:
        for answer in ("finishes", "lets go"):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append(answer)
        raise asyncio.CancelledError

    supervisor = Supervisor({"stubborn": stubborn})
    supervisor.start()
    await asyncio.sleep(0)
    await supervisor.stop(0.01)
    assert told == ["finishes", "lets go"]
