"""One attempt at a delivery: a signed POST, and what was answered. It takes 10 seconds at most, follows nothing, knows
no proxy, and reads no more than 64 KiB of an answer."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore

from services.notification.application.webhooks.address_guard import AddressGuard, AddressRefused, GuardedBackend
from services.notification.formats.webhook.signature import Signatures
from services.notification.formats.webhook.structured_event import CONTENT_TYPE

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024
_SHOWN = 500
"""Characters of an answer that are kept, for whoever looks why it failed."""
_KEPT_OPEN_SECONDS = 15.0
_GONE = 410
_AFTER = (429, 503)
"""Answers whose `Retry-After` counts."""

_NOT_SHOWN = re.compile(r"[^\x20-\x7e\n\u00a0-\ud7ff\ue000-\ufffd]+")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of an attempt: what was answered, or `error` where nothing was. `retry_after`: seconds that the
    answer asked for."""

    status: int | None
    answer: str | None
    error: str | None
    seconds: float
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether it was taken."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether it wants no more, ever."""
        return self.status == _GONE


class WebhookClient:
    """A webhook's kept connections. `url` is one that was registered."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, url: str, signatures: Signatures) -> None:
        self._pool = pool
        self._url = url
        self._signatures = signatures

    async def post(self, event_id: str, body: str) -> Attempt:
        """Makes one attempt. Raises nothing but a cancellation."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._post(event_id, body, began)
        except TimeoutError:
            error = f"It did not answer in {TIMEOUT_SECONDS:.0f} seconds."
        except AddressRefused:
            error = "Its name leads to an address that Usher does not deliver to: it is not of the public internet."
        except httpcore.ConnectError as failed:
            error = _sentence("It cannot be reached", failed)
        except (httpcore.NetworkError, httpcore.ProtocolError) as failed:
            error = _sentence("The connection broke before it had answered", failed)
        except (OSError, UnicodeError) as failed:
            error = _sentence("Its name cannot be resolved", failed)
        return Attempt(None, None, error, time.monotonic() - began)

    async def _post(self, event_id: str, body: str, began: float) -> Attempt:
        headers = self._signatures.headers(event_id, body, datetime.now(UTC))
        content = body.encode()
        fields = {"content-type": CONTENT_TYPE, "content-length": str(len(content)), "user-agent": "Usher-Webhooks/1"}
        async with self._pool.stream(
            "POST", self._url, headers=list((fields | headers).items()), content=content
        ) as got:
            shown = await _beginning(got)
            after = _retry_after(got) if got.status in _AFTER else None
            return Attempt(got.status, shown, None, time.monotonic() - began, after)


@dataclass(frozen=True, slots=True)
class WebhookClients:
    """Makes them. `tls`: whose certificates are good."""

    guard: AddressGuard
    tls: ssl.SSLContext

    @asynccontextmanager
    async def client(self, url: str, secrets: Sequence[bytes], connections: int) -> AsyncGenerator[WebhookClient]:
        """A client of one webhook, with so many connections at most, for as long as the block lasts."""
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self.tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEPT_OPEN_SECONDS,
            network_backend=GuardedBackend(self.guard),
        )
        async with pool:
            yield WebhookClient(pool, url, Signatures(secrets))


async def _beginning(response: httpcore.Response) -> str:
    """What of the answer is shown. It is read on to its end, so that the connection can be kept, unless it is long."""
    read, beginning = 0, b""
    async for part in response.aiter_stream():
        beginning = (beginning + part)[: 4 * _SHOWN] if len(beginning) < 4 * _SHOWN else beginning
        read += len(part)
        if read > MAX_ANSWER_BYTES:
            break  # and the connection is closed with it
    return _NOT_SHOWN.sub(" ", beginning.decode("utf-8", "replace"))[:_SHOWN].strip()


def _retry_after(response: httpcore.Response) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3). What is neither asks for nothing."""
    said = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
    text = said.decode("ascii", "replace").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _sentence(what: str, error: Exception) -> str:
    said = str(error).strip().rstrip(".")
    return f"{what}: {said[:200]}." if said else f"{what}."
