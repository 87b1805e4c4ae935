"""The grants of the development issuer: codes wait in memory, a refresh token carries what it stands for, so that a
restarted issuer still honours it."""

import json
import time
from dataclasses import asdict
from typing import Any, cast

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload, OAuth2Request, TokenMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.granted import Granted
from deploy.devstack.issuer.models import Client, Code, Refresh, User
from deploy.devstack.issuer.people import Person

AUTHENTICATION = ["none", "client_secret_basic", "client_secret_post"]


class JwtTokens(JWTBearerTokenGenerator):
    """Access tokens as RFC 9068 has them, with our claims, and refresh tokens."""

    def __init__(self, issuer: str, key: ECKey, granted: Granted) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]  # untyped in Authlib
            issuer, tokens.ALGORITHM, self._refresh, tokens.LIFETIME
        )
        self.key = key
        self.granted = granted

    def get_jwks(self) -> KeySet:
        return KeySet([self.key])

    def get_audiences(self, client: Client, user: User, scope: str) -> str:
        return tokens.AUDIENCE

    def get_extra_claims(self, client: Client, grant_type: str, user: User, scope: str) -> dict[str, Any]:
        extra = tokens.identity(self.granted.applied(user.person))
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


def code_grant(codes: dict[str, Code]) -> type[AuthorizationCodeGrant]:
    """The grant of a code for tokens, once, within two minutes."""

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            asked = cast(OAuth2Payload, request.payload).data
            codes[code] = Code(
                client_id=asked["client_id"],
                redirect_uri=asked.get("redirect_uri", ""),
                scope=asked.get("scope", ""),
                person=cast(User, request.user).person,
                nonce=asked.get("nonce"),
                code_challenge=asked.get("code_challenge"),
                code_challenge_method=asked.get("code_challenge_method"),
                issued_at=time.time(),
            )

        def query_authorization_code(self, code: str, client: ClientMixin) -> Code | None:
            found = codes.get(code)
            good = found and found.client_id == client.get_client_id() and time.time() - found.issued_at < 120
            return found if good else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            for code in [code for code, kept in codes.items() if kept is authorization_code]:
                del codes[code]

        def authenticate_user(self, authorization_code: Code) -> User:
            return User(authorization_code.person)

    return Grant


def refresh_grant(key: ECKey) -> type[RefreshTokenGrant]:
    """The grant of a refresh token for fresh tokens."""

    class Grant(RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(  # pyright: ignore[reportIncompatibleMethodOverride]  # None refuses it
            self, refresh_token: str
        ) -> Refresh | None:
            try:
                read = jwt.decode(refresh_token, key, algorithms=[tokens.ALGORITHM])
            except (JoseError, ValueError):
                return None
            claims = read.claims
            if read.header.get("typ") != "refresh+jwt" or claims["exp"] < time.time():
                return None
            return Refresh(claims["client_id"], claims["scope"], Person.load(json.loads(claims["person"])))

        def authenticate_user(self, refresh_token: Refresh) -> User:
            return User(refresh_token.person)

        def revoke_old_credential(self, refresh_token: TokenMixin) -> None:
            """The old one stays good until it expires: nothing is kept that could say otherwise."""

    return Grant


def identity_tokens(issuer: str, key: ECKey, granted: Granted) -> OpenIDCode:
    """What adds an id token to the answer where the scope openid was asked for."""

    class IdentityTokens(OpenIDCode):
        def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
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
            return UserInfo(sub=user.get_user_id(), **tokens.identity(granted.applied(user.person)))

    return IdentityTokens()
