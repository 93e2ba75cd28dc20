"""A plain static server on loopback for the tests, with the MIME types that streaming WebAssembly needs."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    isolated = False
    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def send_response(self, code: int, message: str | None = None) -> None:
        super().send_response(code, message)
        hashed = "/runner-" in self.path or "/python-" in self.path
        found = code == 200 and hashed  # a 404 must not be kept: the file may come back
        self.send_header("Cache-Control", "max-age=31536000" if found else "no-store")

    def end_headers(self) -> None:
        if self.isolated:  # what a server must send so that a page may share memory with its worker
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class IsolatedHandler(Handler):
    isolated = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves in the middle of an answer is no error here."""


@contextmanager
def serving(folder: Path, *, isolated: bool = False) -> Iterator[str]:
    """Serve *folder* and yield its address."""
    handler = partial(IsolatedHandler if isolated else Handler, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
