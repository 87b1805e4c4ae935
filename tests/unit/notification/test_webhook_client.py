"""One attempt at a delivery, at a receiver on a real port: what is sent, what counts, and where it may not lead."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import trustme
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.notification.application.webhooks import webhook_client
from services.notification.application.webhooks.address_guard import AddressGuard, SystemLookup
from services.notification.application.webhooks.webhook_client import WebhookClient, WebhookClients
from services.notification.formats.webhook.signature import SECRET_BYTES, Signatures, secret_text
from services.notification.settings import networks_of
from tests.webhook_receiver import Answer, Request, sink

pytestmark = pytest.mark.anyio

SECRET, NEXT = b"a" * SECRET_BYTES, b"b" * SECRET_BYTES
BODY = '{"id":"e-1","data":{"first_name":"Zoë"}}'


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def client(
    url: str, *, allowed: str = "127.0.0.1", lookup: object = None, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[WebhookClient]:
    guard = AddressGuard(networks_of(allowed), lookup or SystemLookup())  # type: ignore[arg-type]
    clients = WebhookClients(guard, tls or ssl.create_default_context())
    async with clients.client(url, [NEXT, SECRET], 2) as made:
        yield made


async def test_what_is_sent_is_signed_and_says_what_it_is() -> None:
    async with sink() as receiver, client(receiver.url) as webhook:
        attempt = await webhook.post("e-1", BODY)
    assert (attempt.delivered, attempt.status, attempt.answer, attempt.error) == (True, 200, "ok", None)
    [request] = receiver.requests
    assert request.path == "/hook"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["webhook-id"] == "e-1"
    for secret in (SECRET, NEXT):  # while one takes the other's place
        assert Webhook(secret_text(secret)).verify(request.body, dict(request.headers)) == request.event
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(b"c" * SECRET_BYTES)).verify(request.body, dict(request.headers))


def test_a_secret_needs_no_padding() -> None:
    assert secret_text(SECRET).startswith("whsec_") and "=" not in secret_text(SECRET)


def test_the_time_that_is_signed_is_the_time_wherever_the_clock_is() -> None:
    at = datetime(2026, 12, 4, 9, 11, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert Signatures([SECRET]).headers("e", "{}", at) == Signatures([SECRET]).headers("e", "{}", elsewhere)
    assert Signatures([SECRET]).headers("e", "{}", elsewhere)["webhook-timestamp"] == str(int(at.timestamp()))


async def test_a_redirect_is_not_followed() -> None:
    async with sink() as inside, sink() as receiver, client(receiver.url) as webhook:
        receiver.answers(302, head=f"location: {inside.url}\r\n")
        attempt = await webhook.post("e-1", BODY)
        assert (attempt.delivered, attempt.status) == (False, 302)
        assert inside.connections == 0


async def test_a_name_that_changes_between_two_looks_leads_nowhere_new() -> None:
    """The address that was checked is the one that is connected to, at every connection anew."""
    async with sink() as receiver:
        seen: list[str] = []
        answers = [["127.0.0.1"], ["127.0.0.2"]]

        async def lookup(host: str, _port: int) -> Sequence[str]:
            seen.append(host)
            return answers.pop(0) if answers else ["127.0.0.2"]

        url = f"http://hooks.example:{receiver.port}/hook"
        async with client(url, allowed="127.0.0.1/32", lookup=lookup) as webhook:
            receiver.answers(200, head="connection: close\r\n")
            assert (await webhook.post("e-1", BODY)).delivered
            refused = await webhook.post("e-2", BODY)
        assert refused.status is None and "not of the public internet" in str(refused.error)
        assert seen == ["hooks.example", "hooks.example"] and receiver.connections == 1
        assert receiver.requests[0].headers["host"] == f"hooks.example:{receiver.port}"


async def test_the_certificate_is_that_of_the_name_and_not_of_the_address() -> None:
    authority: Any = trustme.CA()  # typed for pyOpenSSL's contexts, too
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(serving)
    authority.configure_trust(trusting)

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with sink(ssl=serving) as receiver:
        for name, good in (("hooks.example", True), ("other.example", False)):
            url = f"https://{name}:{receiver.port}/hook"
            async with client(url, lookup=lookup, tls=trusting) as webhook:
                attempt = await webhook.post("e-1", BODY)
                assert attempt.delivered is good, attempt


async def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as receiver, sink() as proxy, client(receiver.url) as webhook:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await webhook.post("e-1", BODY)).delivered
        assert proxy.connections == 0


async def test_no_answer_in_time_is_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_client, "TIMEOUT_SECONDS", 0.3)

    async def never(_: Request) -> Answer:
        await asyncio.sleep(60)
        return None

    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answer = never
        attempt = await webhook.post("e-1", BODY)
        assert attempt.status is None and "did not answer" in str(attempt.error)
        receiver.answer = None
        assert (await webhook.post("e-2", BODY)).delivered, "and the next one is not held up by it"


async def test_no_more_of_an_answer_is_read_than_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_client, "MAX_ANSWER_BYTES", 1000)
    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answers(200, body=b"x" * 200_000)
        attempt = await webhook.post("e-1", BODY)
        assert attempt.delivered and attempt.answer == "x" * 500
        receiver.answers(200)
        assert (await webhook.post("e-2", BODY)).delivered
        assert receiver.connections == 2, "the one with more to come was given up"


async def test_an_answer_is_shown_without_what_is_no_text() -> None:
    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answers(500, body=b"broken\x00\x1b[31m \xff Z\xc3\xbcrich")
        assert (await webhook.post("e-1", BODY)).answer == "broken [31m � Zürich"


async def test_a_connection_that_is_cut_or_refused_is_said_so() -> None:
    async def cut(_: Request) -> Answer:
        return None

    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answer = cut
        attempt = await webhook.post("e-1", BODY)
        assert attempt.status is None and "broke" in str(attempt.error)
        url = receiver.url
    async with client(url) as webhook:
        assert "cannot be reached" in str((await webhook.post("e-1", BODY)).error)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [(503, "120", 120.0), (429, "7", 7.0), (503, "soon", None), (500, "120", None), (503, "-5", None)],
)
async def test_retry_after_counts_where_it_is_meant(status: int, said: str, expected: float | None) -> None:
    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answers(status, head=f"retry-after: {said}\r\n")
        assert (await webhook.post("e-1", BODY)).retry_after == expected


async def test_retry_after_can_be_a_date() -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answers(503, head=f"retry-after: {at:%a, %d %b %Y %H:%M:%S GMT}\r\n")
        after = (await webhook.post("e-1", BODY)).retry_after
        assert after is not None and 3500 < after <= 3600


async def test_what_is_no_http_is_no_delivery() -> None:
    async def nonsense(_: Request) -> Answer:
        return b"220 mail.example ESMTP\r\n\r\n"

    async with sink() as receiver, client(receiver.url) as webhook:
        receiver.answer = nonsense
        attempt = await webhook.post("e-1", BODY)
        assert attempt.status is None and attempt.error
