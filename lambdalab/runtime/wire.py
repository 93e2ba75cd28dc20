"""HTTP/1.1 over one socket, for the Runtime API's server side.

httptools reads the requests (it is llhttp, the parser of Node.js, and on the path of every invocation: the pure-Python
h11 took a quarter of a warm one). A reply is a status, a few headers and a body, and leaves in one `sendall`: two
small writes on a fresh connection would wait for each other (Nagle's algorithm against delayed acknowledgement, 40 ms
a time).
"""

from __future__ import annotations

import socket
from http import HTTPStatus

import httptools

from .protocol import RESPONSE_LIMIT, Closing, Opening, Piece, Reply, Request, is_streamed

Received = Request | Opening | Piece | Closing
"""What comes down a connection: a whole request, or one in pieces."""

_READ = 1 << 18
_BODY_KEPT = RESPONSE_LIMIT + 1
"""Bytes of a body that are kept: enough for the Runtime API to see that a response is too large."""


class Connection:
    """One accepted connection of a runtime. Not thread-safe: it belongs to its environment's loop."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._parser = httptools.HttpRequestParser(self)
        self._received: list[Received] = []
        self._begin()
        self._last = False
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
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:  # no HTTP, or a change of protocol: no runtime client speaks like that
            self.close()
            return []
        received, self._received = self._received, []
        return received

    def send(self, reply: Reply) -> None:
        """Answer the last request. A runtime that is gone is noticed by its exit, not here."""
        if self.closed:
            return
        head = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        head += [f"{name}: {value}" for name, value in reply.headers]
        head.append(f"Content-Length: {len(reply.body)}")
        if self._last:
            head.append("Connection: close")
        try:
            self._sock.sendall("\r\n".join([*head, "\r\n"]).encode("latin-1") + reply.body)
        except OSError:
            self.close()
            return
        if self._last:
            self.close()

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
        self._streamed = False

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer after a body in chunks: error documents of streamed answers come in those."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is whole: see whether an answer follows in pieces."""
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
