"""The table `webhook_secrets`: what deliveries are signed with, sealed, and gone when it is no longer needed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.postgres.database import Connection


async def put(
    conn: Connection, webhook: UUID, number: int, owner: UUID | None, sealed: bytes, before_until: datetime | None
) -> None:
    """The webhook's secret from now on. That before it is good until `before_until`, and those before that no more."""
    await conn.execute("DELETE FROM webhook_secrets WHERE webhook_id = $1 AND number < $2 - 1", webhook, number)
    await conn.execute("UPDATE webhook_secrets SET until = $2 WHERE webhook_id = $1", webhook, before_until)
    sql = "INSERT INTO webhook_secrets (webhook_id, number, company_id, sealed) VALUES ($1, $2, $3, $4)"
    await conn.execute(sql, webhook, number, owner, sealed)


async def good(conn: Connection, webhook: UUID, now: datetime) -> list[tuple[int, bytes]]:
    """Numbers and sealed secrets that deliveries are signed with now, the newest first."""
    sql = """
        SELECT number, sealed FROM webhook_secrets WHERE webhook_id = $1 AND (until IS NULL OR until > $2)
        ORDER BY number DESC
    """
    return [(row["number"], row["sealed"]) for row in await conn.fetch(sql, webhook, now)]


async def everything(conn: Connection) -> list[tuple[UUID, int, bytes]]:
    """Every secret that there is."""
    found = await conn.fetch("SELECT webhook_id, number, sealed FROM webhook_secrets FOR UPDATE")
    return [(row["webhook_id"], row["number"], row["sealed"]) for row in found]


async def reseal(conn: Connection, webhook: UUID, number: int, sealed: bytes) -> None:
    """The same secret, sealed anew."""
    sql = "UPDATE webhook_secrets SET sealed = $3 WHERE webhook_id = $1 AND number = $2"
    await conn.execute(sql, webhook, number, sealed)


async def forget(conn: Connection, webhook: UUID) -> None:
    """All of a webhook's."""
    await conn.execute("DELETE FROM webhook_secrets WHERE webhook_id = $1", webhook)


async def forget_old(conn: Connection, now: datetime) -> None:
    """Those that are good no more."""
    await conn.execute("DELETE FROM webhook_secrets WHERE until < $1", now)
