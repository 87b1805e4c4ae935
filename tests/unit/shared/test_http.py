"""Every error is a problem document, and tells nothing of the inside."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from shared.core.settings import ServiceSettings
from shared.core.trusted_proxies import TrustedProxies
from shared.http.openapi import problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Limit
from shared.http.problems import Problem
from shared.service import create_app
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


DISTURBED = {
    "standby": asyncpg.ReadOnlySQLTransactionError("secret"),
    "disk": asyncpg.PostgresIOError("secret"),
    "file": asyncpg.UndefinedFileError("secret"),
    "full": asyncpg.DiskFullError("secret"),
    "memory": asyncpg.OutOfMemoryError("secret"),
    "ended": asyncpg.InternalClientError("secret"),
    "operator": asyncpg.DatabaseDroppedError("secret"),
}
"""A database server that is there and cannot."""


class Thing(BaseModel):
    name: str
    sizes: list[int] = []


def build() -> FastAPI:
    app = create_app(
        ServiceSettings(), "test", pool=None, unlimited_paths=frozenset({"/stream"}), larger_bodies={"/many": 1 << 21}
    )

    @app.get("/items")
    async def items(limit: Limit = DEFAULT_LIMIT) -> int:
        return limit

    @app.post("/things", responses=problem_responses(409))
    async def things(thing: Thing) -> Thing:
        if thing.name == "taken":
            raise Problem(409, "taken", "That name is taken. Choose another.", headers={"Retry-After": "3"}, held_by=7)
        return thing

    @app.post("/{of}/many")
    async def many(of: str, thing: Thing) -> int:
        return len(thing.name)

    @app.post("/stream")
    async def stream() -> str:
        return "ok"

    @app.get("/fails/{how}")
    async def fails(how: str) -> None:
        raise {
            "code": RuntimeError("select secret from internals"),
            "database": asyncpg.CannotConnectNowError("secret"),
            **DISTURBED,
            "network": ConnectionRefusedError("secret"),
            "nul": asyncpg.CharacterNotInRepertoireError("secret"),
        }[how]

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:usher:problem:{code}"
    assert document["title"]
    assert document["detail"]
    assert answer.headers["x-request-id"]
    return document


async def test_a_refusal_carries_its_reason(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"name": "taken"})
    document = problem(answer, 409, "taken")
    assert document["detail"] == "That name is taken. Choose another."
    assert document["held_by"] == 7
    assert answer.headers["retry-after"] == "3"


async def test_no_such_route_and_no_such_method(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404, "not_found")
    answer = await client.delete("/things")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_request_that_is_not_understood_says_where(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"name": "x", "sizes": [1, "two"]})
    document = problem(answer, 422, "request_not_understood")
    assert [place["where"] for place in document["places"]] == ["body.sizes[1]"]
    assert "body.sizes[1]" in document["detail"]
    assert "two" not in answer.text, "what was sent is not echoed"


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", ""])
async def test_a_limit_out_of_range_is_refused(client: httpx.AsyncClient, limit: str) -> None:
    problem(await client.get("/items", params={"limit": limit}), 422, "request_not_understood")


@pytest.mark.parametrize("limit", [1, 1000])
async def test_a_limit_in_range_is_taken(client: httpx.AsyncClient, limit: int) -> None:
    assert (await client.get("/items", params={"limit": limit})).json() == limit


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff\xfe", b'{"name": "\\ud800"}', b"null"])
async def test_odd_bodies_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, answer.json()["code"])


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    large = b'{"name": "' + b"a" * (1 << 20) + b'"}'
    problem(await client.post("/things", content=large), 413, "too_large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    streamed = await client.post("/things", content=chunks(), headers={"content-type": "application/json"})
    problem(streamed, 413, "too_large")


async def test_paths_that_may_have_larger_bodies_have_a_limit_of_their_own(client: httpx.AsyncClient) -> None:
    assert (await client.post("/7/many", json={"name": "a" * (1 << 20)})).json() == 1 << 20
    problem(await client.post("/7/many", json={"name": "a" * (1 << 21)}), 413, "too_large")


async def test_routes_that_count_for_themselves_get_it_all(client: httpx.AsyncClient) -> None:
    assert (await client.post("/stream", content=b"a" * (2 << 20))).status_code == 200


async def test_what_nobody_foresaw_tells_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fails/code")
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("how", ["database", "network", *DISTURBED])
async def test_what_is_away_for_the_moment_is_said_so(client: httpx.AsyncClient, how: str) -> None:
    answer = await client.get(f"/fails/{how}")
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "secret" not in answer.text


async def test_a_character_that_no_text_can_have_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.get("/fails/nul"), 422, "illegal_characters")


async def test_openapi_knows_problems_and_nothing_of_fastapis_errors(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert schemas["Problem"]["required"] == ["type", "title", "status", "detail", "code"]
    responses = document["paths"]["/things"]["post"]["responses"]
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status in ("400", "409", "413", "422", "500", "503"):
        assert responses[status]["content"] == {"application/problem+json": reference}


async def test_ids_come_in_by_a_trusted_proxy_and_go_out() -> None:
    transport: Any = httpx.ASGITransport(TrustedProxies.of("127.0.0.0/8").before(build()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as proxied:
        await ids_go_in_and_out(proxied)


async def ids_go_in_and_out(proxied: httpx.AsyncClient) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    answer = await proxied.get("/items", headers={"X-Request-Id": "mine-1", "traceparent": trace})
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["traceparent"].split("-")[1] == "a" * 32
    odd = await proxied.get("/items", headers={"X-Request-Id": "a b\x7f", "traceparent": "nonsense"})
    assert odd.headers["x-request-id"] != "a b\x7f"
    assert len(odd.headers["traceparent"]) == 55


async def test_live_but_not_ready_before_it_has_started(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok", "reason": None}
    assert problem(await client.get("/readyz"), 503, "not_ready")["reason"] == "starting"


async def test_metrics_count_by_route_and_not_by_address(client: httpx.AsyncClient) -> None:
    await client.get("/fails/code")
    text = (await client.get("/metrics")).text
    assert 'usher_http_request_seconds_count{method="GET",route="/fails/{how}",status="500"}' in text
    assert "/fails/code" not in text


async def test_ready_when_all_tasks_run_and_not_while_one_is_down() -> None:
    fail, go_on = asyncio.Event(), asyncio.Event()

    async def task() -> None:
        await fail.wait()
        if not go_on.is_set():
            raise OSError
        await asyncio.Event().wait()

    app = create_app(ServiceSettings(), "test", pool=None, background={"relay": task})
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/readyz")).json() == {"status": "ok", "reason": None}
        fail.set()
        await _eventually(client, 503)
        go_on.set()
        await _eventually(client, 200)


async def _eventually(client: httpx.AsyncClient, status: int) -> None:
    async with asyncio.timeout(PATIENCE):
        answer = await client.get("/readyz")
        while answer.status_code != status:
            await asyncio.sleep(0.1)
            answer = await client.get("/readyz")
