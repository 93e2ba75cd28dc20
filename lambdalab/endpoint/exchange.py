"""One request and its response: from a connection to WSGI and back.

The connection is used again if all of the request has been read and the client can see where the response ends. A
response that streams (`response_streaming.py`) is the last one on its connection: closing it cuts off nothing else.
"""

from __future__ import annotations

import contextvars
import functools
import json
import sys
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, should_preserve_original_header_name

from lambdalab import faults

from .connections import Gone
from .framing import body
from .response_streaming import SOCKET, Torn
from .unsigned import HEADER_LINES

if TYPE_CHECKING:
    from .access import Environ, WsgiApp
    from .connections import Connection
    from .framing import Head

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAULT = "FaultOfTheLab"
"""The error code of a response for which the lab itself failed."""
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def answer(connection: Connection, app: WsgiApp, port: int) -> bool:
    """Answer the request whose head has come. Whether the connection can be used for another one.

    Raises Gone when the client has hung up, and Torn when it must not take what it got for all of the response.
    """
    # What the services remember of a request, they keep in context variables: the next one begins without.
    return contextvars.Context().run(_Exchange(connection, port).answer, app)


class _Exchange:
    def __init__(self, connection: Connection, port: int) -> None:
        self._connection = connection
        self._head = head = connection.head
        self._port = port
        expects = head.length or head.chunked
        waits = expects and any(value.lower() == "100-continue" for value in head.all("expect"))
        self._body = body(_Expected(connection, self) if waits else connection, head)
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self.begun = False
        """Whether status and headers are sent."""
        self._keep = head.keep_alive
        self._chunked = False
        self._left: int | None = None
        """Bytes of the response's body that its Content-Length announces and that are not sent; 0 where none may be."""

    def answer(self, app: WsgiApp) -> bool:
        """Call the application, send what it says."""
        try:
            said = app(_environ(self._connection, self._head, self._body, self._port), self._start_response)
            try:
                for data in said:
                    if data:
                        self._write(data)
                self._end()
            finally:
                if hasattr(said, "close"):
                    said.close()
        except (Gone, Torn):
            raise
        except Exception as error:
            self._fail(error)
        return self._keep

    def _start_response(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        if error and error[0] and self.begun:
            raise error[0][1].with_traceback(error[0][2])
        self._status, self._headers = status, headers
        return self._write_early

    def _write_early(self, data: bytes) -> None:
        self._keep = False
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self.begun:
            self._connection.send(self._piece(data))
        else:
            head = self._begin()
            self._connection.send(head + self._piece(data))

    def _end(self) -> None:
        if not self.begun:
            self._connection.send(self._begin())
        if self._chunked:
            self._connection.send(b"0\r\n\r\n")
        elif self._left:
            raise Torn  # the client must not wait for the rest

    def _piece(self, data: bytes) -> bytes:
        """What of it goes over the connection."""
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        if self._left is None:
            return data
        data = data[: self._left]
        self._left -= len(data)
        return data

    def _begin(self) -> bytes:
        """The head of the response."""
        status, names = int(self._status[:3]), {name.lower(): value for name, value in self._headers}
        lines = [f"HTTP/{self._head.version} {self._status}"]
        if "server" not in names:
            lines.append("Server: lambdalab")
        if "date" not in names:
            lines.append(f"Date: {_date(int(time.time()))}")
        lines += [f"{name}: {value}" for name, value in self._headers]
        if self._head.method == "HEAD" or status in _NO_BODY or status < HTTPStatus.OK:
            self._left = 0
        elif "content-length" in names:
            self._left = int(names["content-length"])
        elif self._head.version == "1.1":
            self._chunked = True
            lines.append("Transfer-Encoding: chunked")
        else:
            self._keep = False
        if status < HTTPStatus.OK or names.get("connection", "").lower() == "close" or not self._all_read():
            self._keep = False
        if not self._keep and "connection" not in names:
            lines.append("Connection: close")
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header must stand on one line")
        self.begun = True
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _all_read(self) -> bool:
        """Whether what comes next on the connection is the next request. What is there of a body is thrown away."""
        left = self._body.left
        if left and left <= self._connection.unread:
            self._connection.read(left)
            return True
        return left == 0

    def _fail(self, error: Exception) -> None:
        """A fault of the lab: loud here, and in the response unless that has begun. No service of AWS has this code."""
        sentence = faults.report(error, "answering a request")
        self._keep = self._chunked = False
        self._left = None
        if self.begun:
            raise Torn from error
        body = json.dumps({"__type": FAULT, "message": sentence}).encode()
        self._status = "500 Internal Server Error"
        self._headers = [
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", FAULT),
            ("Content-Length", str(len(body))),
        ]
        self._write(body)


class _Expected:
    """A connection whose client sends the body when it hears that it is wanted ("Expect: 100-continue")."""

    def __init__(self, connection: Connection, exchange: _Exchange) -> None:
        self._connection = connection
        self._exchange = exchange
        self._said = False

    def read(self, size: int) -> bytes:
        self._go_on()
        return self._connection.read(size)

    def readline(self, size: int) -> bytes:
        self._go_on()
        return self._connection.readline(size)

    def _go_on(self) -> None:
        if not self._said and not self._exchange.begun and not self._connection.unread:
            self._connection.send(_CONTINUE)
        self._said = True


def _environ(connection: Connection, head: Head, body: Any, port: int) -> Environ:
    """The request, as WSGI has it."""
    scheme, host, path, query = _parts(head.target)
    environ: Environ = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SERVER_SOFTWARE": "lambdalab",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{head.version}",
        "REQUEST_METHOD": head.method,
        "REQUEST_URI": head.target,
        "RAW_URI": head.target,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": connection.address[0],
        "REMOTE_PORT": connection.address[1],
        HEADER_LINES: head.lines,
        SOCKET: connection.socket,
    }
    underscored = []
    for name, value in head.lines:
        if "_" in name:  # in an environ X_Y cannot be told from X-Y, which it must not stand in for
            underscored.append((name, value))
            continue
        _put(environ, _key(name), value)
    if underscored:
        _put_metadata(environ, underscored)
    if head.chunked:
        environ["wsgi.input_terminated"] = True
    if scheme:
        environ["HTTP_HOST"] = host
    return environ


def _parts(target: str) -> tuple[str, str, str, str]:
    """Scheme and host, if the target has them (as for a proxy), path and query."""
    if target.startswith("/"):
        path, _, query = target.partition("?")
        return "", "", path, query
    try:
        parts = urlsplit(target)
    except ValueError:  # brackets in the wrong place: no address at all
        return "", "", target, ""
    return parts.scheme if parts.netloc else "", parts.netloc, parts.path, parts.query


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _put(environ: Environ, key: str, value: str) -> None:
    environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value


def _put_metadata(environ: Environ, lines: list[tuple[str, str]]) -> None:
    """The names of S3's metadata may have underscores. moto finds them as its own server leaves them."""
    names: dict[str, str] = {}
    for name, value in lines:
        key = _key(name)
        if should_preserve_original_header_name(name) and (key in names or key not in environ):
            names.setdefault(key, name)
            _put(environ, key, value)
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names


@functools.lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
