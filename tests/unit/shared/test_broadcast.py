"""What many watch is looked at once; whoever's look ends or fails is told so alone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from shared.core.broadcast import Broadcast
from tests.serving import eventually

pytestmark = pytest.mark.anyio


class Source:
    """Counts who looks, and says what it is told to say."""

    def __init__(self) -> None:
        self.said: list[asyncio.Queue[int | Exception | None]] = []
        self.closed = 0

    async def __call__(self) -> AsyncGenerator[int]:
        queue = asyncio.Queue[int | Exception | None]()
        self.said.append(queue)
        try:
            while (value := await queue.get()) is not None:
                if isinstance(value, Exception):
                    raise value
                yield value
        finally:
            self.closed += 1


async def heard(broadcast: Broadcast[int], source: Source, found: list[int]) -> None:
    async with aclosing(broadcast.watch("batch", source)) as values:
        async for value in values:
            found += [value]


async def test_many_watch_and_one_looks() -> None:
    broadcast, source = Broadcast[int](), Source()
    found: list[list[int]] = [[] for _ in range(5)]
    tasks = [asyncio.create_task(heard(broadcast, source, each)) for each in found]
    await eventually(lambda: len(source.said) == 1)
    source.said[0].put_nowait(1)
    await eventually(lambda: found == [[1]] * 5)
    source.said[0].put_nowait(1)
    source.said[0].put_nowait(2)
    await eventually(lambda: found == [[1, 2]] * 5)
    late: list[int] = []
    tasks.append(asyncio.create_task(heard(broadcast, source, late)))
    await eventually(lambda: late == [2])
    assert len(source.said) == 1
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert source.closed == 1


async def test_who_watches_something_else_hears_nothing_of_it() -> None:
    broadcast, source, other = Broadcast[int](), Source(), Source()
    found: list[int] = []
    task = asyncio.create_task(heard(broadcast, source, found))
    async with aclosing(broadcast.watch("another", other)) as values:
        asked = asyncio.ensure_future(anext(values))
        await eventually(lambda: len(source.said) == len(other.said) == 1)
        other.said[0].put_nowait(7)
        source.said[0].put_nowait(1)
        assert await asked == 7
        await eventually(lambda: found == [1])
    task.cancel()
    await asyncio.wait([task])


async def test_when_the_one_who_looks_leaves_the_next_one_looks() -> None:
    broadcast, source = Broadcast[int](), Source()
    first: list[int] = []
    second: list[int] = []
    looks = asyncio.create_task(heard(broadcast, source, first))
    await eventually(lambda: len(source.said) == 1)
    follows = asyncio.create_task(heard(broadcast, source, second))
    source.said[0].put_nowait(1)
    await eventually(lambda: second == [1])
    looks.cancel()
    await eventually(lambda: len(source.said) == 2)
    assert source.closed == 1
    source.said[1].put_nowait(1)
    source.said[1].put_nowait(2)
    await eventually(lambda: second == [1, 2])
    assert first == [1]
    follows.cancel()
    await asyncio.wait([looks, follows])
    assert source.closed == 2


@pytest.mark.parametrize("end", [PermissionError("signed out"), None])
async def test_whose_look_ends_is_told_alone(end: Exception | None) -> None:
    broadcast, source = Broadcast[int](), Source()
    first: list[int] = []
    second: list[int] = []
    looks = asyncio.create_task(heard(broadcast, source, first))
    await eventually(lambda: len(source.said) == 1)
    follows = asyncio.create_task(heard(broadcast, source, second))
    source.said[0].put_nowait(1)
    await eventually(lambda: first == second == [1])
    source.said[0].put_nowait(end)
    await asyncio.wait([looks])
    assert looks.exception() is end
    await eventually(lambda: len(source.said) == 2)
    source.said[1].put_nowait(2)
    await eventually(lambda: second == [1, 2])
    source.said[1].put_nowait(None)
    await asyncio.wait([follows])
    assert follows.exception() is None


async def test_what_was_overtaken_is_left_out_and_nothing_is_kept() -> None:
    broadcast, source = Broadcast[int](), Source()
    async with aclosing(broadcast.watch("batch", source)) as slow:
        asked = asyncio.ensure_future(anext(slow))
        await eventually(lambda: len(source.said) == 1)
        source.said[0].put_nowait(1)
        assert await asked == 1
        found: list[int] = []
        task = asyncio.create_task(heard(broadcast, source, found))
        for value in (2, 3):
            source.said[0].put_nowait(value)
        await eventually(lambda: found[-1:] == [3])
        assert await anext(slow) == 3
        task.cancel()
        await asyncio.wait([task])
    again = Source()
    async with aclosing(broadcast.watch("batch", again)) as values:
        asked = asyncio.ensure_future(anext(values))
        await eventually(lambda: len(again.said) == 1)
        assert not asked.done()
        again.said[0].put_nowait(9)
        assert await asked == 9
