"""Who asks: bearer tokens checked in full, and what a route demands of the one who holds it.

A route takes `who: SignedIn`, or an `Annotated[Principal, Depends(...)]` of a RequiresPermission or RequiresScope that
its service has made. The company comes from the token and nowhere else.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import structlog
from fastapi import Depends
from fastapi.security import HTTPBearer
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from starlette.requests import Request

from shared.core.settings import OidcSettings
from shared.http.jose import is_identity, too_nested
from shared.http.jwks import IssuerAway, IssuerKeys
from shared.http.permissions import Permissions
from shared.http.problem_types import (
    BAD_COMPANY,
    EMAIL_NOT_VERIFIED,
    IDENTITY_TOKEN,
    ISSUER_AWAY,
    NO_ACCESS_TOKEN,
    NO_COMPANY_IN_TOKEN,
    NO_EMAIL_IN_TOKEN,
    NO_TOKEN,
    TOKEN_EXPIRED,
    TOKEN_NOT_ACCEPTED,
    TOKEN_TOO_LONG,
    TOKEN_TOO_NESTED,
    UNKNOWN_KEY,
)
from shared.http.problems import Problem, ProblemType, unavailable
from shared.http.standing import require
from shared.postgres import row_security

_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_LONGEST_TOKEN = 16_384
_REFUTED = (False, "false")
"""What `email_verified` says where the address is not its holder's; some issuers write it as a text (OpenID Connect
Core 5.1 has a boolean). Who says nothing is believed: many issuers give verified addresses alone."""
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who holds the token, as its claims say. `company_id` is None where the token names no company.

    expires_at: when the token ends; what is streamed to its holder ends then too. issuer: who says all this.
    permissions: what they may, by the token or by what the service knows instead (shared/http/permissions.py).
    email_refuted: the issuer says that nobody has proved to own the address (`email_verified` is false).
    """

    subject: str
    email: str
    name: str
    company_id: str | None
    permissions: frozenset[str]
    scopes: frozenset[str]
    token: str = field(repr=False)
    expires_at: datetime | None = None
    issuer: str | None = None
    email_refuted: bool = False

    @property
    def company(self) -> str:
        """The company's id; a token that names none is refused with 403."""
        if self.company_id is None:
            raise NO_COMPANY_IN_TOKEN()
        return self.company_id


class TokenRefused(Exception):
    """The token is not believed. `why`, in words `reason`, is for the caller and holds nothing of the
    token."""

    def __init__(self, why: ProblemType) -> None:
        super().__init__(why.detail)
        self.why, self.reason = why, why.detail


class TokenVerifier:
    """Checks access tokens of one issuer (RFC 9068 where the issuer follows it)."""

    def __init__(self, settings: OidcSettings, keys: IssuerKeys | None = None) -> None:
        self.keys = keys or IssuerKeys(settings.oidc_issuer)
        self._settings = settings
        self._registry = jws.JWSRegistry(algorithms=list(settings.oidc_algorithms))
        self._claims = jwt.JWTClaimsRegistry(
            leeway=settings.oidc_leeway_seconds,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Who holds the token. Raises TokenRefused, or IssuerAway where the issuer's keys were never read."""
        if len(token) > _LONGEST_TOKEN:
            raise TokenRefused(TOKEN_TOO_LONG)
        if too_nested(token):
            raise TokenRefused(TOKEN_TOO_NESTED)
        try:
            header = jws.extract_compact(token.encode()).headers()
            if str(header.get("typ", "JWT")).lower() not in _TYPES:
                raise TokenRefused(NO_ACCESS_TOKEN)
            key = await self.keys.find(header.get("kid"))
            decoded = jwt.decode(token, key, list(self._settings.oidc_algorithms), self._registry)
            self._claims.validate(decoded.claims)
            if is_identity(header, decoded.claims):
                raise TokenRefused(IDENTITY_TOKEN)
        except ExpiredTokenError:
            raise TokenRefused(TOKEN_EXPIRED) from None
        except InvalidKeyIdError:
            raise TokenRefused(UNKNOWN_KEY) from None
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            log.info("token_refused", error=type(error).__name__)
            raise TokenRefused(TOKEN_NOT_ACCEPTED) from None
        return self._principal(decoded.claims, token)

    def _principal(self, claims: Mapping[str, Any], token: str) -> Principal:
        names = self._settings
        return Principal(
            subject=claims["sub"],
            email=_text(claims.get(names.oidc_claim_email)),
            name=_text(claims.get(names.oidc_claim_name)),
            company_id=_company(claims.get(names.oidc_claim_company)),
            permissions=_words(claims.get(names.oidc_claim_permissions)),
            scopes=_words(claims.get("scope")) | _words(claims.get("scp")),
            token=token,
            expires_at=datetime.fromtimestamp(min(claims["exp"], _LAST_MOMENT), UTC),
            issuer=claims["iss"],
            email_refuted=claims.get("email_verified") in _REFUTED,
        )


def _text(claim: object) -> str:
    """The claim as a text; one that is none, or that no database can hold (NUL, half a character), is not there."""
    if not isinstance(claim, str) or "\0" in claim or claim != claim.encode("utf-8", "ignore").decode():
        return ""
    return claim


def _words(claim: object) -> frozenset[str]:
    match claim:
        case str():
            return frozenset(claim.split())
        case list():
            return frozenset(word for word in cast("Sequence[object]", claim) if isinstance(word, str))
        case _:
            return frozenset()


def _company(claim: object) -> str | None:
    if claim is None or claim == "":
        return None
    try:
        return str(uuid.UUID(claim)) if isinstance(claim, str) else _refuse_company()
    except ValueError:
        return _refuse_company()


def _refuse_company() -> str:
    raise TokenRefused(BAD_COMPANY)


def pseudonym(subject: str) -> str:
    """Who a token's `sub` is in the logs: the same for the same person, and nobody's name or address."""
    return hashlib.sha256(subject.encode()).hexdigest()[:16]


def bind(who: Principal) -> None:
    """From here on this request is theirs: its lines of the log say so, and it sees their company's rows (nobody's,
    where they are of none)."""
    structlog.contextvars.bind_contextvars(who=pseudonym(who.subject), company=who.company_id)
    row_security.bind(who.company_id or row_security.NOBODY)


def unauthorized(why: ProblemType, *, error: str | None = None) -> Problem:
    """401 with the challenge of RFC 6750."""
    challenge = 'Bearer realm="usher"' + (f', error="{error}", error_description="{why.detail}"' if error else "")
    return why(headers={"WWW-Authenticate": challenge})


async def principal(request: Request) -> Principal:
    """Dependency: whoever holds a good token and is still let in; else 401, or the 403 of
    `app.state.standing`. Found out once a request, however many ask."""
    known = getattr(request.state, "principal", None)
    if isinstance(known, Principal):
        return known
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized(NO_TOKEN)
    verifier: TokenVerifier = request.app.state.verifier
    try:
        found = await verifier.verify(token.strip())
    except TokenRefused as refused:
        raise unauthorized(refused.why, error="invalid_token") from None
    except IssuerAway:
        raise unavailable(ISSUER_AWAY) from None
    bind(found)
    await require(request.app.state.standing, found)
    source: Permissions = request.app.state.permissions
    found = replace(found, permissions=await source.of(found))
    request.state.principal = found
    return found


def known_by_email(who: Principal) -> Principal:
    """Who asks, where they are known by their e-mail address: what they do is told under it, and it says who of the
    company they are. Problem 403 where the token names none, or one that is not proved to be theirs."""
    if "@" not in who.email:
        raise NO_EMAIL_IN_TOKEN()
    if who.email_refuted:
        raise EMAIL_NOT_VERIFIED()
    return who


@dataclass(frozen=True, slots=True)
class RequiresPermission:
    """Dependency: somebody with this permission in a company, or with the one that does as well, known by their
    address; else 403, with this refusal."""

    permission: str
    refusal: ProblemType
    or_else: str | None = None

    async def __call__(self, request: Request, who: Annotated[Principal, Depends(principal)]) -> Principal:
        """Whoever asks, where they may."""
        source: Permissions = request.app.state.permissions
        enough = [each for each in (self.permission, self.or_else) if each]
        if who.permissions.isdisjoint(enough):
            for each in enough:
                if await source.may(who, each):
                    break
            else:
                raise self.refusal()
        _ = who.company
        return known_by_email(who)


@dataclass(frozen=True, slots=True)
class RequiresScope:
    """Dependency: a program with this scope, which sees the rows of all companies; 403 with this refusal otherwise."""

    scope: str
    refusal: ProblemType

    async def __call__(self, request: Request, who: Annotated[Principal, Depends(principal)]) -> Principal:
        """Whoever asks, where they may."""
        del request
        if self.scope not in who.scopes:
            raise self.refusal()
        row_security.bind(row_security.EVERYBODY)
        return who


BEARER = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token of the configured issuer.")
"""For the OpenAPI document: `dependencies=[Depends(BEARER)]` on a router."""

SignedIn = Annotated[Principal, Depends(principal)]
