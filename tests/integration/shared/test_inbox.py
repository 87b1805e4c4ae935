"""Events are taken in once, whatever fails; what can't be is kept, and holds up nothing but its own stream."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.messaging import dead_letters
from shared.messaging.dead_letter_retry import DeadLetterRetry
from shared.messaging.inbox import Permanent, Received
from shared.postgres.database import Listener, Pool
from tests.integration.shared.letters import TABLE, Post, Reader, post, reset_offsets, until
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def letters(stack: TestStack, pool: Pool) -> AsyncIterator[Post]:
    await pool.execute(TABLE)
    async with post(stack.kafka_bootstrap) as opened:
        yield opened


class Failing:
    """Fails at the given text as often as said, with an error of the given kind."""

    def __init__(self, text: str, error: Exception, times: int = 1_000_000) -> None:
        self.text = text
        self.error = error
        self.left = times

    def __call__(self, received: Received) -> Exception | None:
        if received.event.text != self.text or self.left <= 0:
            return None
        self.left -= 1
        return self.error


async def kept(pool: Pool) -> list[tuple[str | None, bool]]:
    """Each kept record's stream, and whether it is a dead letter rather than parked."""
    rows = await pool.fetch("SELECT stream, error IS NOT NULL AS dead FROM dead_letter ORDER BY id")
    return [(row["stream"], row["dead"]) for row in rows]


async def events(pool: Pool) -> list[str]:
    return [
        row["data"] for row in await pool.fetch("SELECT data ->> 'text' AS data FROM events ORDER BY commit_id, index")
    ]


async def test_a_polled_batch_is_applied_once_in_order_by_one_call(letters: Post, pool: Pool) -> None:
    for n in range(20):
        await letters.send(f"{n}")
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(20)
    assert await reader.texts() == [f"{n}" for n in range(20)]
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 20
    assert max(map(len, reader.calls)) > 1, "records come in batches"


async def test_what_comes_again_is_not_applied_again(letters: Post, pool: Pool) -> None:
    first = await letters.send("one")
    await letters.send("one", id=first)
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(2)
    await reset_offsets(reader)
    await letters.send("two")
    async with reader.reading():
        await reader.caught_up(3)
    assert await reader.texts() == ["one", "two"]


async def test_a_batch_that_fails_comes_again_from_kafka_and_loses_nothing(letters: Post, pool: Pool) -> None:
    """Six failures are more than the pauses of one delivery: only a nack and Kafka's redelivery get past them."""
    for n in range(10):
        await letters.send(f"{n}")
    reader = Reader(pool, letters, Failing("4", ConnectionError("away"), times=6))
    async with reader.reading():
        await reader.caught_up(10)
    assert await reader.texts() == [f"{n}" for n in range(10)]
    assert await kept(pool) == []
    assert sum("4" in call for call in reader.calls) >= 6


async def test_what_can_never_be_applied_parks_its_stream_and_no_other(letters: Post, pool: Pool) -> None:
    for stream, text in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2"), ("a", "a3")]:
        await letters.send(text, stream)
    reader = Reader(pool, letters, Failing("a2", Permanent("not this one")))
    async with reader.reading():
        await reader.caught_up(5)
        await letters.send("a4", "a")
        await letters.send("b3", "b")
        await reader.caught_up(7)
    assert await reader.texts() == ["a1", "b1", "b2", "b3"]
    assert await kept(pool) == [("a", True), ("a", False), ("a", False)]
    assert await events(pool) == ["a1", "b1", "b2", "b3"], "what the failed handler appended is taken back"


async def test_positions_have_no_gap_after_a_record_was_taken_back(letters: Post, pool: Pool) -> None:
    for text in ["1", "2", "3"]:
        await letters.send(text, stream=f"s{text}")
    reader = Reader(pool, letters, Failing("2", Permanent("no")))
    async with reader.reading():
        await reader.caught_up(3)
    async with pool.acquire() as conn:
        read = await reader.store.read(conn, 0, 100)
    assert [(r.position, r.event.text) for r in read] == [(1, "1"), (2, "3")]


async def test_an_error_of_the_code_becomes_a_dead_letter_after_its_repetitions(letters: Post, pool: Pool) -> None:
    await letters.send("bad", "a")
    await letters.send("good", "b")
    reader = Reader(pool, letters, Failing("bad", KeyError("forgotten")))
    async with reader.reading():
        await reader.caught_up(2)
    assert await reader.texts() == ["good"]
    assert await kept(pool) == [("a", True)]


ODD = {
    "garbage": {"value": b"\xff\xfe\x00garbage"},
    "empty value": {"value": b""},
    "no value": {"value": None},
    "not an object": {"value": b"[1, 2]"},
    "no time": {"without": "ce_time"},
    "no type": {"without": "ce_type"},
    "binary type": {"without": "ce_type", "headers": [("ce_type", b"\xff\xff")]},
    "null type": {"without": "ce_type", "headers": [("ce_type", None)]},
    "no id": {"without": "ce_id"},
    "id is no UUID": {"without": "ce_id", "headers": [("ce_id", b"17")]},
    "binary subject": {"without": "ce_subject", "headers": [("ce_subject", b"\xc3\x28")]},
    "subject with NUL": {"without": "ce_subject", "headers": [("ce_subject", b"a\0b")]},
    "no sequence": {"without": "ce_sequence"},
    "time is none": {"without": "ce_time", "headers": [("ce_time", b"noon")]},
    "no company": {"without": "ce_companyid"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
async def test_undecodable_bytes_become_a_dead_letter_and_hold_up_nothing(
    letters: Post, pool: Pool, odd: dict[str, object]
) -> None:
    await letters.send("odd", "s", **odd)
    await letters.send("next", "s")
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(2)
    assert await reader.texts() == ["next"]
    assert await kept(pool) == [(None, True)]


async def test_foreign_headers_and_types_do_no_harm(letters: Post, pool: Pool) -> None:
    await letters.send("null header", headers=[("x-anything", None)])
    await letters.send("binary header", headers=[("x-anything", b"\xff\x00\xfe")])
    await letters.send("reply wanted", headers=[("reply_to", b"somewhere"), ("correlation_id", b"1")])
    await letters.send("strange trace", without="traceparent", headers=[("traceparent", b"\xff")])
    await letters.send("unknown", type="letters.Burnt.v9", value=b"\xff")
    await letters.send("last")
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(6)
    assert await reader.texts() == ["null header", "binary header", "reply wanted", "strange trace", "last"]
    assert await kept(pool) == []


async def test_json_of_another_shape_parks_its_stream(letters: Post, pool: Pool) -> None:
    await letters.send("odd", "s", value=b'{"text": 7, "company_id": "x"}')
    await letters.send("later", "s")
    await letters.send("other", "t")
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(3)
    assert await reader.texts() == ["other"]
    assert await kept(pool) == [("s", True), ("s", False)]


async def test_undecodable_bytes_are_kept_once(letters: Post, pool: Pool) -> None:
    await letters.send("odd", value=b"\xff")
    reader = Reader(pool, letters)
    async with reader.reading():
        await reader.caught_up(1)
    async with pool.acquire() as conn:
        assert len(await dead_letters.drop(conn, None)) == 1
    await reset_offsets(reader)
    await letters.send("next")
    async with reader.reading():
        await reader.caught_up(2)
    assert await kept(pool) == [], "dropped means dropped, also when Kafka gives it again"


@pytest.fixture
async def parked(letters: Post, pool: Pool) -> Reader:
    """a1 applied, a2 dead, a3 and a4 parked; undecodable bytes besides."""
    reader = Reader(pool, letters, Failing("a2", Permanent("not yet")))
    for text in ["a1", "a2", "a3", "a4"]:
        await letters.send(text, "a")
    await letters.send("odd", value=b"\xff")
    async with reader.reading():
        await reader.caught_up(5)
    return reader


async def test_dead_letters_are_listed_with_what_waits_behind(parked: Reader, pool: Pool) -> None:
    async with pool.acquire() as conn:
        stuck, odd = await dead_letters.listed(conn)
    assert (stuck.consumer, stuck.topic, stuck.offset, stuck.key) == (parked.consumer, parked.post.topic, 1, "key")
    assert (stuck.type, stuck.error, stuck.parked) == ("letters.Sent.v1", "Permanent: not yet", 2)
    assert (odd.offset, odd.parked) == (4, 0)


async def test_a_retry_drains_in_order_and_what_arrives_goes_on_behind(
    parked: Reader, pool: Pool, database: str
) -> None:
    parked.fail = lambda _: None
    async with parked.reading() as inbox:
        async with pool.acquire() as conn:
            stuck = (await dead_letters.listed(conn))[0]
            assert await dead_letters.retry(conn, [stuck.id]) == [stuck.id]
        await parked.post.send("a5", "a")
        await DeadLetterRetry(pool, [inbox], Listener(database)).once()
        await parked.caught_up(6)
        await DeadLetterRetry(pool, [inbox], Listener(database)).once()
    assert await parked.texts() == ["a1", "a2", "a3", "a4", "a5"]
    assert await kept(pool) == [(None, True)]


async def test_a_retry_that_fails_leaves_everything_in_its_place(parked: Reader, pool: Pool, database: str) -> None:
    async with parked.reading() as inbox, pool.acquire() as conn:
        asked = await dead_letters.retry(conn, None)
        assert await dead_letters.waiting(conn, asked) == asked
        await DeadLetterRetry(pool, [inbox], Listener(database)).once()
        assert await dead_letters.waiting(conn, asked) == []
    assert await parked.texts() == ["a1"]
    assert await kept(pool) == [("a", True), ("a", False), ("a", False), (None, True)]


async def test_dropping_lets_the_parked_ones_go_on(parked: Reader, pool: Pool, database: str) -> None:
    async with parked.reading() as inbox:
        async with pool.acquire() as conn:
            assert len(await dead_letters.drop(conn, None)) == 2
        await DeadLetterRetry(pool, [inbox], Listener(database)).once()
    assert await parked.texts() == ["a1", "a3", "a4"]
    assert await kept(pool) == []


async def test_the_service_is_told_to_retry(parked: Reader, pool: Pool, database: str) -> None:
    parked.fail = lambda _: None
    listener = Listener(database)
    async with parked.reading() as inbox:
        tasks = [
            asyncio.create_task(listener.run()),
            asyncio.create_task(DeadLetterRetry(pool, [inbox], listener).run()),
        ]
        async with pool.acquire() as conn:
            await dead_letters.retry(conn, None)

        async def done() -> bool:
            return len(await parked.texts()) == 4

        await until(done)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert await parked.texts() == ["a1", "a2", "a3", "a4"]
