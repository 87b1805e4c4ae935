"""Leased jobs: once, in turn by company, again when a worker dies."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import structlog
from prometheus_client import REGISTRY

from shared.jobs import queue
from shared.jobs.queue import Job, LeaseLost, Retry
from shared.jobs.worker import Handler, Worker
from shared.postgres.database import Listener, Pool
from tests.integration.shared.notes import context
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio
A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"


async def put(pool: Pool, key: str, company: str) -> None:
    async with pool.acquire() as conn:
        await queue.put(conn, "work", key, company, {"key": key}, context(company))


@asynccontextmanager
async def working(pool: Pool, database: str, handler: Handler, slots: int = 1) -> AsyncGenerator[None]:
    listener = Listener(database)
    hearing = asyncio.create_task(listener.run())
    worker = asyncio.create_task(Worker(pool, {"work": handler}, listener, slots).run())
    try:
        yield
    finally:
        await told_to_stop(worker)
        worker.cancel()
        hearing.cancel()
        await asyncio.gather(worker, hearing, return_exceptions=True)


async def told_to_stop(worker: asyncio.Task[None]) -> None:
    """The first of two cancellations: the worker finishes what it holds."""
    worker.cancel()
    await asyncio.sleep(0)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1_500):
        if await look():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{look} never came true")


async def none_left(pool: Pool) -> None:
    async def none() -> bool:
        return not await pool.fetchval("SELECT count(*) FROM jobs")

    await until(none)


async def test_companies_take_turns(pool: Pool, database: str) -> None:
    done: list[str] = []

    async def handler(job: Job) -> None:
        done.append(str(job.payload["key"]))

    for n in range(4):
        await put(pool, f"a{n}", A)
    await put(pool, "b0", B)
    async with working(pool, database, handler):
        await none_left(pool)
    assert done.index("b0") <= 1 and sorted(done) == ["a0", "a1", "a2", "a3", "b0"]


async def test_a_company_has_one_job_of_a_kind_under_way(pool: Pool, database: str) -> None:
    under_way = {A: 0, B: 0}
    most = {A: 0, B: 0}

    async def handler(job: Job) -> None:
        under_way[job.company_id] += 1
        most[job.company_id] = max(most[job.company_id], under_way[job.company_id])
        await asyncio.sleep(0.02)
        under_way[job.company_id] -= 1

    for n in range(6):
        await put(pool, f"a{n}", A)
        await put(pool, f"b{n}", B)
    async with working(pool, database, handler, slots=4):
        await none_left(pool)
    assert most == {A: 1, B: 1}


async def test_what_fails_again_and_again_is_told_and_stays_in_line(pool: Pool, database: str) -> None:
    async def measured() -> bool:
        return REGISTRY.get_sample_value("usher_jobs_stuck", {"kind": "work"}) == 1

    async def handler(job: Job) -> None:
        await asyncio.sleep(3600)

    await put(pool, "a", A)
    await put(pool, "b", B)
    await pool.execute("UPDATE jobs SET attempts = 10 WHERE key = 'a'")
    with structlog.testing.capture_logs() as said:
        async with working(pool, database, handler, slots=2):
            await until(measured)
    assert [(each["event"], each["key"]) for each in said if each["log_level"] == "error"] == [("job.stuck", "a")]
    assert await pool.fetchval("SELECT count(*) FROM jobs") == 2


async def test_a_job_that_failed_for_hours_is_still_put_back(pool: Pool, database: str) -> None:
    async def handler(job: Job) -> None:
        raise ValueError

    async def put_back() -> bool:
        return await pool.fetchval("SELECT last_error IS NOT NULL FROM jobs")

    await put(pool, "a", A)
    await pool.execute("UPDATE jobs SET attempts = 5000")
    async with working(pool, database, handler):
        await until(put_back)
    assert await pool.fetchval("SELECT run_at - now() BETWEEN '5 s' AND '16 s' FROM jobs")


async def test_what_fails_comes_back(pool: Pool, database: str) -> None:
    attempts: list[int] = []

    async def handler(job: Job) -> None:
        attempts.append(job.attempts)
        if job.attempts == 1:
            raise RuntimeError
        if job.attempts == 2:
            raise Retry(0.05)

    await put(pool, "x", A)
    async with working(pool, database, handler):
        await none_left(pool)
    assert attempts == [1, 2, 3]


async def test_the_same_job_is_recorded_once(pool: Pool) -> None:
    await put(pool, "x", A)
    await put(pool, "x", A)
    assert await pool.fetchval("SELECT count(*) FROM jobs") == 1


async def test_who_lost_the_lease_cannot_finish(pool: Pool, database: str) -> None:
    outcome: list[type[BaseException] | None] = []

    async def handler(job: Job) -> None:
        if not outcome:
            await pool.execute("UPDATE jobs SET lease = gen_random_uuid(), lease_until = now() - interval '1 s'")
        try:
            async with pool.acquire() as conn, conn.transaction():
                await job.finish(conn)
            outcome.append(None)
        except LeaseLost as lost:
            outcome.append(type(lost))
            raise

    await put(pool, "x", A)
    async with working(pool, database, handler):
        await none_left(pool)
    assert outcome == [LeaseLost, None]


async def test_a_job_outlives_its_worker(pool: Pool, database: str) -> None:
    started = asyncio.Event()

    async def hangs(job: Job) -> None:
        started.set()
        await asyncio.sleep(60)

    async def does(job: Job) -> None: ...

    await put(pool, "x", A)
    async with working(pool, database, hangs):
        await started.wait()
        leased = "UPDATE jobs SET lease = gen_random_uuid(), lease_until = now() - interval '1 s'"
        await pool.execute(leased)  # as after a kill and LEASE_SECONDS
    async with working(pool, database, does):
        await none_left(pool)


async def test_a_worker_that_is_told_to_stop_finishes_what_it_holds_and_begins_nothing(
    pool: Pool, database: str
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def handler(job: Job) -> None:
        begun.set()
        await go_on.wait()
        done.append(job.key)

    worker = asyncio.create_task(Worker(pool, {"work": handler}, Listener(database), slots=2).run())
    await put(pool, "held", A)
    await begun.wait()
    await put(pool, "next", A)
    await told_to_stop(worker)
    go_on.set()
    await asyncio.wait([worker], timeout=PATIENCE)
    assert worker.cancelled() and done == ["held"]
    assert await pool.fetchval("SELECT array_agg(key) FROM jobs WHERE lease IS NULL") == ["next"]


async def test_what_was_just_claimed_when_the_worker_is_told_to_stop_is_not_begun(pool: Pool, database: str) -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    class Slow(Worker):
        async def _claim(self) -> Job | None:
            job = await super()._claim()
            claimed.set()
            await go_on.wait()
            return job

    async def handler(job: Job) -> None:
        done.append(job.key)

    await put(pool, "next", A)
    worker = asyncio.create_task(Slow(pool, {"work": handler}, Listener(database), slots=1).run())
    await claimed.wait()
    await told_to_stop(worker)
    go_on.set()
    await asyncio.wait([worker], timeout=PATIENCE)
    assert worker.cancelled() and not done
    assert await pool.fetchval("SELECT array_agg(key) FROM jobs WHERE lease IS NULL") == ["next"]


async def test_a_worker_that_is_told_twice_lets_go_at_once(pool: Pool, database: str) -> None:
    begun = asyncio.Event()

    async def hangs(job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    worker = asyncio.create_task(Worker(pool, {"work": hangs}, Listener(database)).run())
    await put(pool, "x", A)
    await begun.wait()
    await told_to_stop(worker)
    worker.cancel()
    await asyncio.wait([worker], timeout=PATIENCE)
    assert await pool.fetchval("SELECT lease IS NULL AND run_at <= now() FROM jobs")
