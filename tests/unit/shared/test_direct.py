"""A pooler between a service and its database is recognised by what it does to a session."""

from typing import Any

import asyncpg
import pytest

from shared.postgres import direct

pytestmark = pytest.mark.anyio


class Connection:
    """One that was told of the session 7, and is answered by this one."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers

    def get_server_pid(self) -> int:
        return 7

    async def fetchval(self, _: str) -> Any:
        if isinstance(self._answers, Exception):
            raise self._answers
        return self._answers

    def terminate(self) -> None: ...


def answering(monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    async def connect(*_: Any, **__: Any) -> Any:
        if isinstance(how, Exception):
            raise how
        return how

    monkeypatch.setattr(direct, "connect_to_any", connect)


async def test_the_server_itself_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Connection(7))
    await direct.refuse_pooler("postgresql://u@h/d")


@pytest.mark.parametrize(
    "how",
    [
        Connection(8),
        Connection(asyncpg.InvalidSQLStatementNameError('prepared statement "s" does not exist')),
        asyncpg.ProtocolViolationError("unsupported startup parameter: lock_timeout"),
    ],
)
async def test_a_pooler_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    answering(monkeypatch, how)
    with pytest.raises(direct.NotDirect, match="Name the server itself"):
        await direct.refuse_pooler("postgresql://u@h/d")


@pytest.mark.parametrize("how", [ConnectionRefusedError(), asyncpg.CannotConnectNowError("starting up")])
async def test_a_server_that_is_away_is_waited_for_as_ever(monkeypatch: pytest.MonkeyPatch, how: Exception) -> None:
    answering(monkeypatch, how)
    await direct.refuse_pooler("postgresql://u@h/d")
