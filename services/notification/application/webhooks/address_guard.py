"""Which addresses are delivered to: those of the public internet, and what the operator has allowed beside them.

What a name leads to may be another address a moment later. So it is looked up here, every address is checked, and the
connection is made to one that was.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from services.notification.settings import Networks

Address = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name. Raises OSError where it has none."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_ONE_HOST = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4: tunnels to an IPv4 address that stands in them."""
_NAT64 = IPv6Network("64:ff9b::/96")
_LOOKUPS = 32
"""Names that are looked up at once. In threads of their own: a slow name must not hold up what else waits for one."""


class AddressRefused(Exception):
    """The name leads to an address that is not delivered to."""


def is_public(address: Address) -> bool:
    """Whether it is of the public internet, or leads to one that is."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in net for net in _NOT_ONE_HOST)


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Looks names up and lets through those whose every address may be delivered to."""

    allowed: Networks
    lookup: Lookup

    def admits(self, address: Address) -> bool:
        """Whether that one may be delivered to."""
        return is_public(address) or any(address in network for network in self.allowed)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of them checked. Raises OSError where it has none, AddressRefused."""
        found = [_bare(text) for text in await self.lookup(host, port)]
        if not found:
            raise OSError("the name has no address")
        if not all(map(self.admits, found)):
            raise AddressRefused(host)
        return [str(address) for address in found]


def _bare(text: str) -> Address:
    """An address without the interface that an answer may name (fe80::1%eth0)."""
    return ip_address(text.partition("%")[0])


class SystemLookup:
    """The system's own resolver, hosts file and all."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, "webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """See Lookup."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _getaddrinfo, host, port)
        return list(dict.fromkeys(found))


def _getaddrinfo(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(address[0]) for *_, address in found]
    except UnicodeError as error:  # a label that is too long for a name
        raise OSError("this is no name of a host") from error


class GuardedBackend(AsyncNetworkBackend):
    """httpcore's network, which connects to addresses that the guard has let through and to no other. The name stays
    what TLS asks for and checks, and what `Host` says."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to one of the host's addresses, the first that answers."""
        refused: httpcore.ConnectError | None = None
        for address in await self._guard.addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                refused = error
        assert refused is not None
        raise refused

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> AsyncNetworkStream:
        """None is ever asked for."""
        raise AddressRefused(path)

    async def sleep(self, seconds: float) -> None:
        """See AsyncNetworkBackend."""
        await asyncio.sleep(seconds)
