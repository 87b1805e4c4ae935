"""Events that are rewritten in place, without what is to be forgotten: never while a read model is rebuilt from them,
which might have read them before, and would put back what was taken out."""

from shared.postgres.database import Connection


async def may_rewrite(conn: Connection) -> bool:
    """Whether nothing is rebuilt; and nothing will be until this transaction ends. False: come back later."""
    return await conn.fetchval("SELECT pg_try_advisory_xact_lock_shared(hashtextextended('rewriting', 0))")


async def keep_from_rewriting(conn: Connection) -> None:
    """From here on nothing is rewritten, as long as this connection lasts. Waits for who is at it."""
    await conn.execute("SELECT pg_advisory_lock(hashtextextended('rewriting', 0))")
