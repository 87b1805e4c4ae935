"""Tokens are believed if they are the issuer's, for us, of now, signed by a key it has; and nothing else is."""

import base64
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from joserfc import jwk, jwt
from prometheus_client import REGISTRY

from shared.core.settings import ServiceSettings
from shared.http import jose, jwks
from shared.http.auth import Principal, RequiresPermission, RequiresScope, SignedIn, TokenVerifier, pseudonym
from shared.http.jwks import IssuerKeys
from shared.http.problems import Problem, ProblemType
from shared.http.standing import Holder
from shared.service import create_app

pytestmark = pytest.mark.anyio

ISSUER = "https://issuer.example.com"
COMPANY = str(uuid.uuid4())
SETTINGS = ServiceSettings(oidc_issuer=ISSUER)


NOW = int(time.time())
KEY = jwk.RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = jwk.RSAKey.generate_key(2048, {"kid": "rsa"})


class Issuer:
    """An issuer as seen over HTTP; it can rotate its keys and go away."""

    def __init__(self) -> None:
        self.keys: list[Any] = [KEY]
        self.away = False
        self.reads = 0
        self.claims_to_be = ISSUER

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json={"issuer": self.claims_to_be, "jwks_uri": f"{ISSUER}/keys"})
        self.reads += 1
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A good token, with what the test changes; a claim None is left out."""
        key = key or self.keys[0]
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "aud": "usher",
            "sub": "someone",
            "iat": now,
            "exp": now + 60,
            "email": "ada@example.com",
            "name": "Ada",
            "company_id": COMPANY,
            "permissions": ["manage_users"],
        }
        kept = {k: v for k, v in {**good, **claims}.items() if v is not None}
        algorithm = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519", "oct": "HS256"}[key.key_type]
        full = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode({k: v for k, v in full.items() if v is not None}, kept, key, [full["alg"]], default_type=None)


NOT_ADMIN = ProblemType(403, "forbidden", "You may not manage users.")
NO_PROGRAM = ProblemType(403, "forbidden", "You are no program.")
Admin = Annotated[Principal, Depends(RequiresPermission("manage_users", NOT_ADMIN))]
Platform = Annotated[Principal, Depends(RequiresScope("usher.platform", NO_PROGRAM))]


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def build(issuer: Issuer, settings: ServiceSettings = SETTINGS) -> FastAPI:
    client = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
    app = create_app(settings, "test", pool=None, verifier=TokenVerifier(settings, IssuerKeys(ISSUER, client)))

    @app.get("/me")
    async def me(who: SignedIn) -> dict[str, Any]:
        return {"sub": who.subject, "email": who.email, "company": who.company_id, "may": sorted(who.permissions)}

    @app.get("/admin")
    async def admin(who: Admin) -> str:
        return who.company

    @app.get("/platform")
    async def platform(who: Platform) -> str:
        return who.subject

    return app


@pytest.fixture
async def client(issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(issuer)), base_url="http://test") as opened:
        yield opened


async def ask(client: httpx.AsyncClient, token: str, path: str = "/me") -> httpx.Response:
    return await client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("email", [None, "", "ada", 7, "ada@\0example.com"], ids=repr)
async def test_an_admin_without_an_address_is_refused(client: httpx.AsyncClient, issuer: Issuer, email: object) -> None:
    answer = await ask(client, issuer.token(email=email), "/admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "e-mail" in answer.json()["detail"]


@pytest.mark.parametrize("verified", [False, "false"])
async def test_an_admin_whose_address_nobody_has_proved_is_refused(
    client: httpx.AsyncClient, issuer: Issuer, verified: object
) -> None:
    answer = await ask(client, issuer.token(email_verified=verified), "/admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "not verified" in answer.json()["detail"]
    assert (await ask(client, issuer.token(email_verified=True), "/admin")).status_code == 200
    assert (await ask(client, issuer.token(), "/admin")).status_code == 200, "many issuers say nothing about it"


class Out:
    """Everybody of this address is out."""

    async def is_out(self, who: Holder) -> bool:
        return who.email == "ada@example.com"

    def refusal(self) -> Problem:
        return Problem(403, "deactivated", "You are out.")


@pytest.mark.parametrize("path", ["/me", "/admin", "/platform"])
async def test_who_was_deactivated_is_let_in_nowhere(issuer: Issuer, path: str) -> None:
    app = build(issuer)
    app.state.standing = Out()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await ask(client, issuer.token(scope="usher.platform"), path)
        assert (answer.status_code, answer.json()["code"]) == (403, "deactivated")
        assert (await ask(client, issuer.token(scope="usher.platform", email="ben@example.com"), path)).is_success
        assert (await ask(client, issuer.token(exp=NOW - 60), path)).status_code == 401, "the token goes first"


async def test_a_good_token_says_who_asks(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await ask(client, issuer.token())
    assert answer.json() == {"sub": "someone", "email": "ada@example.com", "company": COMPANY, "may": ["manage_users"]}


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Bearer", "Bearer  ", "token"])
async def test_without_a_token_the_challenge_is_told(client: httpx.AsyncClient, header: str | None) -> None:
    answer = await client.get("/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == 'Bearer realm="usher"'


BAD: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - 60},
    "never expires": {"exp": None},
    "expiry is no number": {"exp": "tomorrow"},
    "not yet": {"nbf": NOW + 86_400},
    "another issuer": {"iss": "https://other.example.com"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "billing"},
    "no audience": {"aud": None},
    "no subject": {"sub": None},
    "company is no UUID": {"company_id": "acme"},
    "company is a number": {"company_id": 7},
    "an ID token": {"header": {"typ": "id+jwt"}},
    "a logout token": {"header": {"typ": "logout+jwt"}},
    "unknown key": {"header": {"kid": "other"}},
    "an identity of an issuer that has one type for all": {"header": {"typ": "JWT"}, "nonce": "n"},
    "an identity without a type": {"header": {"typ": None}, "at_hash": "h"},
    "an identity as Keycloak says it": {"header": {"typ": "JWT"}, "typ": "ID"},
    "an identity as Cognito says it": {"header": {"typ": "JWT"}, "token_use": "id"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
async def test_a_token_that_is_not_good_is_refused(
    client: httpx.AsyncClient, issuer: Issuer, change: dict[str, Any]
) -> None:
    answer = await ask(client, issuer.token(**change))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "change",
    [{"nonce": "n"}, {"header": {"typ": "JWT"}, "typ": "Bearer", "nonce": "n"}, {"header": {"typ": "JWT"}}],
    ids=["as RFC 9068 has it", "as Keycloak once did", "of one type for all"],
)
async def test_an_access_token_is_told_from_an_identity(
    client: httpx.AsyncClient, issuer: Issuer, change: dict[str, Any]
) -> None:
    assert (await ask(client, issuer.token(**change))).status_code == 200


@pytest.mark.parametrize("part", ["header", "claims"])
async def test_a_token_nested_deeper_than_one_should_be_led_is_refused(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(jose, "MOST_BRACKETS", 6)
    deep: Any = [[[[[[]]]]]]
    head = {"alg": "RS256", "kid": "rsa", "typ": "at+jwt", "x": deep}
    token = by_hand(issuer.token(), head, None) if part == "header" else issuer.token(x=deep)
    assert (await ask(client, issuer.token())).status_code == 200
    answer = await ask(client, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert "nested" in answer.json()["detail"]


async def test_what_a_parser_finds_too_deep_is_refused_all_the_same(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_deep(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr("shared.http.auth.jwt.decode", too_deep)
    assert (await ask(client, issuer.token())).status_code == 401


def by_hand(token: str, header: dict[str, Any], key: bytes | None) -> str:
    """The token's claims under another header: what a library that signs would not make."""
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    text = f"{head}.{token.split('.')[1]}"
    mac = hmac.digest(key, text.encode(), "sha256") if key else b""
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


async def test_forged_tokens_are_refused(client: httpx.AsyncClient, issuer: Issuer) -> None:
    good = issuer.token()
    head, _, signature = good.split(".")
    other = issuer.token(company_id=str(uuid.uuid4())).split(".")[1]
    public = issuer.keys[0].as_pem(private=False)
    for token in (
        f"{head}.{other}.{signature}",
        issuer.token(key=STRANGER),
        # The public key, which everybody knows, taken for a shared secret.
        by_hand(good, {"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}, public),
        by_hand(good, {"alg": "none", "kid": "rsa", "typ": "at+jwt"}, None),
        by_hand(good, {"alg": "RS256", "kid": "rsa", "typ": "at+jwt", "crit": ["x"], "x": 1}, public),
        by_hand(good, {"kid": "rsa", "typ": "at+jwt"}, None),
        by_hand(good, {"alg": 7, "kid": ["rsa"], "typ": {}}, None),
        "a.b.c",
        "garbage",
        good[:-4],
        good + "." + good,
        "\u00fc",
        "x" * 20_000,
    ):
        answer = await client.get("/me", headers=[(b"Authorization", f"Bearer {token}".encode())])
        assert answer.status_code == 401, token[:40]


async def test_algorithms_are_those_that_are_allowed(issuer: Issuer) -> None:
    settings = ServiceSettings(oidc_issuer=ISSUER, oidc_algorithms=("ES256",))
    issuer.keys.append(jwk.ECKey.generate_key("P-256", {"kid": "ec"}))
    transport = httpx.ASGITransport(build(issuer, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await ask(client, issuer.token(key=issuer.keys[0]))).status_code == 401
        assert (await ask(client, issuer.token(key=issuer.keys[1]))).status_code == 200


@pytest.mark.parametrize(
    "key", [jwk.ECKey.generate_key("P-256", {"kid": "k"}), jwk.OKPKey.generate_key("Ed25519", {"kid": "k"})]
)
async def test_other_public_key_algorithms_are_good(client: httpx.AsyncClient, issuer: Issuer, key: Any) -> None:
    issuer.keys.append(key)
    assert (await ask(client, issuer.token(key=key))).status_code == 200


async def test_permissions_may_be_a_list_or_words(client: httpx.AsyncClient, issuer: Issuer) -> None:
    for permissions in (["manage_users", "x"], "manage_users x"):
        assert (await ask(client, issuer.token(permissions=permissions), "/admin")).json() == COMPANY
    for permissions in ([], "", None, "manage_users_not", [["manage_users"]], {"manage_users": True}):
        answer = await ask(client, issuer.token(permissions=permissions), "/admin")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), permissions


async def test_an_admin_is_of_a_company(client: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await ask(client, issuer.token(company_id=None), "/admin")).status_code == 403


async def test_the_line_of_a_refused_request_says_whose_it_was(client: httpx.AsyncClient, issuer: Issuer) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        assert (await ask(client, issuer.token(permissions=[]), "/admin")).status_code == 403
        assert (await ask(client, "nobody's", "/admin")).status_code == 401
    refused, nobody = [line for line in lines if line["event"] == "request"]
    assert (refused["status"], refused["who"]) == (403, pseudonym("someone"))
    assert nobody["who"] is None


def refusals(code: str) -> float:
    return REGISTRY.get_sample_value("usher_audit_events_total", {"event": "refused", "code": code}) or 0


async def test_each_refusal_is_an_audit_event_that_says_whose_it_was(issuer: Issuer) -> None:
    app = build(issuer)
    app.state.standing = Out()
    codes = ("unauthorized", "forbidden", "deactivated")
    before = [refusals(code) for code in codes]
    ben = issuer.token(permissions=[], email="ben@example.com", sub="ben")
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            for token in ("nobody's", ben, issuer.token()):
                await ask(client, token, "/admin")
            assert (await ask(client, ben)).is_success
    told = [line for line in lines if line.get("audit")]
    assert [(line["event"], line["status"], line["code"], line["who"], line.get("company")) for line in told] == [
        ("refused", 401, "unauthorized", None, None),
        ("refused", 403, "forbidden", pseudonym("ben"), COMPANY),
        ("refused", 403, "deactivated", pseudonym("someone"), COMPANY),
    ]
    assert not [line for line in told if "example.com" in str(line)], "nobody is named"
    assert [refusals(code) - was for code, was in zip(codes, before, strict=True)] == [1, 1, 1]


async def test_provisioning_needs_its_scope(client: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await ask(client, issuer.token(), "/platform")).status_code == 403
    assert (await ask(client, issuer.token(permissions=["usher.platform"]), "/platform")).status_code == 403
    assert (await ask(client, issuer.token(scope="openid usher.platform"), "/platform")).status_code == 200


async def test_claims_may_have_other_names(issuer: Issuer) -> None:
    settings = ServiceSettings(oidc_issuer=ISSUER, oidc_claim_company="tenant", oidc_claim_permissions="roles")
    token = issuer.token(company_id=None, tenant=COMPANY.upper(), roles="manage_users")
    transport = httpx.ASGITransport(build(issuer, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await ask(client, token, "/admin")).json() == COMPANY


async def test_keys_are_read_again_when_they_were_rotated(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_PAUSE_SECONDS", 0.0)
    assert (await ask(client, issuer.token())).status_code == 200
    issuer.keys = [jwk.ECKey.generate_key("P-256", {"kid": "next"})]
    assert (await ask(client, issuer.token())).status_code == 200


async def test_made_up_keys_do_not_become_requests_to_the_issuer(client: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await ask(client, issuer.token())).status_code == 200
    for n in range(20):
        assert (await ask(client, issuer.token(header={"kid": f"{n}"}))).status_code == 401
    assert issuer.reads == 1


async def test_known_keys_go_on_while_the_issuer_is_away(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(client, issuer.token())).status_code == 200
    monkeypatch.setattr(jwks, "_KEEP_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "_PAUSE_SECONDS", 0.0)
    issuer.away = True
    assert (await ask(client, issuer.token())).status_code == 200


async def test_an_issuer_that_was_never_seen_is_said_to_be_away(client: httpx.AsyncClient, issuer: Issuer) -> None:
    issuer.away = True
    answer = await ask(client, issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_discovery_document_of_another_issuer_is_not_believed(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    issuer.claims_to_be = "https://other.example.com"
    assert (await ask(client, issuer.token())).status_code == 503


async def test_tokens_do_not_show_themselves(issuer: Issuer) -> None:
    keys = IssuerKeys(ISSUER, httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer)))
    token = issuer.token()
    assert token not in repr(await TokenVerifier(SETTINGS, keys).verify(token))
