"""The development issuer: what its tokens say, and a whole sign-in as a client of it does it."""

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.app import build
from deploy.devstack.issuer.granted import Granted
from deploy.devstack.issuer.people import People, Person
from services.upload.web.oidc import Client, OpenIdIssuer
from shared.http.jwks import IssuerKeys

pytestmark = pytest.mark.anyio
ISSUER = "http://127.0.0.1:8009"
COMPANY = "0192f7a0-0000-7000-8000-000000000001"
MAYA = Person("maya.lindqvist@northwind.example", COMPANY, permissions=("manage_users",))
VERIFIER = "v" * 60
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:8000/signed-in"


@pytest.fixture
def issuer(tmp_path: Path) -> AsyncClient:
    People(tokens.folder(tmp_path)).add(MAYA)
    return AsyncClient(transport=ASGITransport(build(ISSUER, tmp_path)), base_url=ISSUER)


async def read(issuer: AsyncClient, token: str) -> jwt.Token:
    keys = KeySet.import_key_set((await issuer.get("/jwks.json")).json())
    return jwt.decode(token, keys, algorithms=["ES256"])


def authorization(**other: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": "usher-web",
        "redirect_uri": BACK,
        "scope": "openid profile email offline_access",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **other,
    }


async def sign_in(issuer: AsyncClient, **other: str) -> str:
    form = {"email": MAYA.email, "company_id": COMPANY, "admin": "on"}
    answer = await issuer.post("/authorize", params=authorization(**other), data=form)
    assert answer.status_code == 303, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["s1"]
    return query["code"][0]


async def redeem(issuer: AsyncClient, code: str, verifier: str = VERIFIER) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    return await issuer.post("/token", data={**form, "client_id": "usher-web"})


async def test_the_sign_in_page_offers_those_who_are_listed(issuer: AsyncClient) -> None:
    page = await issuer.get("/authorize", params=authorization())
    assert page.status_code == 200 and "Maya Lindqvist" in page.text and MAYA.email in page.text


async def test_a_sign_in_ends_with_an_access_token_for_that_person(issuer: AsyncClient) -> None:
    answer = (await redeem(issuer, await sign_in(issuer))).json()
    token = await read(issuer, answer["access_token"])
    assert token.header["typ"] == "at+jwt"
    wanted = {
        "iss": ISSUER,
        "aud": "usher",
        "sub": MAYA.subject,
        "email": MAYA.email,
        "name": "Maya Lindqvist",
        "company_id": COMPANY,
        "permissions": ["manage_users"],
    }
    assert {name: token.claims[name] for name in wanted} == wanted
    assert "usher.platform" not in token.claims["scope"]


async def test_the_id_token_carries_the_nonce_for_the_client(issuer: AsyncClient) -> None:
    claims = (await read(issuer, (await redeem(issuer, await sign_in(issuer))).json()["id_token"])).claims
    assert claims["nonce"] == "n1" and claims["aud"] == ["usher-web"] and claims["sub"] == MAYA.subject


async def test_a_code_is_good_once(issuer: AsyncClient) -> None:
    code = await sign_in(issuer)
    assert (await redeem(issuer, code)).status_code == 200
    assert (await redeem(issuer, code)).json()["error"] == "invalid_grant"


async def test_a_code_needs_the_verifier_that_it_was_asked_with(issuer: AsyncClient) -> None:
    assert (await redeem(issuer, await sign_in(issuer), verifier="w" * 60)).json()["error"] == "invalid_grant"


async def test_a_refresh_token_outlives_the_issuer(issuer: AsyncClient, tmp_path: Path) -> None:
    first = (await redeem(issuer, await sign_in(issuer))).json()
    again = AsyncClient(transport=ASGITransport(build(ISSUER, tmp_path)), base_url=ISSUER)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": "usher-web"}
    claims = (await read(issuer, (await again.post("/token", data=form)).json()["access_token"])).claims
    assert claims["email"] == MAYA.email and claims["company_id"] == COMPANY


async def test_an_access_token_is_no_refresh_token(issuer: AsyncClient) -> None:
    first = (await redeem(issuer, await sign_in(issuer))).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["access_token"], "client_id": "usher-web"}
    assert (await issuer.post("/token", data=form)).json()["error"] == "invalid_grant"


async def test_nobody_is_sent_to_another_machine(issuer: AsyncClient) -> None:
    answer = await issuer.get("/authorize", params=authorization(redirect_uri="https://elsewhere.example/"))
    assert answer.status_code == 400 and "location" not in answer.headers


async def test_signing_out_leads_back(issuer: AsyncClient) -> None:
    answer = await issuer.get("/logout", params={"post_logout_redirect_uri": "http://127.0.0.1:8000/"})
    assert answer.headers["location"] == "http://127.0.0.1:8000/"
    away = await issuer.get("/logout", params={"post_logout_redirect_uri": "https://elsewhere.example/"})
    assert "location" not in away.headers


def test_a_platform_token_has_the_scope_and_no_company(tmp_path: Path) -> None:
    platform = Person("platform@usher.example.com", None, platform=True)
    claims = tokens.access_claims(platform, ISSUER, now=1_000, expires_in=60)
    assert "usher.platform" in claims["scope"].split() and claims["company_id"] is None


def test_a_token_can_be_one_that_has_expired() -> None:
    claims = tokens.access_claims(MAYA, ISSUER, now=1_000, expires_in=-60)
    assert claims["exp"] == 940 and claims["iat"] <= claims["exp"]


def test_a_data_directory_keeps_its_key(tmp_path: Path) -> None:
    assert tokens.load_key(tmp_path).thumbprint() == tokens.load_key(tmp_path).thumbprint()
    assert (tokens.folder(tmp_path) / "key.json").stat().st_mode & 0o077 == 0


def test_the_public_keys_hold_no_private_part(tmp_path: Path) -> None:
    [key] = tokens.public_keys(tokens.load_key(tmp_path))["keys"]
    assert "d" not in key and key["kid"]


async def test_the_frontends_own_client_signs_in_and_renews(tmp_path: Path) -> None:
    People(tokens.folder(tmp_path)).add(MAYA)
    transport = ASGITransport(build(ISSUER, tmp_path))
    issuer = AsyncClient(transport=transport, base_url=ISSUER)
    known = Client(ISSUER, "usher-web", None, "openid profile email offline_access", BACK, ("ES256",), 5)
    client = OpenIdIssuer(known, IssuerKeys(ISSUER, AsyncClient(transport=transport)), transport)
    address, pending = await client.begin("/team")
    answer = await issuer.post(address, data={"email": MAYA.email, "company_id": COMPANY, "admin": "on"})
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    found = await client.finish(pending, query)
    assert (await read(issuer, found.access)).claims["email"] == MAYA.email
    fresh = await client.refresh(found)
    assert fresh is not None
    assert (await read(issuer, fresh.access)).claims["email"] == MAYA.email


def changed(email: str, before: list[str], after: list[str]) -> dict[str, object]:
    return {"company_id": COMPANY, "email": email, "from": before, "to": after}


def test_tokens_follow_what_usher_grants_and_takes() -> None:
    granted, ben = Granted(), Person("ben@northwind.example", COMPANY)
    assert granted.applied(MAYA) == MAYA and granted.applied(ben).permissions == ()
    granted.hear(changed("Ben@northwind.example", [], ["manage_users", "manage_reports"]))
    assert granted.applied(ben).permissions == ("manage_users", "manage_reports")
    assert granted.applied(MAYA) == MAYA
    granted.hear(changed(MAYA.email, ["manage_users"], []))
    assert granted.applied(MAYA).permissions == (), "what Usher took is gone, whatever the page ticks"
    elsewhere = Person("ben@northwind.example", "0192f7a0-0000-7000-8000-000000000002")
    assert granted.applied(elsewhere).permissions == ()


def test_what_usher_never_touched_is_the_pages_to_say() -> None:
    granted = Granted()
    granted.hear(changed(MAYA.email, [], ["manage_reports"]))
    assert granted.applied(MAYA).permissions == ("manage_users", "manage_reports")
