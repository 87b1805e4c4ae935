"""Where deliveries go: to the public internet, by the address that was checked."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.application.webhooks.address_guard import (
    AddressGuard,
    AddressRefused,
    SystemLookup,
    is_public,
)
from services.notification.application.webhooks.check_url import CheckUrl
from services.notification.settings import networks_of
from shared.http.problems import Problem

pytestmark = pytest.mark.anyio

REFUSED = (
    # this machine, private networks, carriers' networks, link-local (where clouds keep their metadata)
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("100.64.0.1", "100.127.255.255", "169.254.169.254", "169.254.170.2", "192.0.0.1", "198.18.0.1"),
    # documentation, multicast, reserved, broadcast
    *("192.0.2.1", "198.51.100.1", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1"),
    # an IPv4 address inside one of IPv6
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1"),
)
TAKEN = ("8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "64:ff9b::808:808")


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_of_the_public_internet_is_not_delivered_to(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", TAKEN)
def test_what_is_of_the_public_internet_is(address: str) -> None:
    assert is_public(ip_address(address))


@for_all(st.ip_addresses(v=4))
def test_no_wrapping_makes_a_private_address_public(address: object) -> None:
    inner = ip_address(str(address))
    if not is_public(inner):
        for prefix in ("::ffff:", "64:ff9b::", "::"):
            assert not is_public(ip_address(f"{prefix}{inner}"))


def guard(*answers: Sequence[str], allowed: str = "") -> AddressGuard:
    """A guard whose names change: each lookup has the next answer, and the last one for good."""
    left = list(answers)

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return AddressGuard(networks_of(allowed), lookup)


async def test_a_name_with_any_address_that_is_refused_is_refused() -> None:
    assert await guard(["8.8.8.8"]).addresses("a.example", 443) == ["8.8.8.8"]
    with pytest.raises(AddressRefused):
        await guard(["8.8.8.8", "10.0.0.1"]).addresses("a.example", 443)


async def test_a_name_without_an_address_is_none() -> None:
    with pytest.raises(OSError, match="no address"):
        await guard([]).addresses("a.example", 443)


async def test_an_interface_that_is_named_hides_nothing() -> None:
    with pytest.raises(AddressRefused):
        await guard(["fe80::1%eth0"]).addresses("a.example", 443)


async def test_the_operator_can_allow_networks() -> None:
    allowing = guard(["10.20.3.4"], allowed="10.20.0.0/16, fd00::/8")
    assert await allowing.addresses("a.example", 443) == ["10.20.3.4"]
    with pytest.raises(AddressRefused):
        await guard(["10.21.3.4"], allowed="10.20.0.0/16").addresses("a.example", 443)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
async def test_however_this_machine_is_written_it_is_recognised(host: str) -> None:
    with pytest.raises(AddressRefused):
        await AddressGuard((), SystemLookup()).addresses(host, 80)


async def test_a_name_that_is_none_is_no_failure_of_ours() -> None:
    with pytest.raises(OSError, match="no name of a host"):
        await SystemLookup()("a" * 70 + ".example", 443)


# What can be registered


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not a web address"),
        ("hooks.example", "not a web address"),
        ("ftp://hooks.example/", "not a web address"),
        ("https://", "not a web address"),
        ("https://hooks.example:99999/", "not a web address"),
        ("https://hooks .example/", "not a web address"),
        ("http://hooks.example/", "begins with https"),
        ("https://user:secret@hooks.example/", "user and password"),
        ("https://hooks.example/#part", "begins with #"),
        ("https://internal.example/", "not of the public internet"),
    ],
)
async def test_an_address_that_cannot_be_a_webhooks_is_refused_with_the_reason(url: str, why: str) -> None:
    check = CheckUrl(guard(["10.0.0.1"]), production=True)
    with pytest.raises(Problem) as refused:
        await check(url)
    assert (refused.value.status, refused.value.code) == (422, "webhook_url")
    assert why in refused.value.detail


async def test_a_good_one_is_taken_in_development_by_http_too() -> None:
    assert await CheckUrl(guard(["8.8.8.8"]), production=True)(" https://hooks.example/a?b=c ") == (
        "https://hooks.example/a?b=c"
    )
    assert await CheckUrl(guard(["127.0.0.1"], allowed="127.0.0.0/8"), production=False)("http://localhost:81/") == (
        "http://localhost:81/"
    )


async def test_a_name_that_has_no_address_yet_is_taken() -> None:
    assert await CheckUrl(guard([]), production=True)("https://not-yet.example/") == "https://not-yet.example/"
