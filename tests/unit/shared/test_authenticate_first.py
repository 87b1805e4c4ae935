"""Who asks is known, and may, before what they send is read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shared.core.settings import ServiceSettings
from shared.http.auth import Principal, RequiresPermission, RequiresScope, SignedIn, TokenRefused
from shared.http.authenticate_first import AuthenticateFirstRoute
from shared.http.problem_types import TOKEN_NOT_ACCEPTED
from shared.http.problems import ProblemType
from shared.service import create_app

pytestmark = pytest.mark.anyio

COMPANY = "00000000-0000-4000-8000-000000000001"
NOBODY = Principal("x", "x@example.com", "X", COMPANY, frozenset(), frozenset(), "nobody")
NOT_ADMIN = ProblemType(403, "forbidden", "You may not manage.")
NO_PROGRAM = ProblemType(403, "forbidden", "You are no program.")
Admin = Annotated[Principal, Depends(RequiresPermission("manage", NOT_ADMIN))]
Platform = Annotated[Principal, Depends(RequiresScope("platform", NO_PROGRAM))]
WHO = {
    "nobody": NOBODY,
    "admin": replace(NOBODY, permissions=frozenset({"manage"})),
    "platform": replace(NOBODY, scopes=frozenset({"platform"})),
}


class Verifier:
    async def verify(self, token: str) -> Principal:
        if token not in WHO:
            raise TokenRefused(TOKEN_NOT_ACCEPTED)
        return WHO[token]


class Thing(BaseModel):
    name: str


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(ServiceSettings(), "test", pool=None)
    app.state.verifier = Verifier()
    router = APIRouter(route_class=AuthenticateFirstRoute)

    @router.post("/admin")
    async def admin(who: Admin, thing: Thing) -> str:
        return f"{who.subject} {thing.name}"

    @router.post("/platform")
    async def platform(_: Platform, thing: Thing) -> str:
        return thing.name

    @router.post("/anybody")
    async def anybody(_: SignedIn, thing: Thing) -> str:
        return thing.name

    @router.post("/open")
    async def unguarded(thing: Thing) -> str:
        return thing.name

    app.include_router(router, prefix="/v1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened:
        yield opened


BODIES = {"broken": b'{"name": ', "another form": b"[]", "not UTF-8": b'{"name": "\xff"}', "none": b""}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("admin", None, 401), ("admin", "made-up", 401), ("admin", "nobody", 403), ("admin", "platform", 403),
        ("platform", None, 401), ("platform", "admin", 403), ("anybody", None, 401),
    ],
)  # fmt: skip
async def test_the_door_comes_before_the_body(
    client: httpx.AsyncClient, path: str, token: str | None, status: int, body: bytes
) -> None:
    assert (await send(client, path, token, body)).status_code == status


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(
    ("path", "token"), [("admin", "admin"), ("platform", "platform"), ("anybody", "nobody"), ("open", None)]
)
async def test_whoever_may_is_told_about_the_body(
    client: httpx.AsyncClient, path: str, token: str | None, body: bytes
) -> None:
    answer = await send(client, path, token, body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "token"), [("admin", "admin"), ("platform", "platform"), ("open", None)])
async def test_what_is_well_formed_arrives(client: httpx.AsyncClient, path: str, token: str | None) -> None:
    assert (await send(client, path, token, b'{"name": "Ada"}')).json() in ("Ada", "x Ada")


async def send(client: httpx.AsyncClient, path: str, token: str | None, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return await client.post(f"/v1/{path}", content=body, headers=headers)
