"""Which socket addresses stay on this machine: the fence's one rule, a pure function of the bytes of a sockaddr."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from dataclasses import dataclass

AF_UNSPEC = 0
_NAME_SERVICE_PORT = 53
_NAME_SERVICES = (
    "/run/systemd/resolve/",
    "/var/run/nscd/",
    "/run/nscd/",
    "/var/run/avahi-daemon/",
    "/run/avahi-daemon/",
)
"""Sockets of daemons that look names up elsewhere on behalf of who asks."""


@dataclass(frozen=True)
class Address:
    """An address that a program named: of the internet families, or a path."""

    family: int
    host: str = ""
    port: int = 0

    @property
    def wildcard(self) -> bool:
        """0.0.0.0 or ::, which means "every address of this machine" to bind, and this machine to connect."""
        return self.family in (socket.AF_INET, socket.AF_INET6) and ipaddress.ip_address(self.host).is_unspecified

    def __str__(self) -> str:
        if self.family not in (socket.AF_INET, socket.AF_INET6):
            return self.host
        name_server = " (a name server: some host name was being looked up)" if self.port == _NAME_SERVICE_PORT else ""
        return f"{self.host}, port {self.port}{name_server}"


def parse(data: bytes) -> Address | None:
    """The address in a `struct sockaddr`, or None if it is none that a kernel would take.

    Layouts: https://man7.org/linux/man-pages/man7/ip.7.html, ipv6.7 and unix.7
    """
    if len(data) < 2:
        return None
    (family,) = struct.unpack_from("=H", data)
    if family == socket.AF_INET and len(data) >= 8:
        port, host = struct.unpack_from("!H4s", data, 2)
        return Address(family, str(ipaddress.IPv4Address(host)), port)
    if family == socket.AF_INET6 and len(data) >= 24:
        port, _, host = struct.unpack_from("!HI16s", data, 2)
        return Address(family, str(ipaddress.IPv6Address(host)), port)
    if family == socket.AF_UNIX:
        path = data[2:]
        # A path ends at its first NUL; a name that begins with one is abstract, and no file.
        return Address(family, os.fsdecode(path.partition(b"\0")[0] if path[:1] != b"\0" else path))
    return None if family in (socket.AF_INET, socket.AF_INET6) else Address(family)


def stays_here(address: Address) -> bool:
    """Whether what is sent to this address stays on this machine, and is not carried on by who listens there."""
    if address.family in (socket.AF_INET, socket.AF_INET6):
        if address.port == _NAME_SERVICE_PORT:
            return False
        host = ipaddress.ip_address(address.host)
        if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped is not None:
            host = host.ipv4_mapped
        return host.is_loopback or host.is_unspecified
    if address.family == socket.AF_UNIX:
        return not address.host.startswith(_NAME_SERVICES)
    return True


def loopback_for(address: Address, *, takes_both: bool) -> bytes:
    """A sockaddr of the loopback interface, with the port of this one.

    `takes_both`: whether the socket, of IPv6, takes connections of IPv4 too. It cannot be bound to the loopback
    addresses of both; IPv4's is the one that clients of `localhost` end with.
    """
    if address.family == socket.AF_INET:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", address.port, bytes((127, 0, 0, 1)))
    host = ipaddress.IPv6Address("::ffff:127.0.0.1") if takes_both else ipaddress.IPv6Address("::1")
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", address.port, 0, host.packed, 0)
