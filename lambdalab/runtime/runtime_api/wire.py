"""HTTP/1.1 over one socket, for the Runtime API's server side.

httptools reads the requests (it is llhttp, the parser of Node.js, and on the path of every invocation: the pure-Python
h11 took a quarter of a warm one). A reply is a status, a few headers and a body, and leaves in one `send`: two small
writes on a fresh connection would wait for each other (Nagle's algorithm against delayed acknowledgement, 40 ms a
time). Nothing here waits for a runtime that has stopped to read or to write, but for the rest of a large reply, and
for that no longer than it is told to.
"""

from __future__ import annotations

import contextlib
import socket
from http import HTTPStatus

import httptools

from .protocol import RESPONSE_LIMIT, Closing, Opening, Piece, Reply, Request, is_streamed

Received = Request | Opening | Piece | Closing
"""What comes down a connection: a whole request, or one in pieces."""

_READ = 1 << 18
_BODY_KEPT = RESPONSE_LIMIT + 1
"""Bytes of a body that are kept: enough for the Runtime API to see that a response is too large."""
_HEAD_LIMIT = 1 << 20
"""Bytes of a head that are read. As much as Go's server takes, which AWS's emulator of Lambda is made with."""
_SEND_S = 1.0
"""How long a runtime may take to read a reply, if the caller of `send()` knows no better."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection:
    """One accepted connection of a runtime. Not thread-safe: it belongs to its environment's loop."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._parser = httptools.HttpRequestParser(self)
        self._received: list[Received] = []
        self._begin()
        self._last = False
        self.waits_for_reply = False
        """Whether a request is parked here: the connection is kept then when the runtime closes its half of it."""
        self.ended = False
        """Whether the runtime has closed its half: nothing more will be received."""
        self.closed = False

    def fileno(self) -> int:
        """For selectors."""
        return self._sock.fileno()

    def receive(self) -> list[Received]:
        """Read what has arrived: whole requests, and what there is of a streamed answer.

        Sets `closed` when the runtime hung up.
        """
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.ended = True
            if not self.waits_for_reply:
                self.close()
            return []
        if not self._in_body:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:  # no HTTP, or a change of protocol: no runtime client speaks like that
            self.close()
            return []
        if self._head > _HEAD_LIMIT:
            self._last = True
            self.send(Reply(431))
            return []
        received, self._received = self._received, []
        return received

    def send(self, reply: Reply, wait_s: float = _SEND_S) -> None:
        """Answer the last request. A runtime that is gone is noticed by its exit, not here.

        One that does not read a large reply within `wait_s` seconds is hung up on.
        """
        if self.closed:
            return
        self.waits_for_reply = False
        head = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        head += [f"{name}: {value}" for name, value in reply.headers]
        head.append(f"Content-Length: {len(reply.body)}")
        if self._last:
            head.append("Connection: close")
        try:
            self._send("\r\n".join([*head, "\r\n"]).encode("latin-1") + reply.body, wait_s)
        except OSError:
            self.close()
            return
        if self._last or self.ended:
            self.close()

    def _send(self, data: bytes, wait_s: float) -> None:
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._sock.settimeout(max(wait_s, 0.001))
            self._sock.sendall(memoryview(data)[sent:])
            self._sock.setblocking(False)

    def close(self) -> None:
        """Hang up. Safe to call twice."""
        if not self.closed:
            self.closed = True
            self._sock.close()

    # What httptools calls while it reads ----------------------------------------------------------------------

    def _begin(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._streamed = self._in_body = False
        self._head = 0

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer after a body in chunks: error documents of streamed answers come in those."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is whole: see whether the body is waited for, and whether an answer follows in pieces."""
        self._in_body, self._head = True, 0
        if "expect" in self._headers and self._headers["expect"].lower() == "100-continue":
            # curl asks before it sends more than 1 MB, and waits a second for this.
            with contextlib.suppress(OSError):
                self._sock.send(_CONTINUE)
        if "lambda-runtime-function-response-mode" in self._headers:
            head = self._request()
            self._streamed = is_streamed(head)
            if self._streamed:
                self._received.append(Opening(head))

    def on_body(self, body: bytes) -> None:
        """A part of the body, free of its transfer coding."""
        if self._streamed:
            self._received.append(Piece(body))
        elif self._size < _BODY_KEPT:
            self._body.append(body)
            self._size += len(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._last = not self._parser.should_keep_alive()
        request = self._request()
        self._received.append(Closing(request) if self._streamed else request)
        self._begin()

    def _request(self) -> Request:
        return Request(
            method=self._parser.get_method().decode("ascii"),
            path=self._target.decode("latin-1"),
            headers=self._headers,
            body=b"".join(self._body),
        )
