"""A stack's ports, held from the choice until the stack ends, so that nobody else is given one meanwhile."""

import os
import socket
import sys
from collections.abc import Iterable, Mapping
from typing import Self

from deploy.devstack.options import HOST
from deploy.operate.errors import CommandError

COUNT = 20
_FIRST, _LAST = 21_000, 32_000
"""Below the ports that Linux gives to outgoing connections by default (from 32768)."""


class PortLost(CommandError):
    """A port that was ours went to another program before our process listened there: other ports are worth a try."""


class HeldPorts:
    """Ports of which each is bound and none listens: the system gives them to no outgoing connection and to no other
    stack, and our own processes, which set SO_REUSEADDR as servers do, can listen there. Only Linux lets a bound port
    be shared so; elsewhere a port is looked at and let go at once. A program that insists can still take one (it needs
    no more than SO_REUSEADDR): that is a PortLost."""

    def __init__(self, base: int, sockets: Iterable[socket.socket]) -> None:
        self.base = base
        self._sockets = list(sockets)

    @classmethod
    def choose(cls, count: int = COUNT) -> Self:
        """The first `count` free ports in a row, for a stack that nobody looks for (tests). Raises CommandError."""
        span = _LAST - _FIRST
        for offset in range(0, span, 50):
            base = _FIRST + (os.getpid() * 50 + offset) % span
            held = [_bound(port) for port in range(base, base + count)]
            if all(held):
                return cls(base, filter(None, held))
            _close(filter(None, held))
        raise CommandError(f"No {count} free ports in a row were found between {_FIRST} and {_LAST}. Stop some.")

    @classmethod
    def take(cls, base: int, used: Mapping[int, str]) -> Self:
        """Each port of a stack that counts from `base`; `used` says what for. Raises CommandError when one is taken."""
        held = {port: _bound(port) or _bound(port, shared=True) for port in used}
        if taken := sorted(port for port, one in held.items() if one is None):
            _close(filter(None, held.values()))
            verb = "Port {} is" if len(taken) == 1 else "Ports {} are"
            raise CommandError(
                f"{verb.format(named(taken, used))} taken by another program. Stop that, or start on other ports with "
                f"--ports BASE: this stack takes BASE to BASE+{max(used) - base}."
            )
        return cls(base, filter(None, held.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of them. Twice is the same as once."""
        _close(self._sockets)
        self._sockets.clear()


def named(ports: Iterable[int], used: Mapping[int, str]) -> str:
    """Ports with what each is for, as a sentence names them."""
    return ", ".join(f"{port} ({used[port]})" for port in ports)


def listening_elsewhere(port: int) -> bool:
    """Whether another program listens on the port, so that a server of ours cannot."""
    probe = _bound(port, shared=True)
    if probe:
        probe.close()
    return probe is None


def _bound(port: int, shared: bool = False) -> socket.socket | None:
    """A socket on the port that does not listen; None when it is taken. By itself also when another stack holds it, or
    connections that ended there are not forgotten yet; `shared`: only when somebody listens."""
    one = socket.socket()
    try:
        if shared:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((HOST, port))
    except OSError:
        one.close()
        return None
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # from now on a server may listen beside it
    if not sys.platform.startswith("linux"):
        one.close()
    return one


def _close(sockets: Iterable[socket.socket]) -> None:
    for one in sockets:
        one.close()
