"""Signing in with an issuer that is played by a transport."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.upload.web.oidc import Client, OpenIdIssuer, SignInFailed
from services.upload.web.sessions import Tokens
from shared.http import jose
from shared.http.jwks import IssuerAway, IssuerKeys

pytestmark = pytest.mark.anyio
ISSUER = "https://issuer.example"
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"}, private=True)
CLIENT = Client(ISSUER, "usher-web", None, "openid email", "http://usher.example/signin/callback", ("ES256",), 5)


class Issuer:
    """Answers as an issuer does; `claims` are put into its identity tokens over the good ones."""

    def __init__(self, **claims: Any) -> None:
        self.claims = claims
        self.nonce = ""
        self.posted: list[dict[str, list[str]]] = []
        self.refuses = False
        self.away = False
        self.named: str | None = ISSUER

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        match request.url.path:
            case "/.well-known/openid-configuration":
                ends = {"authorization": "/authorize", "token": "/token", "end_session": "/logout"}
                found = {f"{name}_endpoint": ISSUER + path for name, path in ends.items()}
                return httpx.Response(200, json={"issuer": self.named, "jwks_uri": f"{ISSUER}/keys", **found})
            case "/keys":
                return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
            case _:
                self.posted.append(parse_qs(request.content.decode()))
                return self.answer()

    def answer(self) -> httpx.Response:
        if self.refuses:
            return httpx.Response(400, json={"error": "invalid_grant"})
        good = {"iss": ISSUER, "aud": "usher-web", "sub": "marta", "exp": int(time.time()) + 60, "nonce": self.nonce}
        identity = jwt.encode({"alg": "ES256", "kid": "one"}, {**good, **self.claims}, KEY)
        tokens = {"access_token": "access", "refresh_token": "refresh", "id_token": identity}
        return httpx.Response(200, json={"token_type": "Bearer", "expires_in": 600, **tokens})

    def client(self, settings: Client = CLIENT) -> OpenIdIssuer:
        transport = httpx.MockTransport(self)
        keys = IssuerKeys(ISSUER, httpx.AsyncClient(transport=transport))
        return OpenIdIssuer(settings, keys, transport)


async def _sign_in(issuer: Issuer, state: str | None = None) -> Tokens:
    client = issuer.client()
    _, pending = await client.begin("/team")
    issuer.nonce = pending.nonce
    return await client.finish(pending, {"state": state or pending.state, "code": "c"})


async def test_the_way_there_asks_for_a_code_with_pkce() -> None:
    address, pending = await Issuer().client().begin("/upload")
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{ISSUER}/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] == [pending.state]
    assert asked["nonce"] == [pending.nonce]
    assert asked["redirect_uri"] == [CLIENT.redirect]
    assert pending.verifier not in address
    assert pending.then == "/upload"


async def test_the_code_is_redeemed_with_its_verifier() -> None:
    issuer = Issuer()
    tokens = await _sign_in(issuer)
    assert (tokens.access, tokens.refresh) == ("access", "refresh")
    assert 590 < tokens.expires_at.timestamp() - time.time() <= 600
    assert len(issuer.posted[0]["code_verifier"][0]) >= 43


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
async def test_an_identity_that_is_not_meant_for_us_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed):
        await _sign_in(Issuer(**claims))


async def test_another_state_is_refused_before_anything_is_sent() -> None:
    issuer = Issuer()
    with pytest.raises(SignInFailed):
        await _sign_in(issuer, "another")
    assert issuer.posted == []


async def test_a_code_that_the_issuer_refuses_signs_nobody_in() -> None:
    issuer = Issuer()
    issuer.refuses = True
    with pytest.raises(SignInFailed):
        await _sign_in(issuer)


@pytest.mark.parametrize("named", ["https://evil.example", ISSUER + "/", None])
async def test_endpoints_of_another_issuer_are_not_used(named: str | None) -> None:
    issuer = Issuer()
    issuer.named = named
    with pytest.raises(IssuerAway):
        await issuer.client().begin("/team")


async def test_a_sign_in_has_ten_minutes() -> None:
    _, pending = await Issuer().client().begin("/team")
    assert 590 < pending.until.timestamp() - time.time() <= 600


async def test_an_identity_that_is_nested_too_deeply_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jose, "MOST_BRACKETS", 3)
    await _sign_in(Issuer())
    with pytest.raises(SignInFailed):
        await _sign_in(Issuer(deep=[[[[]]]]))


async def test_tokens_are_renewed_until_the_issuer_ends_it() -> None:
    issuer = Issuer()
    client = issuer.client()
    tokens = await _sign_in(issuer)
    fresh = await client.refresh(tokens.model_copy(update={"refresh": "older"}))
    assert fresh is not None
    assert issuer.posted[-1]["refresh_token"] == ["older"]
    issuer.refuses = True
    assert await client.refresh(tokens) is None
    assert await client.refresh(tokens.model_copy(update={"refresh": None})) is None


async def test_an_issuer_that_is_away_is_not_an_end() -> None:
    issuer = Issuer()
    client = issuer.client()
    tokens = await _sign_in(issuer)
    issuer.away = True
    with pytest.raises(IssuerAway):
        await client.refresh(tokens)


async def test_signing_out_there_names_the_identity() -> None:
    issuer = Issuer()
    client = issuer.client()
    address = await client.leave(await _sign_in(issuer), "http://usher.example/signed-out")
    assert address is not None
    asked = parse_qs(urlsplit(address).query)
    assert asked["post_logout_redirect_uri"] == ["http://usher.example/signed-out"]
    assert asked["id_token_hint"]
