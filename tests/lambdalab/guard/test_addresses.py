"""Which addresses stay on this machine."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lambdalab.guard.addresses import Address, loopback_for, parse, stays_here


def ipv4(host: str, port: int) -> bytes:
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, socket.inet_aton(host))


def ipv6(host: str, port: int) -> bytes:
    return struct.pack("=H", socket.AF_INET6) + struct.pack(
        "!HI16sI", port, 0, socket.inet_pton(socket.AF_INET6, host), 0
    )


@pytest.mark.parametrize(
    ("data", "here"),
    [
        (ipv4("127.0.0.1", 80), True),
        (ipv4("127.255.255.254", 80), True),
        (ipv4("0.0.0.0", 80), True),  # what connects to it reaches this machine
        (ipv4("192.0.2.1", 80), False),
        (ipv4("169.254.169.254", 80), False),
        (ipv4("10.0.0.1", 443), False),
        (ipv4("224.0.0.251", 5353), False),
        (ipv4("255.255.255.255", 67), False),
        (ipv4("127.0.0.53", 53), False),  # a name server that asks others
        (ipv6("::1", 80), True),
        (ipv6("::", 80), True),
        (ipv6("::1", 53), False),
        (ipv6("::ffff:127.0.0.1", 80), True),
        (ipv6("::ffff:192.0.2.1", 80), False),
        (ipv6("::127.0.0.1", 80), False),
        (ipv6("2001:db8::1", 80), False),
        (ipv6("fe80::1", 80), False),
        (struct.pack("=H", socket.AF_UNIX) + b"/tmp/some.sock\0", True),
        (struct.pack("=H", socket.AF_UNIX) + b"\0abstract", True),
        (struct.pack("=H", socket.AF_UNIX) + b"/run/systemd/resolve/io.systemd.Resolve\0", False),
        (struct.pack("=H", socket.AF_UNIX) + b"/var/run/nscd/socket", False),
        (struct.pack("=H", socket.AF_UNSPEC) + bytes(14), True),  # takes a connection back
    ],
)
def test_what_stays_on_this_machine(data: bytes, here: bool) -> None:
    address = parse(data)
    assert address is not None
    assert stays_here(address) is here


@pytest.mark.parametrize("data", [b"", b"\x02", ipv4("127.0.0.1", 80)[:7], ipv6("::1", 80)[:23]])
def test_what_is_too_short_is_no_address(data: bytes) -> None:
    assert parse(data) is None


@given(some.binary(max_size=140))
def test_any_bytes_are_an_address_or_none(data: bytes) -> None:
    address = parse(data)
    assert address is None or stays_here(address) in (True, False)


@given(some.integers(0, 65535), some.booleans())
def test_a_server_on_every_network_becomes_one_on_this_machine(port: int, takes_both: bool) -> None:
    for every in (ipv4("0.0.0.0", port), ipv6("::", port)):
        address = parse(every)
        assert address is not None
        assert address.wildcard
        instead = parse(loopback_for(address, takes_both=takes_both))
        assert instead is not None
        assert (instead.family, instead.port) == (address.family, port)
        assert not instead.wildcard
        assert stays_here(Address(instead.family, instead.host))


def test_a_name_server_is_named_as_one() -> None:
    assert str(Address(socket.AF_INET, "10.0.0.2", 53)).endswith("(a name server: some host name was being looked up)")
    assert str(Address(socket.AF_INET, "10.0.0.2", 80)) == "10.0.0.2, port 80"
