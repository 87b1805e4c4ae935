"""Which errors pass by themselves, and how a record is read; the rest is proven on real Kafka."""

from collections.abc import Sequence

import asyncpg
import pytest
from asyncpg.exceptions import _base  # pyright: ignore[reportPrivateUsage]

from shared.eventsourcing.event_store import MessageTooLarge, Transaction, VersionConflict
from shared.messaging.inbox import Permanent, Received, momentary, subscription
from usher_contracts import BatchConfirmed, InvitationSent


@pytest.mark.parametrize(
    "error",
    [
        OSError(),
        ConnectionResetError(),
        TimeoutError(),
        VersionConflict("s"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.LockNotAvailableError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.SerializationError(),
        asyncpg.QueryCanceledError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DiskFullError(),
        asyncpg.PostgresIOError(),
        asyncpg.UndefinedFileError(),
        asyncpg.IdleInTransactionSessionTimeoutError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.UndefinedTableError(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_passes_is_waited_for(error: Exception) -> None:
    assert momentary(error)


@pytest.mark.parametrize(
    "error",
    [
        Permanent(),
        KeyError(),
        ValueError(),
        AssertionError(),
        MessageTooLarge(),
        asyncpg.UniqueViolationError(),
        asyncpg.CheckViolationError(),
        asyncpg.CharacterNotInRepertoireError(),
        _base.DataError("invalid input for query argument"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_is_the_events_own_is_not(error: Exception) -> None:
    assert not momentary(error)


def test_a_subscription_is_to_events_of_one_topic() -> None:
    with pytest.raises(ValueError, match="too many values"):
        subscription("both", nothing, BatchConfirmed, InvitationSent)


async def nothing(tx: Transaction[object], received: Sequence[Received]) -> None:
    del tx, received
