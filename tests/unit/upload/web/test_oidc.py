"""Signing in with an issuer that is played by a transport."""

import base64
import hashlib
import time
from dataclasses import replace
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
        self.authorized: list[str | None] = []
        self.more: dict[str, object] = {}
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
                self.authorized.append(request.headers.get("Authorization"))
                return self.answer()

    def answer(self) -> httpx.Response:
        if self.refuses:
            return httpx.Response(400, json={"error": "invalid_grant"})
        good = {"iss": ISSUER, "aud": "usher-web", "sub": "marta", "exp": int(time.time()) + 60, "nonce": self.nonce}
        identity = jwt.encode({"alg": "ES256", "kid": "one"}, {**good, **self.claims}, KEY)
        tokens = {"access_token": "access", "refresh_token": "refresh", "id_token": identity}
        return httpx.Response(200, json={"token_type": "Bearer", "expires_in": 600, **tokens, **self.more})

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
    digest = hashlib.sha256(pending.verifier.encode()).digest()
    assert asked["code_challenge"] == [base64.urlsafe_b64encode(digest).decode().rstrip("=")]
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == (["code"], ["usher-web"], ["openid email"])
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
    [asked] = issuer.posted
    assert len(asked.pop("code_verifier")[0]) >= 43
    assert asked == {
        "grant_type": ["authorization_code"],
        "code": ["c"],
        "redirect_uri": [CLIENT.redirect],
        "client_id": ["usher-web"],
    }
    assert issuer.authorized == [None]


async def test_a_client_with_a_secret_says_it_by_basic_authentication_alone() -> None:
    issuer = Issuer()
    client = issuer.client(replace(CLIENT, secret="s3cret"))
    _, pending = await client.begin("/team")
    issuer.nonce = pending.nonce
    tokens = await client.finish(pending, {"state": pending.state, "code": "c"})
    assert await client.refresh(tokens)
    assert issuer.authorized == ["Basic " + base64.b64encode(b"usher-web:s3cret").decode()] * 2
    assert [asked["grant_type"] for asked in issuer.posted] == [["authorization_code"], ["refresh_token"]]
    assert not [asked for asked in issuer.posted if "client_id" in asked or "client_secret" in asked]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json=["no", "object"]), "no JSON object"),
        (httpx.Response(200, text="<html>"), "JSONDecodeError"),
        (httpx.Response(302, headers={"Location": "https://evil.example"}), "JSONDecodeError"),
        (httpx.Response(200, json={"access_token": ""}), "no access token"),
        (httpx.Response(200, json={"access_token": 7}), "no access token"),
        (httpx.Response(200, json={"error": "invalid_client"}), "invalid_client"),
    ],
)
async def test_an_answer_that_is_none_signs_nobody_in(
    answer: httpx.Response, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = Issuer()
    monkeypatch.setattr(issuer, "answer", lambda: answer)
    with pytest.raises(SignInFailed) as failed:
        await _sign_in(issuer)
    assert said in failed.value.reason


async def test_an_issuer_that_fails_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer()
    monkeypatch.setattr(issuer, "answer", lambda: httpx.Response(503, json={"error": "temporarily_unavailable"}))
    with pytest.raises(IssuerAway):
        await _sign_in(issuer)


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


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(60, 60), ("60", 60), (None, 300), ("soon", 300), ("inf", 300), ("nan", 300), (-1, 300), ([], 300)],
)
async def test_how_long_a_token_lasts_may_be_said_in_any_way(told: object, seconds: int) -> None:
    issuer = Issuer()
    issuer.more = {"expires_in": told}
    assert seconds - 10 < (await _sign_in(issuer)).expires_at.timestamp() - time.time() <= seconds


async def test_tokens_that_are_no_texts_sign_nobody_in() -> None:
    issuer = Issuer()
    issuer.more = {"refresh_token": 7}
    with pytest.raises(SignInFailed):
        await _sign_in(issuer)
