"""The caller of a call between services: for whom one calls another, told in a header that it signs, so that limits
count the person and not the service, and a trace goes on."""

import hmac
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address

import httpx
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.core.trusted_proxies import vouch
from shared.http.problem_types import NOT_A_SERVICE

HEADER = "X-Usher-Caller"
_GOOD_FOR = 300.0
"""Seconds, in which clocks may differ and a request may wait."""

_SEALED = "from_a_service"

_answered: ContextVar[str] = ContextVar("usher_caller_address", default="")


@contextmanager
def answering(address: str) -> Generator[None]:
    """Inside, what this task asks of other services is for that address."""
    before = _answered.set(address)
    try:
        yield
    finally:
        _answered.reset(before)


@dataclass(frozen=True, slots=True)
class CallerSeal:
    """Signs an address and the time with the first of the keys that the services share, and reads what was signed with
    any of them."""

    keys: Sequence[bytes] = field(repr=False)
    clock: Callable[[], float] = time.time

    def seal(self, address: str) -> str:
        """The header's value. What is no address is left out, and so is the space before it: HTTP allows none at the
        end of a value, and httpx sends no such request."""
        told = " ".join([str(int(self.clock())), *([address] if _is_address(address) else ())])
        return f"{_mac(self.keys[0], told)} {told}"

    def open(self, value: str) -> str | None:
        """The address; "" where there was none; None for what nobody of us has signed, or too long ago."""
        mac, _, told = value.partition(" ")
        if not any(hmac.compare_digest(mac.encode(), _mac(key, told).encode()) for key in self.keys):
            return None
        at, _, address = told.partition(" ")
        return address if abs(self.clock() - int(at)) <= _GOOD_FOR else None

    async def carry(self, request: httpx.Request) -> None:
        """An event hook of httpx: the request that is sent says for whom."""
        request.headers[HEADER] = self.seal(_answered.get())


class CallersMiddleware:
    """ASGI middleware: a request that another service signed comes from whom that one answers."""

    def __init__(self, app: ASGIApp, seal: CallerSeal) -> None:
        self._app = app
        self._seal = seal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        value = Headers(scope=scope).get(HEADER) if scope["type"] == "http" else None
        address = self._seal.open(value) if value else None
        if address is not None:
            vouch(scope)
            scope["state"][_SEALED] = True
            if _is_address(address):
                scope["client"] = (address, 0)
        await self._app(scope, receive, send)


def from_a_service(request: Request) -> None:
    """Dependency: another service of ours asks, and not a person's or another team's program; 403 otherwise."""
    if not request.scope.get("state", {}).get(_SEALED):
        raise NOT_A_SERVICE()


def _mac(key: bytes, told: str) -> str:
    return hmac.digest(key, b"caller\0" + told.encode(), sha256).hex()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
