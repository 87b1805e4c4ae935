"""Browser sessions as a place where a person is forgotten: theirs end. Whose one is, only its tokens say, which are
encrypted."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, cast

import orjson

from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import Tokens, end_session
from shared.erasure.person import Person
from shared.postgres.database import Pool


class ErasedSessions:
    """The place."""

    name = "sessions"

    def __init__(self, crypto: SessionCrypto) -> None:
        self._crypto = crypto

    async def erase(self, pool: Pool, person: Person) -> int:
        """Looks into all sessions that began before the request."""
        count = 0
        async with pool.acquire() as conn:
            rows = await conn.fetch("SELECT id_hash, tokens FROM web_sessions WHERE created_at < $1", person.erased_at)
            for row in rows:
                if self._is_theirs(row["id_hash"], row["tokens"], person):
                    await end_session(conn, row["id_hash"])
                    count += 1
        return count

    def _is_theirs(self, key: bytes, sealed: bytes, person: Person) -> bool:
        plain = self._crypto.open(sealed, about=key)
        if plain is None:
            return False
        tokens = Tokens.model_validate_json(plain)
        said = (claims_of(each).get("email") for each in (tokens.access, tokens.identity) if each)
        return any(isinstance(email, str) and person.has_address(email) for email in said)


def claims_of(token: str) -> Mapping[str, Any]:
    """What a token of ours says, which was verified when it came; nothing where it is none that can be read."""
    try:
        payload = token.split(".")[1]
        claims: object = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, orjson.JSONDecodeError):
        return {}
    return cast("dict[str, Any]", claims) if isinstance(claims, dict) else {}
