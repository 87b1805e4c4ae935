"""Signing in with OpenID Connect: the authorization-code flow with PKCE (RFC 6749, 7636)."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ValidationError

from services.upload.web.sessions import Tokens
from shared.http.jose import too_nested
from shared.http.jwks import IssuerAway, IssuerKeys

log = structlog.stdlib.get_logger(__name__)

_DISCOVERY = "/.well-known/openid-configuration"
_KEEP_SECONDS = 600.0
LASTS = timedelta(minutes=10)
"""How long a sign-in may be under way."""
_LASTS_WITHOUT_WORD = 300
"""Seconds that an access token is taken to last where the issuer does not say (RFC 6749 allows that)."""
_LONGEST = 10.0**9
"""Seconds that no token lasts: no date holds them."""


class SignInFailed(Exception):
    """The issuer did not confirm who this is. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pending(BaseModel):
    """What the browser carries, encrypted, while its person is at the issuer's. `until`: when that is over."""

    state: str
    until: datetime
    nonce: str
    verifier: str
    then: str


class Issuer(Protocol):
    """What the frontend asks of the issuer."""

    async def begin(self, then: str) -> tuple[str, Pending]:
        """The issuer's address to go to, and what has to come back with the answer. `then`: our page afterwards."""
        ...

    async def finish(self, pending: Pending, query: Mapping[str, str]) -> Tokens:
        """The tokens for the answer. Raises SignInFailed, or IssuerAway."""
        ...

    async def refresh(self, tokens: Tokens) -> Tokens | None:
        """Fresh tokens; None when the issuer does not give any more. Raises IssuerAway."""
        ...

    async def leave(self, tokens: Tokens, back: str) -> str | None:
        """The issuer's address for signing out there too; None when it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Client:
    """How the issuer knows us. `redirect` is our address for its answers."""

    issuer: str
    client_id: str
    secret: str | None
    scopes: str
    redirect: str
    algorithms: tuple[str, ...]
    leeway: int


class OpenIdIssuer:
    """An OpenID Connect issuer, found by discovery."""

    def __init__(self, client: Client, keys: IssuerKeys, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = client
        self._keys = keys
        self._transport = transport
        self._metadata: Mapping[str, Any] = {}
        self._read_at = float("-inf")

    async def begin(self, then: str) -> tuple[str, Pending]:
        """See Issuer."""
        pending = Pending(
            state=secrets.token_urlsafe(32),
            until=datetime.now(UTC) + LASTS,
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            then=then,
        )
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect,
            "scope": self._client.scopes,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": _challenge(pending.verifier),
            "code_challenge_method": "S256",
        }
        address = httpx.URL(await self._endpoint("authorization_endpoint")).copy_merge_params(asked)
        return str(address), pending

    async def finish(self, pending: Pending, query: Mapping[str, str]) -> Tokens:
        """See Issuer. The state must be the one that this browser left with, the identity token's nonce too."""
        if query.get("state") != pending.state or not query.get("code"):
            raise SignInFailed(query.get("error", "the answer does not belong to this browser's question"))
        answer = await self._ask(
            grant_type="authorization_code",
            code=query["code"],
            code_verifier=pending.verifier,
            redirect_uri=self._client.redirect,
        )
        await self._check_identity(answer.get("id_token"), pending.nonce)
        return _tokens(answer)

    async def refresh(self, tokens: Tokens) -> Tokens | None:
        """See Issuer."""
        if tokens.refresh is None:
            return None
        try:
            answer = await self._ask(
                grant_type="refresh_token", refresh_token=tokens.refresh, scope=self._client.scopes
            )
        except SignInFailed:
            return None
        fresh = _tokens(answer)
        # Who does not rotate says nothing about the refresh token: the old one goes on.
        return fresh.model_copy(
            update={"refresh": fresh.refresh or tokens.refresh, "identity": fresh.identity or tokens.identity}
        )

    async def leave(self, tokens: Tokens, back: str) -> str | None:
        """See Issuer."""
        try:
            found = (await self._discover()).get("end_session_endpoint")
        except IssuerAway:
            return None
        if not isinstance(found, str):
            return None
        asked = {"client_id": self._client.client_id, "post_logout_redirect_uri": back}
        return str(httpx.URL(found, params=asked | ({"id_token_hint": tokens.identity} if tokens.identity else {})))

    async def _ask(self, **form: str) -> Mapping[str, Any]:
        """The token endpoint's answer. Raises IssuerAway, or SignInFailed with the issuer's own word for it."""
        mine, address = self._client, await self._endpoint("token_endpoint")
        # RFC 6749 2.3.1: who has a secret says it by HTTP Basic; who has none only says who they are.
        auth = None if mine.secret is None else httpx.BasicAuth(mine.client_id, mine.secret)
        own = {"client_id": mine.client_id} if auth is None else {}
        try:
            # A session is locked while its tokens are renewed, in a transaction that may idle for 10 s.
            async with httpx.AsyncClient(timeout=5, transport=self._transport, auth=auth) as client:
                answer = await client.post(address, data=form | own, headers={"Accept": "application/json"})
            if answer.status_code >= 500:
                answer.raise_for_status()
            found: object = answer.json()
        except httpx.HTTPError as error:
            raise IssuerAway from error
        except ValueError as error:
            raise SignInFailed(type(error).__name__) from None
        if not isinstance(found, dict):
            raise SignInFailed("the issuer's answer is no JSON object")
        tokens = cast("Mapping[str, Any]", found)
        if "error" in tokens:
            raise SignInFailed(str(tokens["error"]))
        if not tokens.get("access_token") or not isinstance(tokens["access_token"], str):
            raise SignInFailed("the issuer's answer has no access token")
        return tokens

    async def _check_identity(self, token: object, nonce: str) -> None:
        # OpenID Connect Core 3.1.3.7: signature, issuer, audience, expiry, nonce.
        if not isinstance(token, str):
            raise SignInFailed("the issuer's answer has no identity token")
        if too_nested(token):
            raise SignInFailed("the identity token is nested too deeply")
        mine = self._client
        claims = jwt.JWTClaimsRegistry(
            leeway=mine.leeway,
            iss={"essential": True, "value": mine.issuer},
            aud={"essential": True, "value": mine.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            key = await self._keys.find(jws.extract_compact(token.encode()).headers().get("kid"))
            claims.validate(jwt.decode(token, key, list(mine.algorithms)).claims)
        except (JoseError, ValueError, TypeError) as error:
            raise SignInFailed(f"the identity token is not good: {type(error).__name__}") from None

    async def _endpoint(self, name: str) -> str:
        found = (await self._discover()).get(name)
        if not isinstance(found, str):
            raise IssuerAway
        return found

    async def _discover(self) -> Mapping[str, Any]:
        if time.monotonic() - self._read_at > _KEEP_SECONDS:
            try:
                async with httpx.AsyncClient(timeout=5, transport=self._transport) as client:
                    answer = await client.get(self._client.issuer.rstrip("/") + _DISCOVERY)
                    answer.raise_for_status()
                    self._metadata, self._read_at = self._own(answer.json()), time.monotonic()
            except (httpx.HTTPError, ValueError) as error:
                log.warning("issuer_not_read", issuer=self._client.issuer, error=type(error).__name__)
                if not self._metadata:
                    raise IssuerAway from error
        return self._metadata

    def _own(self, document: object) -> Mapping[str, Any]:
        # OpenID Connect Discovery 4.3: or another issuer's endpoints would get our codes.
        if not isinstance(document, dict) or cast("Mapping[str, Any]", document).get("issuer") != self._client.issuer:
            raise ValueError("the discovery document names another issuer")
        return cast("Mapping[str, Any]", document)


def _challenge(verifier: str) -> str:
    """What of the verifier goes along at first (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).decode().rstrip("=")


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    expires_at = datetime.fromtimestamp(time.time() + _lasts(answer.get("expires_in")), UTC)
    try:
        return Tokens(
            access=answer["access_token"],
            refresh=answer.get("refresh_token"),
            identity=answer.get("id_token"),
            expires_at=expires_at,
        )
    except ValidationError:
        raise SignInFailed("the issuer's tokens are no texts") from None


def _lasts(said: object) -> float:
    """Seconds; some issuers write them as a text."""
    try:
        seconds = float(said) if isinstance(said, int | float | str) else _LASTS_WITHOUT_WORD
    except ValueError:
        return _LASTS_WITHOUT_WORD
    return seconds if 0 <= seconds < _LONGEST else _LASTS_WITHOUT_WORD
