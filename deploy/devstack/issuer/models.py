"""What Authlib's provider side asks about: the client, a code, a signed-in person, a refresh token."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oauth2.rfc6749.util import scope_to_list

from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.people import Person

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Client(ClientMixin):
    """Any client on this machine: a development issuer has nothing to protect from one."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: Collection[str] | str) -> str:
        asked = cast("list[str] | None", scope_to_list(scope)) or []
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
class Refresh(TokenMixin):
    """A refresh token that was read."""

    client_id: str
    scope: str
    person: Person

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope
