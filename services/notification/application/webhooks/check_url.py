"""Whether an address can be a webhook's: a web address, by https outside of development, that leads to the public
internet."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import httpx

from services.notification.application.webhooks.address_guard import AddressGuard, AddressRefused
from services.notification.messages import (
    FORBIDDEN_ADDRESS,
    NEEDS_HTTPS,
    NO_FRAGMENT,
    NO_USER_IN_URL,
    NOT_A_URL,
)

LONGEST_URL = 2_000
_LOOKUP_SECONDS = 3.0
_HOST = re.compile(rb"[a-z0-9_.-]+|[0-9a-f:.]+")
"""A name in its ASCII form, or an IPv6 address."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class CheckUrl:
    """The rule, and a first look at where it leads: the connection is what really counts."""

    guard: AddressGuard
    production: bool

    async def __call__(self, text: str) -> str:
        """The address as it is called. Problem 422 where it can't be a webhook's. A name that has no address at present
        may have one tomorrow."""
        url = self._read(text)
        try:
            async with asyncio.timeout(_LOOKUP_SECONDS):
                await self.guard.addresses(url.raw_host.decode(), url.port or _PORTS[url.scheme])
        except AddressRefused:
            raise FORBIDDEN_ADDRESS(host=url.host) from None
        except OSError:
            pass
        return str(url)

    def _read(self, text: str) -> httpx.URL:
        try:
            url = httpx.URL(text.strip())
        except (httpx.InvalidURL, ValueError):
            raise NOT_A_URL() from None
        if (
            url.scheme not in _PORTS
            or not _HOST.fullmatch(url.raw_host)
            or not (url.port is None or 0 < url.port < 65536)
        ):
            raise NOT_A_URL()
        if url.scheme != "https" and self.production:
            raise NEEDS_HTTPS()
        if url.userinfo:
            raise NO_USER_IN_URL()
        if url.fragment:
            raise NO_FRAGMENT()
        return url
