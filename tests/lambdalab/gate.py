"""A gate at which a function waits until a test opens it: how a test sees what happens in the middle of a call."""

from __future__ import annotations

import socket
from typing import Self

PATIENCE_S = 20.0

NODE = """
const atGate = (port) => new Promise((ok, no) => {
  require("net").connect(port, "127.0.0.1").on("error", no).on("close", ok).resume();
});
"""
"""`await atGate(port)` in a function for Node.js."""

BASH = 'at_gate() { exec 9<>"/dev/tcp/127.0.0.1/$1"; cat <&9 >/dev/null; exec 9>&-; }\n'
"""`at_gate PORT` in a bootstrap in bash."""


class Gate:
    """Listens on a port of its own; whoever comes waits."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE_S)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def open(self) -> None:
        """Wait until the function has come, and let it go on."""
        connection, _ = self._listening.accept()
        connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
