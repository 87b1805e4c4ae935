"""Browser sessions in Postgres, so that any replica serves any browser."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from services.upload.web.session_crypto import SessionCrypto
from shared.http.sse import CHANNEL
from shared.postgres.database import Connection, Pool
from shared.postgres.wakeups import wake


async def end_session(conn: Connection, key: bytes) -> None:
    """Ends the session that is kept under a key; what is streamed to it ends, too."""
    await conn.execute("DELETE FROM web_sessions WHERE id_hash = $1", key)
    await wake(conn, CHANNEL, [key.hex()])


class Tokens(BaseModel):
    """What signing in gave us. `expires_at` is the access token's end."""

    model_config = ConfigDict(frozen=True)

    access: str
    refresh: str | None = None
    identity: str | None = None
    expires_at: datetime


Renew = Callable[[Tokens], Awaitable[Tokens | None]]


class Sessions(Protocol):
    """The store of sessions."""

    async def start(self, tokens: Tokens, lasts: timedelta) -> str:
        """A new session; its id is for the cookie and nowhere else."""
        ...

    async def read(self, session_id: str) -> Tokens | None:
        """The session's tokens; None when there is no such session, or its time is over."""
        ...

    async def renew(self, session_id: str, renew: Renew) -> Tokens | None:
        """Runs `renew` on the session's tokens, one caller at a time, and keeps what it gives. None: the end."""
        ...

    async def end(self, session_id: str) -> None:
        """Forget the session."""
        ...

    async def first(self, state: str, until: datetime) -> bool:
        """Whether the sign-in with this state comes back for the first time; it is over at `until` anyway."""
        ...


class PostgresSessions:
    """Sessions in the table web_sessions."""

    def __init__(self, pool: Pool, crypto: SessionCrypto) -> None:
        self._pool = pool
        self._crypto = crypto

    async def start(self, tokens: Tokens, lasts: timedelta) -> str:
        """See Sessions. Sessions whose time is over are cleared away on the way."""
        session_id = secrets.token_urlsafe(32)
        key = key_of(session_id)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM web_sessions WHERE expires_at < now()")
            await connection.execute(
                "INSERT INTO web_sessions (id_hash, tokens, expires_at) VALUES ($1, $2, now() + $3::interval)",
                key,
                self._seal(key, tokens),
                lasts,
            )
        return session_id

    async def read(self, session_id: str) -> Tokens | None:
        """See Sessions."""
        key = key_of(session_id)
        sealed = await self._pool.fetchval(
            "SELECT tokens FROM web_sessions WHERE id_hash = $1 AND expires_at > now()", key
        )
        return self._open(key, sealed)

    async def renew(self, session_id: str, renew: Renew) -> Tokens | None:
        """See Sessions. The row is locked meanwhile: an issuer that rotates refresh tokens takes each one only once,
        and two requests of a browser at the same time would sign it out."""
        key = key_of(session_id)
        async with self._pool.acquire() as connection, connection.transaction():
            sealed = await connection.fetchval(
                "SELECT tokens FROM web_sessions WHERE id_hash = $1 AND expires_at > now() FOR UPDATE", key
            )
            known = self._open(key, sealed)
            if known is None:
                return None
            fresh = await renew(known)
            if fresh is None:
                await end_session(connection, key)
            elif fresh != known:
                await connection.execute(
                    "UPDATE web_sessions SET tokens = $2 WHERE id_hash = $1", key, self._seal(key, fresh)
                )
            return fresh

    async def end(self, session_id: str) -> None:
        """See Sessions. What is streamed to it ends, in whichever process."""
        async with self._pool.acquire() as connection:
            await end_session(connection, key_of(session_id))

    async def first(self, state: str, until: datetime) -> bool:
        """See Sessions. What is over is cleared away on the way."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM web_sign_ins WHERE ends_at < now()")
            done = await connection.execute(
                "INSERT INTO web_sign_ins (state_hash, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                key_of(state),
                until,
            )
        return done == "INSERT 0 1"

    def _seal(self, key: bytes, tokens: Tokens) -> bytes:
        return self._crypto.seal(tokens.model_dump_json().encode(), about=key)

    def _open(self, key: bytes, sealed: object) -> Tokens | None:
        plain = self._crypto.open(sealed, about=key) if isinstance(sealed, bytes) else None
        return Tokens.model_validate_json(plain) if plain is not None else None


def key_of(session_id: str) -> bytes:
    """What a session is kept under: nothing in the database opens it."""
    return sha256(session_id.encode()).digest()
