"""Responses that begin while the function still runs.

A WSGI application usually returns its response when all is done. What answers piece by piece begins earlier, in the
thread that invokes: it says status and headers, gets a `Line` to the caller, and sends on it what the function writes.

    FrontDoor ──────────────────────────▶ a function URL       begins by itself
    AccessControl ─▶ EarlyResponses ─▶ moto ─▶ an operation    begins through `beginner()`

Nothing raises on a Line when the caller has gone. On AWS the function is not told either: it runs to its end, and is
billed. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

import contextlib
import socket
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .access import Environ, StartResponse, WsgiApp

    Begin = Callable[[int, list[tuple[str, str]]], "Line"]

_LEAST_WAIT_S = 0.1
"""What a caller gets in any case to take something: also for the last word about a function whose time is up."""
SOCKET = "lambdalab.socket"
"""In the environ: the caller's connection. A response that begins early is the last one on it."""
_beginner: ContextVar[Begin | None] = ContextVar("beginner", default=None)


class Torn(ConnectionError):
    """A response has begun and cannot be completed. The connection is cut, so that the caller sees that."""


class Line:
    """The way to a caller whose response has begun. A response without a body has a line that takes everything."""

    def __init__(self, write: Callable[[bytes], object] | None, connection: socket.socket | None) -> None:
        self.gone = False
        """Whether the caller hung up, or took nothing for as long as the function might run."""
        self._write = write
        self._connection = connection

    def send(self, data: bytes, wait_s: float | None = None) -> None:
        """Send this, or find within `wait_s` seconds that the caller has gone."""
        if self.gone or self._write is None or not data:
            return
        try:
            if self._connection is not None:
                before = self._connection.gettimeout()
                self._connection.settimeout(before if wait_s is None else max(wait_s, _LEAST_WAIT_S))
            self._write(data)
            if self._connection is not None:
                self._connection.settimeout(before)
        except OSError:
            self.hang_up()

    def hang_up(self) -> None:
        """From any thread: the caller gets nothing more."""
        self.gone = True
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)


def start(
    environ: Environ, start_response: StartResponse, status: int, headers: list[tuple[str, str]], *, body: bool = True
) -> Line:
    """Send status and headers now. `body`: whether any follows."""
    write = start_response(f"{status} {phrase(status)}", headers)
    line = Line(write if body and environ["REQUEST_METHOD"] != "HEAD" else None, environ.get(SOCKET))
    try:
        write(b"")
    except OSError:
        line.hang_up()
    return line


def phrase(status: int) -> str:
    """The words that go with a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def beginner() -> Begin | None:
    """For an operation: how it begins its response early; None where a response comes whole (in the page)."""
    return _beginner.get()


class EarlyResponses:
    """WSGI middleware around what answers AWS's API."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on. If it is answered early, what comes back from the application is not the response."""
        begun, failed = False, False

        def begin(status: int, headers: list[tuple[str, str]]) -> Line:
            nonlocal begun
            begun = True
            return start(environ, start_response, status, headers)

        def start_late(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal failed
            failed = not status.startswith("2")
            return _nowhere if begun else start_response(status, headers, *rest)

        token = _beginner.set(begin)
        try:
            body = self._app(environ, start_late)
        finally:
            _beginner.reset(token)
        if not begun:
            return body
        if hasattr(body, "close"):
            body.close()
        if failed:
            raise Torn
        return []


def _nowhere(data: bytes) -> None:
    """Takes what would have been written."""
