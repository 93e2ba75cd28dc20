"""Where a request begins and ends: checked before anybody looks at what it says.

A lenient server skips header lines that it cannot read, takes the last of two lengths, and hands over as much of a body
as came before the client hung up. A function would run for half an order, or for a request that was hidden in the body
of another one (request smuggling). Here such a request is answered with 400, as AWS's front ends do, and nothing runs.
https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3

llhttp (the parser of Node.js, in httptools) reads the head. It gets the head and not a byte more: what follows stays
where it is until somebody asks for the body, or for the next request.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Protocol

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .access import Environ, StartResponse, WsgiApp

_END = b"\r\n\r\n"
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r?\n")
_LEADING_SLASHES = re.compile("^//+")
"""With which a path would read as the name of a host, or pass for another path where one is compared."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_LINE = 8192
_LARGEST_HEAD = 1 << 16
_MOST_LINES = 100
_MOST_EMPTY = 1000
"""Bytes of empty lines before a request: https://www.rfc-editor.org/rfc/rfc9112.html#section-2.2"""


class BadRequest(Exception):
    """What came is no request of HTTP/1, or one that is too large. Whatever follows it cannot be read either."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class MalformedBody(Exception):
    """The body is not what the head announced."""


class Head:
    """Request line and headers of one request, as they come in."""

    def __init__(self) -> None:
        self.method = self.target = self.version = ""
        """The target is as it was sent: "/path?query", or what a client asks of a proxy. The version is "1.1"."""
        self.lines: tuple[tuple[str, str], ...] = ()
        """The headers, in the order and in the spelling in which they were sent; bytes dressed as Latin-1."""
        self.whole = False
        self.length = 0
        """Bytes of the body, if it is not `chunked`."""
        self.chunked = False
        self.keep_alive = False
        """Whether the client leaves the connection open for another request."""
        self._parser: Any = httptools.HttpRequestParser(self)
        self._target = b""
        self._lines: list[tuple[str, str]] = []
        self._line_has_ended = False
        self._empty = self._size = 0
        self._last = b""

    @property
    def begun(self) -> bool:
        """Whether anything of it has come. Empty lines before a request count for nothing."""
        return self._size > 0

    def take(self, received: bytearray) -> None:
        """Remove from `received` what belongs to this head. Raises BadRequest as soon as it cannot become one."""
        if not self.begun:
            empty = len(received) - len(received.lstrip(b"\r\n"))
            del received[:empty]
            self._empty += empty
            if self._empty > _MOST_EMPTY:
                raise BadRequest(400, "There is no request in all these lines")
        found = (self._last + received).find(_END)
        taken = len(received) if found < 0 else found + len(_END) - len(self._last)
        piece = bytes(received[:taken])
        del received[:taken]
        self._size += len(piece)
        self._last = (self._last + piece)[1 - len(_END) :]
        self._read(piece)
        if self._size > _LARGEST_HEAD:
            if len(self._target) > _LARGEST_HEAD // 2:
                raise BadRequest(414, "The target of the request is too long")
            raise BadRequest(431, "The headers are too large")
        if self.whole:
            self._finish()

    def _read(self, piece: bytes) -> None:
        if in_first_line := not self._line_has_ended:
            line, newline, rest = piece.partition(b"\n")
            self._line_has_ended = bool(newline)
            if not line.isascii():
                # curl sends a path in UTF-8 as it was typed. Others encode it, and the rest of the lab expects that.
                piece = _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), line) + newline + rest
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # nobody speaks another protocol here: the request is answered as if it had not asked for one
        except httptools.HttpParserError as error:
            if self._parser.get_http_version() >= "2":
                raise BadRequest(505, "The lab speaks HTTP/1.1") from error
            raise BadRequest(400, f"This is no request of HTTP/1.1: {error}") from error
        if in_first_line and self._line_has_ended and self._parser.get_http_version() < "1":
            raise BadRequest(400, "The request does not say which HTTP it speaks")

    def _finish(self) -> None:
        self._parser = None  # it holds on to this head: let go, so that neither waits for the garbage collector
        if self.version not in ("1.0", "1.1"):
            raise BadRequest(505, "The lab speaks HTTP/1.1")
        if len(self._lines) > _MOST_LINES:
            raise BadRequest(431, f"There are more than {_MOST_LINES} headers")
        self.target = _LEADING_SLASHES.sub("/", self._target.decode("ascii"))
        self.lines = tuple(self._lines)
        lengths, codings = self.all("content-length"), self.all("transfer-encoding")
        if codings and (self.version == "1.0" or [coding.lower() for coding in codings] != ["chunked"]):
            raise BadRequest(400, "The only Transfer-Encoding is chunked")
        if codings and lengths:
            raise BadRequest(400, "There is both a Content-Length and a Transfer-Encoding")
        self.chunked, self.length = bool(codings), int(lengths[0]) if lengths else 0

    def all(self, name: str) -> list[str]:
        """The values of a header, whose name is given in lower case."""
        return [value for each, value in self.lines if each.lower() == name]

    # Called by the parser.

    def on_url(self, piece: bytes) -> None:
        """Some of the target."""
        self._target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line."""
        self._lines.append((name.decode("latin-1"), value.rstrip(b" \t").decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The empty line."""
        self.whole = True
        self.method = self._parser.get_method().decode("ascii")
        self.version = self._parser.get_http_version()
        self.keep_alive = self.version == "1.1" and self._parser.should_keep_alive()


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


class Source(Protocol):
    """Where a body is read from: what follows a head on its connection."""

    def read(self, size: int, /) -> bytes:
        """At least a byte and at most `size`; nothing at the end."""

    def readline(self, size: int, /) -> bytes:
        """A line, or as much of it as `size` allows."""


class Body(io.RawIOBase):
    """The body of a request, and not a byte more. Raises MalformedBody when it ends too early."""

    def __init__(self, source: Source, length: int) -> None:
        self._source = source
        self._left = length

    def readable(self) -> bool:
        """It is."""
        return True

    @property
    def left(self) -> int | None:
        """How many bytes nobody has read; None where only reading them could tell."""
        return self._left

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
        data = self._source.read(self._left if most < 0 else min(self._left, most))
        self._left -= len(data)
        if not data:
            raise MalformedBody("The body is shorter than its Content-Length")
        return data


class ChunkedBody(Body):
    """A body in chunks. Their extensions and the trailers are passed over."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, 0)
        self._began = self._ended = False

    @property
    def left(self) -> int | None:
        """Known when all is read."""
        return 0 if self._ended else None

    def _piece(self, most: int) -> bytes:
        if not self._left and not self._ended:
            self._next_chunk()
        try:
            return super()._piece(most)
        except MalformedBody:
            raise MalformedBody("The body ends in the middle of a chunk") from None

    def _next_chunk(self) -> None:
        if self._began and self._source.readline(3) not in (b"\r\n", b"\n"):
            raise MalformedBody("A chunk is longer than it says")
        size = _CHUNK.fullmatch(self._source.readline(_LINE))
        if size is None:
            raise MalformedBody("A chunk does not begin with its size")
        self._began, self._left = True, int(size[1], 16)
        if not self._left:
            self._ended = True
            for _ in range(_MOST_LINES):
                line = self._source.readline(_LINE)
                if line in (b"\r\n", b"\n"):
                    return
                if not line.endswith(b"\n"):
                    break
            raise MalformedBody("The body does not end after its last chunk")


def body(source: Source, head: Head) -> Body:
    """The body that follows a head."""
    return ChunkedBody(source) if head.chunked else Body(source, head.length)
