"""Ports from the choice until a process listens there, with sockets of this machine and a stack that is one process."""

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from deploy.devstack.options import HOST, Options, Overrides, Ports
from deploy.devstack.ports import HeldPorts, PortLost, listening_elsewhere
from deploy.devstack.stack import Stack
from deploy.operate.errors import CommandError
from tests.stack import on_free_ports


@pytest.fixture
def held() -> Iterator[HeldPorts]:
    with HeldPorts.choose() as chosen:
        yield chosen


def server(port: int) -> socket.socket:
    """What listens, as every server does: with SO_REUSEADDR."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((HOST, port))
    one.listen()
    return one


def test_what_one_stack_has_chosen_no_other_is_given(held: HeldPorts) -> None:
    with HeldPorts.choose() as other:
        assert abs(held.base - other.base) >= 20


def test_a_held_port_is_given_to_no_outgoing_connection(held: HeldPorts) -> None:
    with socket.socket() as outgoing, pytest.raises(OSError):
        outgoing.bind((HOST, held.base))


def test_our_own_process_listens_on_a_held_port(held: HeldPorts) -> None:
    with server(held.base), socket.create_connection((HOST, held.base)):
        assert listening_elsewhere(held.base) and not listening_elsewhere(held.base + 1)


def test_a_taken_port_is_named_with_what_it_is_for(held: HeldPorts) -> None:
    with server(held.base), pytest.raises(CommandError, match=rf"Port {held.base} \(Kafka\) is taken .*--ports BASE"):
        HeldPorts.take(held.base, {held.base: "Kafka", held.base + 1: "Postgres"})


def test_what_is_refused_holds_nothing(held: HeldPorts) -> None:
    base = held.base
    held.close()
    with server(base), pytest.raises(CommandError):
        HeldPorts.take(base, {base: "Kafka", base + 1: "Postgres"})
    with socket.socket() as free:
        free.bind((HOST, base + 1))


def test_ports_are_free_again_at_the_end(held: HeldPorts) -> None:
    held.close()
    with socket.socket() as free:
        free.bind((HOST, held.base))


class OnlyTheIssuer(Stack):
    """A stack of one process, whose port another program takes before it is there, where `thieves` are left."""

    thieves: list[socket.socket]
    wanted = 0

    def __init__(self, data: Path, held: HeldPorts) -> None:
        overrides = Overrides(kafka="elsewhere", postgres="elsewhere", smtp="elsewhere")
        super().__init__(Options(data, Ports(held.base), (), overrides=overrides), lambda _: None, held)

    async def _start_kafka(self) -> None:
        """Somebody else's."""

    async def _start_postgres(self) -> None:
        """Somebody else's."""

    async def _start_issuer(self) -> None:
        if self.wanted > len(self.thieves):
            self.thieves.append(server(self.options.ports.issuer))
        await super()._start_issuer()


@pytest.fixture
def thieves(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """What took a port so far."""
    found: list[socket.socket] = []
    monkeypatch.setattr(OnlyTheIssuer, "thieves", found, raising=False)
    yield found
    for thief in found:
        thief.close()


def test_a_lost_port_is_tried_anew_by_another(
    tmp_path: Path, thieves: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnlyTheIssuer, "wanted", 2)
    with start_blocking_portal() as portal, on_free_ports(portal, partial(OnlyTheIssuer, tmp_path)) as stack:
        lost = {thief.getsockname()[1] for thief in thieves}
        assert len(lost) == 2 and stack.options.ports.issuer not in lost
        assert listening_elsewhere(stack.options.ports.issuer), "it answers there"


def test_one_that_is_always_lost_is_said_in_a_sentence(
    tmp_path: Path, thieves: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnlyTheIssuer, "wanted", 9)
    with (
        start_blocking_portal() as portal,
        pytest.raises(PortLost, match=r"issuer could not start, because another program took its port.*the issuer"),
        on_free_ports(portal, partial(OnlyTheIssuer, tmp_path), tries=2),
    ):
        pass
    assert len(thieves) == 2
