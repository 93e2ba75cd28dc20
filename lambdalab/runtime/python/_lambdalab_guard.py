"""No request leaves the machine: a guard at the level of sockets, for this process.

Used twice: by the lab in its own process, and by `main.py` in every Python execution environment. So it imports the
standard library only, and little of that.

It is an audit hook (PEP 578), because that is below every HTTP library: boto3, requests and urllib all end in
`socket.connect` and `socket.getaddrinfo`, whether their client was made before or after the guard. A client from before
may also have a connection that is open already: those three send through `http.client`, where it is seen. An audit hook
can not be removed, only told to look away.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class BlockedRequest(ConnectionRefusedError):
    """Something tried to reach another machine while the lab was in charge."""


_on = False
_installed = False
_LOOPBACK_NAMES = {"", "localhost", "ip6-localhost", "ip6-loopback"}


def on() -> None:
    """From now on, only this machine can be reached."""
    global _on, _installed
    _on = True
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


def off() -> None:
    """Look away again."""
    global _on
    _on = False


def is_loopback(host: object) -> bool:
    """Whether a host name or address stays on this machine."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    name = name.rstrip(".").lower()
    if name in _LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    if name == "::1" or name.startswith("::ffff:127."):
        return True
    parts = name.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() for part in parts)


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not _on:
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        # AF_UNIX addresses are strings or bytes, a connected socket's address is None: both stay here.
        if isinstance(address, tuple) and len(address) >= 2 and not is_loopback(address[0]):
            _refuse(f"{address[0]}, port {address[1]}")
    elif event == "socket.getaddrinfo":
        if not is_loopback(args[0]):
            _refuse(f"{_text(args[0])}, port {_text(args[1])}")
    elif event in ("socket.gethostbyname", "socket.gethostbyaddr"):
        if not is_loopback(args[0]):
            _refuse(_text(args[0]))
    elif event == "http.client.send":
        _check_open_connection(getattr(args[0], "sock", None))


def _check_open_connection(sock: Any) -> None:
    """Refuse to send on a connection that leads elsewhere: it was open before the guard was on."""
    try:
        peer = sock.getpeername()
    except (AttributeError, OSError):  # none, or none any more
        return
    if isinstance(peer, tuple) and not is_loopback(peer[0]):
        _refuse(f"{peer[0]}, port {peer[1]}")


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes | bytearray) else str(value)


def _refuse(target: str) -> None:
    raise BlockedRequest(
        f"The lab blocked a connection to {target}. In local mode nothing leaves this machine. "
        "If a boto3 client did this, it was made before lambdalab.start(), or with an endpoint_url of its own: "
        "make it again after lambdalab.start(). If you meant to reach the network, call lambdalab.stop() first."
    )
