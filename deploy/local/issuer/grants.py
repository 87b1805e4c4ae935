"""Authlib's provider side, filled in: one public client, codes in memory, refresh tokens that carry what they stand for,
so that a restarted issuer still honours them."""

import json
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from deploy.local.issuer import tokens
from deploy.local.issuer.people import Person

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Client(ClientMixin):
    """Any client on this machine: a development issuer has nothing to protect from one."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        asked = scope_to_list(scope) or []
        return " ".join(one for one in asked if one in (*tokens.IDENTITY_SCOPES.split(), "offline_access"))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return urlsplit(redirect_uri).hostname in _LOOPBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return True

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return True

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


@dataclass(frozen=True)
class Code:
    """An authorization code that waits to be redeemed."""

    client_id: str
    redirect_uri: str
    scope: str
    person: Person
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    issued_at: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.issued_at)

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass(frozen=True)
class User:
    """A person, as Authlib asks for one."""

    person: Person

    def get_user_id(self) -> str:
        return self.person.subject


@dataclass(frozen=True)
class Refresh:
    """A refresh token that was read."""

    client_id: str
    scope: str
    person: Person

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope


class _Payload(OAuth2Payload):
    def __init__(self, values: list[tuple[str, str]]) -> None:
        self._values = values

    @cached_property
    def data(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleMethodOverride]  # untyped in Authlib
        return dict(reversed(self._values))

    @cached_property
    def datalist(self) -> "defaultdict[str, list[str]]":  # pyright: ignore[reportIncompatibleMethodOverride]
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in self._values:
            lists[name].append(value)
        return lists


class _Request(OAuth2Request):
    def __init__(self, request: Request, form: FormData | None) -> None:
        super().__init__(request.method, str(request.url), headers=request.headers)
        self._query, self._fields = request.query_params, form
        fields = cast("list[tuple[str, str]]", form.multi_items() if form else [])
        self.payload = _Payload([*request.query_params.multi_items(), *fields])

    @property
    def args(self) -> QueryParams:
        return self._query

    @property
    def form(self) -> FormData:
        return self._fields or FormData()


class _Tokens(JWTBearerTokenGenerator):
    def __init__(self, issuer: str, key: ECKey) -> None:
        super().__init__(issuer, tokens.ALGORITHM, self._refresh, lambda client, grant: tokens.LIFETIME)
        self.key = key

    def get_jwks(self) -> KeySet:
        return KeySet([self.key])

    def get_audiences(self, client: Client, user: User, scope: str) -> str:
        return tokens.AUDIENCE

    def get_extra_claims(self, client: Client, grant_type: str, user: User, scope: str) -> dict[str, Any]:
        extra = tokens.identity(user.person)
        return {**extra, "scope": f"{scope} {tokens.PLATFORM_SCOPE}"} if user.person.platform else extra

    def _refresh(self, client: Client, grant_type: str, user: User, scope: str) -> str:
        claims = {
            "iss": self.issuer,
            "exp": int(time.time()) + tokens.REFRESH_LIFETIME,
            "client_id": client.client_id,
            "scope": scope,
            "person": json.dumps(asdict(user.person)),
        }
        return tokens.sign(self.key, claims, "refresh+jwt")


def _read_person(text: str) -> Person:
    fields = json.loads(text)
    return Person(**{**fields, "permissions": tuple(fields["permissions"])})


class Server(AuthorizationServer):
    """The authorization server over Starlette's requests."""

    def __init__(self, issuer: str, key: ECKey) -> None:
        super().__init__()
        self.codes: dict[str, Code] = {}
        self.register_token_generator("default", _Tokens(issuer, key))
        self.register_grant(_code_grant(self.codes), [CodeChallenge(required=True), _identity_tokens(issuer, key)])
        self.register_grant(_refresh_grant(key), [])

    async def request(self, request: Request) -> _Request:
        """Authlib's view of a request."""
        return _Request(request, await request.form() if request.method == "POST" else None)

    def query_client(self, client_id: str) -> Client:
        return Client(client_id)

    def save_token(self, token: object, request: object) -> None:
        """Nothing is kept: every token is a JWT."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        known = dict(headers)
        if "Location" in known:
            return RedirectResponse(known["Location"], status_code=303)
        return JSONResponse(body, status, {k: v for k, v in known.items() if k.lower() != "content-type"})


def _code_grant(codes: dict[str, Code]) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]

        def save_authorization_code(self, code: str, request: _Request) -> None:
            asked = request.payload.data
            codes[code] = Code(
                client_id=asked["client_id"],
                redirect_uri=asked.get("redirect_uri", ""),
                scope=request.scope or "",
                person=cast(User, request.user).person,
                nonce=asked.get("nonce"),
                code_challenge=asked.get("code_challenge"),
                code_challenge_method=asked.get("code_challenge_method"),
                issued_at=time.time(),
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = codes.get(code)
            good = found and found.client_id == client.client_id and time.time() - found.issued_at < 120
            return found if good else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            for code in [code for code, kept in codes.items() if kept is authorization_code]:
                del codes[code]

        def authenticate_user(self, authorization_code: Code) -> User:
            return User(authorization_code.person)

    return Grant


def _refresh_grant(key: ECKey) -> type[RefreshTokenGrant]:
    class Grant(RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
            try:
                read = jwt.decode(refresh_token, key, algorithms=[tokens.ALGORITHM])
            except (JoseError, ValueError):
                return None
            claims = read.claims
            if read.header.get("typ") != "refresh+jwt" or claims["exp"] < time.time():
                return None
            return Refresh(claims["client_id"], claims["scope"], _read_person(claims["person"]))

        def authenticate_user(self, refresh_token: Refresh) -> User:
            return User(refresh_token.person)

        def revoke_old_credential(self, refresh_token: Refresh) -> None:
            """The old one stays good until it expires: nothing is kept that could say otherwise."""

    return Grant


def _identity_tokens(issuer: str, key: ECKey) -> OpenIDCode:
    class IdentityTokens(OpenIDCode):
        def exists_nonce(self, nonce: str, request: _Request) -> bool:
            return False

        def resolve_client_private_key(self, client: Client) -> ECKey:
            return key

        def get_client_algorithm(self, client: Client) -> str:
            return tokens.ALGORITHM

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": issuer, "aud": [client.client_id]}

        def get_encode_header(self, client: Client) -> dict[str, Any]:
            return {"alg": tokens.ALGORITHM, "kid": key.kid}

        def generate_user_info(self, user: User, scope: str) -> UserInfo:
            return UserInfo(sub=user.get_user_id(), **tokens.identity(user.person))

    return IdentityTokens()
