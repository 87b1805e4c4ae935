"""Browser sessions in a real table: found by their cookie alone, renewed once, over when their time is."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import PostgresSessions, Tokens
from shared.postgres.database import Pool
from tests.stack import TestStack

pytestmark = pytest.mark.anyio
VAULT = SessionCrypto("a session key for tests that is long")
TOKENS = Tokens(access="secret-access", refresh="secret-refresh", expires_at=datetime(2026, 11, 23, 10, tzinfo=UTC))
DAY = timedelta(days=1)


@pytest.fixture
def database(stack: TestStack) -> Iterator[str]:
    """A fresh database with the service's own tables."""
    url = stack.postgres_url("upload")
    yield url
    stack.drop(url)


async def test_a_session_is_found_by_its_cookie_and_nothing_in_the_table_gives_it_away(pool: Pool) -> None:
    sessions = PostgresSessions(pool, VAULT)
    session_id = await sessions.start(TOKENS, DAY)
    assert await sessions.read(session_id) == TOKENS
    assert await sessions.read("made-up") is None
    kept = b"".join(value for row in await pool.fetch("SELECT id_hash, tokens FROM web_sessions") for value in row)
    assert not any(secret in kept for secret in (session_id.encode(), b"secret-access", b"secret-refresh"))
    assert await PostgresSessions(pool, SessionCrypto("another key that is long enough")).read(session_id) is None


async def test_tokens_moved_to_another_session_do_not_open(pool: Pool) -> None:
    sessions = PostgresSessions(pool, VAULT)
    mine, theirs = await sessions.start(TOKENS, DAY), await sessions.start(TOKENS, DAY)
    await pool.execute("UPDATE web_sessions SET tokens = (SELECT tokens FROM web_sessions ORDER BY created_at LIMIT 1)")
    assert await sessions.read(mine) == TOKENS
    assert await sessions.read(theirs) is None


async def test_a_session_ends_when_its_time_is_over_and_when_it_is_ended(pool: Pool) -> None:
    sessions = PostgresSessions(pool, VAULT)
    over = await sessions.start(TOKENS, timedelta(0))
    assert await sessions.read(over) is None
    ended = await sessions.start(TOKENS, DAY)
    await sessions.end(ended)
    assert await sessions.read(ended) is None
    # Whoever signs in clears away what is over.
    assert await pool.fetchval("SELECT count(*) FROM web_sessions") == 0


async def test_a_sign_in_comes_back_once_to_whatever_replica(pool: Pool) -> None:
    one, other = PostgresSessions(pool, VAULT), PostgresSessions(pool, VAULT)
    until = datetime.now(UTC) + timedelta(minutes=10)
    at_once = await asyncio.gather(*(each.first("state", until) for each in (one, other, one, other)))
    assert sorted(at_once) == [False, False, False, True]
    assert await other.first("another", datetime.now(UTC) - timedelta(seconds=1))
    assert await one.first("third", until)
    # What is over is cleared away, and nothing of a state stands there as it is.
    kept = [row["state_hash"] for row in await pool.fetch("SELECT state_hash FROM web_sign_ins")]
    assert len(kept) == 2 and b"state" not in b"".join(kept)


async def test_two_requests_at_once_renew_a_session_once(pool: Pool) -> None:
    """An issuer that rotates refresh tokens takes the old one only once."""
    sessions = PostgresSessions(pool, VAULT)
    session_id = await sessions.start(TOKENS, DAY)
    used: list[str | None] = []

    async def renew(known: Tokens) -> Tokens | None:
        if known.access == "fresh":
            return known
        used.append(known.refresh)
        await asyncio.sleep(0.05)
        return known.model_copy(update={"access": "fresh", "refresh": "next"})

    both = await asyncio.gather(sessions.renew(session_id, renew), sessions.renew(session_id, renew))
    assert [found and found.access for found in both] == ["fresh", "fresh"]
    assert used == ["secret-refresh"]
    assert (await sessions.read(session_id) or TOKENS).refresh == "next"


async def test_a_session_that_is_not_renewed_is_gone(pool: Pool) -> None:
    sessions = PostgresSessions(pool, VAULT)
    session_id = await sessions.start(TOKENS, DAY)

    async def refuse(_: Tokens) -> Tokens | None:
        return None

    assert await sessions.renew(session_id, refuse) is None
    assert await sessions.read(session_id) is None
