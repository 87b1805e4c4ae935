"""Selections in a real table: a session's own, and over with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import PostgresSessions, Tokens
from services.upload.web.user_selection import PostgresUserSelections, Selected
from shared.postgres.database import Pool
from tests.stack import TestStack

pytestmark = pytest.mark.anyio
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def database(stack: TestStack) -> Iterator[str]:
    """A fresh database with the service's own tables."""
    url = stack.postgres_url("upload")
    yield url
    stack.drop(url)


async def test_a_selection_grows_and_shrinks_and_is_its_sessions_own(pool: Pool) -> None:
    sessions, selections = (
        PostgresSessions(pool, SessionCrypto("a session key for tests that is long")),
        PostgresUserSelections(pool),
    )
    tokens = Tokens(access="a", expires_at=datetime(2026, 11, 23, 10, tzinfo=UTC))
    mine, theirs = [await sessions.start(tokens, timedelta(days=1)) for _ in range(2)]
    await selections.change(mine, {ONE, TWO}, ())
    await selections.change(mine, {TWO, THREE}, {ONE})
    assert await selections.everyone(mine) == [str(TWO), str(THREE)]
    assert await selections.selected(mine, [str(ONE), str(TWO)]) == Selected(2, frozenset({str(TWO)}))
    assert await selections.selected(theirs, [str(TWO)]) == Selected()
    await selections.clear(theirs)
    assert len(await selections.everyone(mine)) == 2
    await sessions.end(mine)
    assert await selections.everyone(mine) == []
    await selections.change(mine, {ONE}, ())
    assert await pool.fetchval("SELECT count(*) FROM web_selections") == 0
