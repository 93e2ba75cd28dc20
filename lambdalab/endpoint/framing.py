"""Where a request begins and ends: checked before anybody looks at what it says.

http.server and werkzeug are lenient: they skip header lines that they cannot read, take the last of two lengths, and
hand over as much of a body as came before the client hung up. A function would run for half an order. Here such a
request is answered with 400, as AWS's front ends do, and nothing runs.
https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3
"""

from __future__ import annotations

import email.errors
import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from email.message import Message

    from .access import Environ, StartResponse, WsgiApp

_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r?\n")
_NO_TEXT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE = 8192
_MOST_TRAILERS = 100


class MalformedBody(Exception):
    """The body is not what the head announced."""


_OF_A_BODY = (
    email.errors.CloseBoundaryNotFoundDefect,
    email.errors.MultipartInvariantViolationDefect,
    email.errors.NoBoundaryInMultipartDefect,
    email.errors.StartBoundaryNotFoundDefect,
)
"""What Python's parser misses in a form with files, of which it is shown the head only."""


def problem(headers: Message) -> str | None:
    """What is wrong with the head of a request, if anything is."""
    if any(not isinstance(each, _OF_A_BODY) for each in headers.defects) or any(
        _NO_TEXT.search(value) for value in headers.values()
    ):
        return "A header cannot be read"
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    if len(set(lengths)) > 1 or any(not _LENGTH.fullmatch(length.strip()) for length in lengths):
        return "Content-Length is no number"
    if codings and (len(codings) > 1 or codings[0].strip().lower() != "chunked"):
        return "The only Transfer-Encoding is chunked"
    if codings and lengths:
        return "There is both a Content-Length and a Transfer-Encoding"
    return None


class Framing:
    """WSGI middleware, outermost: a body that turns out to be malformed is answered with 400."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        try:
            return self._app(environ, start_response)
        except MalformedBody as error:
            body = f"400 {error}\n".encode()
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
            start_response("400 Bad Request", headers)
            return [body]


class Body(io.RawIOBase):
    """The body of a request, and not a byte more. Raises MalformedBody when it ends too early."""

    def __init__(self, connection: BinaryIO, length: int) -> None:
        self._connection = connection
        self._left = length

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as are wanted, or as there are."""
        pieces, wanted = [], -1 if size is None else size
        while wanted and (piece := self._piece(wanted)):
            pieces.append(piece)
            wanted -= len(piece) if wanted > 0 else 0
        return b"".join(pieces)

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, or as much of it as there is."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _piece(self, most: int) -> bytes:
        """Some more of the body; nothing at its end."""
        if not self._left:
            return b""
        data = self._connection.read(self._left if most < 0 else min(self._left, most))
        self._left -= len(data)
        if not data:
            raise MalformedBody("The body is shorter than its Content-Length")
        return data


class ChunkedBody(Body):
    """A body in chunks. Their extensions and the trailers are passed over."""

    def __init__(self, connection: BinaryIO) -> None:
        super().__init__(connection, 0)
        self._began = self._ended = False

    def _piece(self, most: int) -> bytes:
        if not self._left and not self._ended:
            self._next_chunk()
        try:
            return super()._piece(most)
        except MalformedBody:
            raise MalformedBody("The body ends in the middle of a chunk") from None

    def _next_chunk(self) -> None:
        if self._began and self._connection.readline(3) not in (b"\r\n", b"\n"):
            raise MalformedBody("A chunk is longer than it says")
        size = _CHUNK.fullmatch(self._connection.readline(_LINE))
        if size is None:
            raise MalformedBody("A chunk does not begin with its size")
        self._began, self._left = True, int(size[1], 16)
        if not self._left:
            self._ended = True
            for _ in range(_MOST_TRAILERS):
                line = self._connection.readline(_LINE)
                if line in (b"\r\n", b"\n"):
                    return
                if not line.endswith(b"\n"):
                    break
            raise MalformedBody("The body does not end after its last chunk")


def body(connection: BinaryIO, headers: Message) -> Body:
    """The body of a request whose head has no `problem()`."""
    if headers.get("Transfer-Encoding"):
        return ChunkedBody(connection)
    return Body(connection, int(headers.get("Content-Length", "0")))


class WhatIsThere:
    """A connection as werkzeug reads it when all is said: what a client went on to send, without waiting for more."""

    def __init__(self, connection: BinaryIO) -> None:
        self._read: Callable[[int], bytes] = getattr(connection, "read1", connection.read)

    def read(self, size: int) -> bytes:
        """What has come; nothing at the end."""
        return self._read(size)
