"""The issuer's public keys: found by OpenID Connect discovery, kept, read again when a token names a new one."""

import asyncio
import time
from typing import Any

import httpx
import structlog
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

Key = RSAKey | ECKey | OKPKey

_KEEP_SECONDS = 600.0
"""Keys are read again after this long, so that a withdrawn key is not believed for ever."""
_PAUSE_SECONDS = 5.0
"""The shortest time between two reads: made-up key ids must not become requests to the issuer."""

log = structlog.stdlib.get_logger(__name__)


class IssuerAway(Exception):
    """The issuer's keys could not be read, and none are known from before."""


class IssuerKeys:
    """The public keys of one issuer. Keeps working with the keys it has while the issuer is away."""

    def __init__(self, issuer: str, client: httpx.AsyncClient | None = None) -> None:
        self._issuer = issuer
        self._client = client or httpx.AsyncClient(timeout=5, follow_redirects=False)
        self._keys: KeySet | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, kid: str | None) -> Key:
        """The key of that id, or the only key there is where a token names none.

        Raises InvalidKeyIdError for a key that the issuer does not have, IssuerAway where that is not known.
        """
        if self._keys is None or time.monotonic() - self._read_at > _KEEP_SECONDS:
            await self._read_again()
        try:
            return self._pick(kid)
        except InvalidKeyIdError:
            # Most likely the issuer has rotated its keys.
            await self._read_again()
            return self._pick(kid)

    async def aclose(self) -> None:
        """Close the connections to the issuer."""
        await self._client.aclose()

    def _pick(self, kid: str | None) -> Key:
        if self._keys is None:
            raise IssuerAway
        key = self._keys.get_by_kid(kid)
        if isinstance(key, OctKey):
            raise InvalidKeyIdError("the issuer's key is a shared one")
        return key

    async def _read_again(self) -> None:
        seen = self._tried_at
        async with self._reading:
            # Another request has read them while this one waited, or they were read a moment ago.
            if self._tried_at != seen or time.monotonic() - self._tried_at < _PAUSE_SECONDS:
                return
            try:
                self._keys = KeySet.import_key_set(await self._fetch())
                self._read_at = time.monotonic()
            except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("issuer_keys_not_read", issuer=self._issuer, error=type(error).__name__)
            finally:
                self._tried_at = time.monotonic()

    async def _fetch(self) -> Any:
        discovery = await self._get(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if discovery["issuer"] != self._issuer:
            raise ValueError("the discovery document names another issuer")
        return await self._get(discovery["jwks_uri"])

    async def _get(self, url: str) -> Any:
        answer = await self._client.get(url, headers={"Accept": "application/json"})
        answer.raise_for_status()
        return answer.json()
