"""What surrounds every request: headers, other origins, proxies, traces."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from starlette.requests import Request

from shared.core.settings import ServiceSettings
from shared.observability import configure_tracing
from shared.service import create_app
from shared.service.process import server_config

pytestmark = pytest.mark.anyio

SECRET = "0123456789abcdefSECRET"


def build(settings: ServiceSettings) -> FastAPI:
    app = create_app(settings, "test", pool=None)

    @app.get("/api/v1/invitations/{token}")
    async def offer(request: Request, token: str) -> str:
        return request.client.host if request.client else token

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(ServiceSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


@pytest.mark.parametrize(("environment", "strict"), [("development", False), ("production", True)])
async def test_strict_transport_is_for_production_alone(environment: Any, strict: bool) -> None:
    transport = httpx.ASGITransport(
        build(
            ServiceSettings(
                environment=environment,
                oidc_issuer="https://sso.example",
                public_url="https://usher.example",
                erasure_key=SecretStr("e" * 32),
            )
        )
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/livez", "/nowhere", "/docs", "/openapi.json"):
            headers = (await client.get(path)).headers
            assert ("max-age=31536000" in headers.get("strict-transport-security", "")) == strict
            assert headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_health_and_metrics_are_on_the_services_port_or_on_their_own() -> None:
    paths = ("/livez", "/readyz", "/metrics")
    for settings, served in ((ServiceSettings(), True), (ServiceSettings(health_port=9), False)):
        app = build(settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answers = [(await client.get(path)).status_code for path in paths]
        assert (404 not in answers) == served, answers
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.state.health), base_url="http://test") as client:
        assert [(await client.get(path)).status_code for path in (*paths, "/api/v1/team")] == [200, 503, 200, 404]
        assert "usher_" in (await client.get("/metrics")).text


async def test_no_other_origin_is_let_in(client: httpx.AsyncClient) -> None:
    elsewhere = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for method, path in (("OPTIONS", "/openapi.json"), ("GET", "/livez")):
        answer = await client.request(method, path, headers=elsewhere)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("trusted", "seen"), [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.1", "192.0.2.7")]
)
async def test_forwarded_headers_are_believed_from_configured_proxies_alone(trusted: str, seen: str) -> None:
    settings = ServiceSettings(trusted_proxies=trusted)
    config: Any = server_config(build(settings), settings)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("127.0.0.1", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/api/v1/invitations/x", headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer.json() == seen


async def test_a_span_names_the_route_and_no_secret(client: httpx.AsyncClient) -> None:
    kept = InMemorySpanExporter()
    configure_tracing("test").add_span_processor(SimpleSpanProcessor(kept))
    await client.get(f"/api/v1/invitations/{SECRET}?q={SECRET}", headers={"Authorization": f"Bearer {SECRET}"})
    spans = kept.get_finished_spans()
    assert "GET /api/v1/invitations/{token}" in [span.name for span in spans]
    assert SECRET not in "".join(span.to_json() for span in spans)
