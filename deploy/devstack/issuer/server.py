"""Authlib's authorization server over Starlette's requests and answers."""

from collections import defaultdict
from functools import cached_property
from typing import Any, cast

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from deploy.devstack.issuer.granted import Granted
from deploy.devstack.issuer.grants import JwtTokens, code_grant, identity_tokens, refresh_grant
from deploy.devstack.issuer.models import Client, Code, User
from deploy.devstack.issuer.people import Person


class _Payload(OAuth2Payload):
    def __init__(self, values: list[tuple[str, str]]) -> None:
        self._values = values

    @cached_property
    def data(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleMethodOverride]  # untyped in Authlib
        return dict(reversed(self._values))

    @cached_property
    def datalist(self) -> "defaultdict[str, list[str]]":  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in self._values:
            lists[name].append(value)
        return lists


class _Request(OAuth2Request):
    def __init__(self, request: Request, form: dict[str, str]) -> None:
        super().__init__(request.method, str(request.url), headers=request.headers)  # pyright: ignore[reportUnknownMemberType]
        self._query, self._fields = dict(request.query_params), form
        self.payload = _Payload([*request.query_params.multi_items(), *form.items()])

    @property
    def args(self) -> dict[str, str | None]:
        return {**self._query}

    @property
    def form(self) -> dict[str, str]:
        return self._fields


class Server(AuthorizationServer):
    """The authorization server over Starlette's requests."""

    def __init__(self, issuer: str, key: ECKey, granted: Granted) -> None:
        super().__init__()
        self.codes: dict[str, Code] = {}
        self.register_token_generator("default", JwtTokens(issuer, key, granted))
        identity = identity_tokens(issuer, key, granted)
        self.register_grant(code_grant(self.codes), [CodeChallenge(required=True), identity])
        self.register_grant(refresh_grant(key), [])

    async def view(self, request: Request) -> OAuth2Request:
        """Authlib's view of a request."""
        if request.method != "POST":
            return _Request(request, {})
        fields = await request.form()
        return _Request(request, {name: value for name, value in fields.items() if isinstance(value, str)})

    def refusal(self, asked: OAuth2Request) -> str | None:
        """Why nobody can sign in by this request, in a sentence; None where somebody can."""
        try:
            cast(Any, self).get_consent_grant(asked, None)
        except OAuth2Error as error:
            return f"The application asked for something that cannot be done: {error.error}. {error.description or ''}"
        return None

    def granted(self, asked: OAuth2Request, person: Person) -> Response:
        """Back to the application with a code for this person."""
        server, user = cast(Any, self), User(person)
        return server.create_authorization_response(asked, user, server.get_consent_grant(asked, user))

    def tokens(self, asked: OAuth2Request) -> Response:
        """The token endpoint's answer."""
        return cast(Any, self).create_token_response(asked)

    def query_client(self, client_id: str) -> Client:
        return Client(client_id)

    def save_token(self, token: object, request: object) -> None:
        """Nothing is kept: every token is a JWT."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        known = dict(headers)
        if "Location" in known:
            return RedirectResponse(known["Location"], status_code=303)
        return JSONResponse(body, status, {k: v for k, v in known.items() if k.lower() != "content-type"})
