"""HTTP/1.1 over one socket, for the Runtime API's server side.

h11 does the protocol; this module only turns its events into `protocol.Request` and a `protocol.Reply` into bytes.
A reply leaves in one `sendall`: two small writes on a fresh connection would wait for each other (Nagle's algorithm
against delayed acknowledgement, 40 ms a time).
"""

from __future__ import annotations

import socket
from http import HTTPStatus

import h11

from .protocol import RESPONSE_LIMIT, Reply, Request

_READ = 1 << 18
_BODY_KEPT = RESPONSE_LIMIT + 1
"""Bytes of a request body that are kept, at least: enough for the Runtime API to see that a response is too large."""


class Connection:
    """One accepted connection of a runtime. Not thread-safe: it belongs to its environment's loop."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self.closed = False

    def fileno(self) -> int:
        """For selectors."""
        return self._sock.fileno()

    def receive(self) -> list[Request]:
        """Read what has arrived; the whole requests in it. Sets `closed` when the runtime hung up."""
        try:
            data = self._sock.recv(_READ)
        except OSError:
            data = b""
        requests: list[Request] = []
        try:
            self._http.receive_data(data)
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                if isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.Data):
                    if self._size < _BODY_KEPT:
                        self._body.append(bytes(event.data))
                        self._size += len(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    requests.append(self._take())
                else:  # ConnectionClosed
                    self.close()
                    break
        except h11.RemoteProtocolError:
            self.close()
        if not data:
            self.close()
        return requests

    def send(self, reply: Reply) -> None:
        """Answer the last request. A runtime that is gone is noticed by its exit, not here."""
        if self.closed:
            return
        http = self._http
        headers = [*reply.headers, ("Content-Length", str(len(reply.body)))]
        parts = [
            http.send(h11.Response(status_code=reply.status, headers=headers, reason=HTTPStatus(reply.status).phrase)),
            http.send(h11.Data(data=reply.body)) if reply.body else b"",
            http.send(h11.EndOfMessage()),
        ]
        try:
            self._sock.sendall(b"".join(part or b"" for part in parts))
        except OSError:
            self.close()
            return
        if http.our_state is h11.MUST_CLOSE:
            self.close()
        elif http.our_state is h11.DONE and http.their_state is h11.DONE:
            http.start_next_cycle()

    def close(self) -> None:
        """Hang up. Safe to call twice."""
        if not self.closed:
            self.closed = True
            self._sock.close()

    def _take(self) -> Request:
        assert self._head is not None
        head, body = self._head, b"".join(self._body)
        self._head, self._body, self._size = None, [], 0
        return Request(
            method=head.method.decode("ascii"),
            path=head.target.decode("latin-1"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in head.headers},
            body=body,
        )
