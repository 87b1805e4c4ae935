"""Whose word about somebody else is taken: the proxies that a deployment names."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_VOUCHED_FOR = "vouched_for"


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Addresses and networks, as `USHER_TRUSTED_PROXIES` has them. Raises ValueError for what is neither."""

    written: str
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, written: str) -> "TrustedProxies":
        """From a text with commas; empty: nobody's, `*`: everybody's."""
        parts = [part.strip() for part in written.split(",") if part.strip()]
        if parts == ["*"]:
            parts = ["0.0.0.0/0", "::/0"]
        return cls(written, tuple(ip_network(part, strict=False) for part in parts))

    def __contains__(self, host: object) -> bool:
        try:
            address = ip_address(str(host))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application behind these proxies: it sees the address and the scheme that they tell, and
        their requests are vouched for."""
        # uvicorn types an application by its own protocol, which is the same one under other names.
        inner = ProxyHeadersMiddleware(app, trusted_hosts=self.written) if self.networks else app  # type: ignore[arg-type]  # see above

        async def passed_on(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                peer = scope.get("client")
                if peer and peer[0] in self:
                    vouch(scope)
            await inner(scope, receive, send)  # type: ignore[arg-type]  # the same protocol, as above

        return passed_on


def vouch(scope: Scope) -> None:
    """From here on the request counts as one that somebody trusted passed on."""
    scope.setdefault("state", {})[_VOUCHED_FOR] = True


def vouched_for(scope: Scope) -> bool:
    """Whether a trusted proxy or another service passed this request on: its id and its trace are taken over. Those of
    a stranger would name our log lines and spans as the stranger likes."""
    return bool(scope.get("state", {}).get(_VOUCHED_FOR))
