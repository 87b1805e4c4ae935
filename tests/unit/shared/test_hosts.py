"""Which of several database servers is connected to: the one that takes writes, whatever the others do meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg.exceptions import TargetServerAttributeNotMatched

from shared.postgres.hosts import connect_to_any, hosts_of

pytestmark = pytest.mark.anyio

URL = "postgresql://u:p@one:5432,two:5433/d?target_session_attrs=read-write"
ONE = "postgresql://u:p@one:5432/d?target_session_attrs=read-write"


class Connection:
    """One that remembers whether it was ended."""

    def __init__(self) -> None:
        self.ended = False

    def terminate(self) -> None:
        self.ended = True


Answers = Callable[[Any, Any], None]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """How the first and the second server answer: a connection, an error, or None for one that never does."""

    def answer(one: Any, two: Any) -> None:
        async def connect(url: str, **_: Any) -> Any:
            found = one if url == ONE else two
            if found is None:
                await asyncio.Event().wait()
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(asyncpg, "connect", connect)

    return answer


def test_each_host_has_the_user_the_database_and_the_options() -> None:
    assert list(hosts_of(URL)) == [ONE, ONE.replace("one:5432", "two:5433")]
    assert list(hosts_of(ONE)) == [ONE]


async def test_one_that_says_nothing_does_not_hide_the_other(servers: Answers) -> None:
    primary = Connection()
    servers(None, primary)
    assert await asyncio.wait_for(connect_to_any(URL), 30) is primary and not primary.ended


@pytest.mark.parametrize("first", [TargetServerAttributeNotMatched("standby"), ConnectionRefusedError()])
async def test_a_standby_and_one_that_is_gone_are_passed_over(servers: Answers, first: Exception) -> None:
    primary = Connection()
    servers(first, primary)
    assert await connect_to_any(URL) is primary


async def test_only_one_connection_is_kept(servers: Answers) -> None:
    both = Connection(), Connection()
    servers(*both)
    kept = await connect_to_any(URL)
    assert [each for each in both if not each.ended] == [kept]


async def test_where_nobody_takes_writes_it_is_worth_another_try(servers: Answers) -> None:
    servers(TargetServerAttributeNotMatched("standby"), TargetServerAttributeNotMatched("standby"))
    with pytest.raises(ConnectionError, match="takes writes"):
        await connect_to_any(URL)


async def test_why_the_primary_cannot_be_had_is_said(servers: Answers) -> None:
    servers(asyncpg.InvalidPasswordError("no"), TargetServerAttributeNotMatched("standby"))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect_to_any(URL)
