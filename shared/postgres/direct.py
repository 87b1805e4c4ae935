"""A service's connections go to the database server itself, and this is where it is looked at.

What Usher does holds for a session: the relay's advisory lock, LISTEN, prepared statements, time limits, and which
company's rows are shown. A pooler gives each transaction another session, or drops the settings; either is noticed in
that the session behind a connection is not the one that it was told of.
"""

from typing import Any

import asyncpg

from shared.postgres.hosts import connect_to_any

_SENTENCE = (
    "there is a connection pooler (such as PgBouncer) between Usher and its database: {how}. Session locks, LISTEN, "
    "prepared statements and row security hold for one session of the server. Name the server itself, with its port; "
    "how many connections a process keeps is USHER_DATABASE_CONNECTIONS"
)
_SECONDS = 5.0


class NotDirect(Exception):
    """Something between a service and its database shares sessions. The message says it to the operator."""

    def __init__(self, how: str) -> None:
        super().__init__(_SENTENCE.format(how=how))


async def require_direct(connection: Any) -> None:
    """Raises NotDirect where another session answers than the one that was opened."""
    try:
        answering: int = await connection.fetchval("SELECT pg_backend_pid()")
    except asyncpg.InvalidSQLStatementNameError:
        raise NotDirect("it does not know a statement that was prepared a moment ago") from None
    if answering != connection.get_server_pid():
        raise NotDirect("another session answers than the one that was opened")


async def refuse_pooler(url: str, **options: Any) -> None:
    """Opens a connection and looks. Raises NotDirect; a server that cannot be reached now is nobody's fault and is
    waited for later."""
    try:
        connection = await connect_to_any(url, timeout=_SECONDS, **options)
    except asyncpg.ProtocolViolationError as error:
        if "startup parameter" not in str(error):
            return
        raise NotDirect(f"it says “{error}”") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return
    try:
        await require_direct(connection)
    finally:
        connection.terminate()
