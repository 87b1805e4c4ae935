"""The same call twice: its work once, its answer twice."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.http.problems import Problem
from shared.postgres.database import Pool
from shared.service.cleanup import Cleanup

pytestmark = pytest.mark.anyio

COMPANY = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
CALL = "POST /api/v1/things"
ANSWER = Answer(202, {"Location": "/things/1"}, b'{"id": 1}')


async def nothing() -> None:
    pass


async def call(
    pool: Pool,
    body: str = "body",
    key: str | None = "k",
    company: str = COMPANY,
    answer: Answer = ANSWER,
    meanwhile: Callable[[], Awaitable[None]] = nothing,
) -> tuple[Answer, bool]:
    """The answer, and whether the work was done for it."""
    done = False

    async def work() -> Answer:
        nonlocal done
        await meanwhile()
        done = True
        return answer

    async with pool.acquire() as conn, conn.transaction():
        return await once(conn, Call(company, CALL, key, fingerprint(body)), work), done


async def test_the_first_answer_is_given_again(pool: Pool) -> None:
    assert await call(pool) == (ANSWER, True)
    assert await call(pool, answer=Answer(500)) == (ANSWER, False)


async def test_another_body_is_refused(pool: Pool) -> None:
    await call(pool)
    with pytest.raises(Problem) as refused:
        await call(pool, body="other")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")


async def test_keys_are_a_companys_own(pool: Pool) -> None:
    await call(pool)
    assert (await call(pool, company=OTHER, body="other"))[1]
    assert (await call(pool, key="k2", body="other"))[1]


async def test_without_a_key_each_call_is_its_own(pool: Pool) -> None:
    assert (await call(pool, key=None))[1]
    assert (await call(pool, key=None))[1]


async def test_what_was_rolled_back_was_never_said(pool: Pool) -> None:
    async def fail() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await call(pool, meanwhile=fail)
    assert (await call(pool))[1]


async def test_a_repetition_waits_for_the_first(pool: Pool) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()

    first = asyncio.create_task(call(pool, meanwhile=work))
    await begun.wait()
    second = asyncio.create_task(call(pool, answer=Answer(500)))
    await asyncio.sleep(0.2)
    go_on.set()
    assert await first == (ANSWER, True)
    assert await second == (ANSWER, False)


async def test_a_repetition_of_a_long_call_is_told_to_come_back(pool: Pool) -> None:
    async def repeat() -> None:
        with pytest.raises(Problem) as refused:
            await call(pool)
        assert refused.value.status == 409
        assert "Retry-After" in refused.value.headers

    assert (await call(pool, meanwhile=repeat))[1]


async def test_a_key_is_free_again_after_a_day(pool: Pool) -> None:
    await call(pool)
    await pool.execute("UPDATE idempotency SET created_at = created_at - interval '25 hours'")
    assert (await call(pool, body="other"))[1]


async def test_old_rows_are_swept_and_young_ones_stay(pool: Pool) -> None:
    await call(pool, key="old")
    await pool.execute("UPDATE idempotency SET created_at = created_at - interval '25 hours'")
    await call(pool, key="young")
    await pool.execute("INSERT INTO inbox SELECT 'c', gen_random_uuid(), now() - interval '20 days'")
    await pool.execute("INSERT INTO inbox SELECT 'c', gen_random_uuid(), now() - interval '5 days'")
    assert await Cleanup(pool, None).once() == 1
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 2, "kept for ever unless said otherwise"
    assert await Cleanup(pool, 14).once() == 1
    assert await pool.fetchval("SELECT key FROM idempotency") == "young"
