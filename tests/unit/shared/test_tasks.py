"""Background tasks are started again when they fail, with longer and longer pauses, and end when told."""

import asyncio

import pytest

from shared.service.tasks import Supervisor

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
    async with asyncio.timeout(10):
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
    async with asyncio.timeout(10):
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
