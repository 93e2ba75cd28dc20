"""Whose program is at the other end of a connection on this machine.

The Runtime API has no password: on AWS the environment is a machine of its own, and nobody else is there. Here every
user of the machine can reach a port on loopback. So a connection is asked whose it is before a word is read from it.

The kernel says so through a netlink socket (man7.org: sock_diag.7), in about 15 microseconds; /proc/net/tcp has the
same and takes milliseconds. Where there is neither (not Linux), every user of the machine could take an environment's
invocations, if they find its port while it lives.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from pathlib import Path

_SOCK_DIAG, _BY_FAMILY, _REQUEST, _ERROR = 4, 20, 1, 2
_ANY_COOKIE = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_UID_AT = _HEADER.size + 4 + 48 + 12
"""In a `struct inet_diag_msg`: after family and timers, the socket's names, and four counters and queues."""


def is_of_this_user(accepted: socket.socket) -> bool:
    """Whether the program that connected runs as the user that this one runs as."""
    if sys.platform != "linux":
        return True
    try:
        owner = _owner(accepted.getpeername(), accepted.getsockname())
    except OSError:
        return False  # it has hung up
    return owner is None or owner == os.geteuid()


def _owner(theirs: tuple[str, int], ours: tuple[str, int]) -> int | None:
    """The user id of the socket that is bound to `theirs` and connected to `ours`; None if nobody can tell."""
    with contextlib.suppress(OSError):
        return _by_netlink(theirs, ours)
    with contextlib.suppress(OSError):
        return _by_list(theirs, ours)
    return None


def _by_netlink(theirs: tuple[str, int], ours: tuple[str, int]) -> int:
    names = struct.pack("!HH4s12x4s12x", theirs[1], ours[1], socket.inet_aton(theirs[0]), socket.inet_aton(ours[0]))
    request = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
    request += names + struct.pack("=III", 0, _ANY_COOKIE, _ANY_COOKIE)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.send(_HEADER.pack(_HEADER.size + len(request), _BY_FAMILY, _REQUEST, 1, 0) + request)
        answer = kernel.recv(4096)
    _, kind, *_ = _HEADER.unpack_from(answer)
    if kind == _ERROR:
        (number,) = struct.unpack_from("=i", answer, _HEADER.size)
        raise OSError(-number, os.strerror(-number))
    (owner,) = struct.unpack_from("=I", answer, _UID_AT)
    return int(owner)


def _by_list(theirs: tuple[str, int], ours: tuple[str, int]) -> int | None:
    wanted = [_as_listed(theirs), _as_listed(ours)]
    with Path("/proc/net/tcp").open() as lines:
        for line in lines:
            fields = line.split()
            if fields[1:3] == wanted:
                return int(fields[7])
    raise OSError("it is not in the list")


def _as_listed(name: tuple[str, int]) -> str:
    (address,) = struct.unpack("=I", socket.inet_aton(name[0]))
    return f"{address:08X}:{name[1]:04X}"
