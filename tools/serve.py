"""Serves the built site to this machine's browser: `python -m tools.serve [--port 8000] [--dir site]`.

Only to this machine: it listens on loopback, and answers only requests that name loopback as their host, so that no
web page elsewhere can read it through a name of its own. Text and WebAssembly travel compressed; files whose name or
directory carries a hash are kept by the browser for a year, everything else is asked for again (and mostly answered
with 304).
"""

from __future__ import annotations

import argparse
import errno
import gzip
import hashlib
import mimetypes
import re
import signal
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOSTS = {"127.0.0.1", "localhost"}
HASHED = re.compile(r"[.-][0-9a-f]{8,}(?:[./]|$)")
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".py": "text/plain",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".xml": "application/xml",
}
SQUEEZED = re.compile(r"text/|application/(?:wasm|json|xml|x-ipynb\+json)|image/svg\+xml")


@dataclass(frozen=True)
class Body:
    """A file ready to be sent."""

    content: bytes
    kind: str
    encoding: str | None
    etag: str


class Site(ThreadingHTTPServer):
    """The server, and the compressed bytes it has already made."""

    daemon_threads = True
    # Without this a second server on Windows would quietly share the port; on Unix it only skips the wait after a stop.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, port: int, directory: Path) -> None:
        self.directory = directory.resolve()
        self._bodies: dict[tuple[Path, int, int, bool], Body] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def body(self, path: Path, squeeze: bool) -> Body:
        """A file's bytes, compressed at most once for each version of the file."""
        about = path.stat()
        key = (path, about.st_mtime_ns, about.st_size, squeeze)
        with self._lock:
            if key in self._bodies:
                return self._bodies[key]
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        content = path.read_bytes()
        encoding = "gzip" if squeeze and SQUEEZED.match(kind) and len(content) > 500 else None
        tag = hashlib.sha256(content).hexdigest()[:20] + ("-gz" if encoding else "")
        if encoding:
            made = path.with_name(f"{path.name}.gz")  # by the build, where compressing takes a while
            content = made.read_bytes() if made.is_file() else gzip.compress(content, compresslevel=6, mtime=0)
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        body = Body(content, kind, encoding, f'"{tag}"')
        with self._lock:
            self._bodies[key] = body
        return body

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up in the middle is nothing to report."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: Site
    protocol_version = "HTTP/1.1"
    server_version = "lambdalab"
    sys_version = ""

    def do_GET(self) -> None:
        """Called by the base class."""
        if self._host() not in HOSTS:
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "This server answers only to 127.0.0.1 and localhost.")
            return
        url = urlsplit(self.path)
        path = self._file(unquote(url.path))
        if path is not None and path.is_dir():
            if not url.path.endswith("/"):
                self._redirect(f"{url.path}/" + (f"?{url.query}" if url.query else ""))
                return
            path /= "index.html"
        if path is None or not path.is_file():
            missing = self.server.directory / "404.html"
            if missing.is_file():
                self._send(HTTPStatus.NOT_FOUND, missing, hashed=False)
            else:
                self._say(HTTPStatus.NOT_FOUND, "There is no such page.")
            return
        if url.path == "/sitemap.xml":
            self._sitemap(path)
            return
        self._send(HTTPStatus.OK, path, hashed=bool(HASHED.search(path.relative_to(self.server.directory).as_posix())))

    do_HEAD = do_GET  # _write leaves the body out

    def _host(self) -> str:
        return (self.headers.get("Host") or "").rpartition(":")[0].lower() or (self.headers.get("Host") or "").lower()

    def _file(self, path: str) -> Path | None:
        """The file that a path names, if it lies in the site."""
        if "\0" in path:
            return None
        found = (self.server.directory / path.lstrip("/")).resolve()
        return found if found.is_relative_to(self.server.directory) else None

    def _send(self, status: HTTPStatus, path: Path, *, hashed: bool) -> None:
        body = self.server.body(path, "gzip" in self.headers.get("Accept-Encoding", ""))
        headers = {
            "ETag": body.etag,
            "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
            "Vary": "Accept-Encoding",
        }
        known = [tag.strip().removeprefix("W/") for tag in self.headers.get("If-None-Match", "").split(",")]
        if status == HTTPStatus.OK and (body.etag in known or "*" in known):
            self._write(HTTPStatus.NOT_MODIFIED, headers, None)
            return
        headers["Content-Type"] = body.kind
        if body.encoding:
            headers["Content-Encoding"] = body.encoding
        self._write(status, headers, body.content)

    def _sitemap(self, path: Path) -> None:
        """The sitemap under the name by which the reader calls us.

        The theme's instant navigation takes a link for one of the site's own only if the sitemap names it exactly, port
        included; the build cannot know the port.
        """
        here = f"<loc>http://{self.headers['Host']}/"
        content = re.sub(r"<loc>https?://[^/<]+/", here, path.read_text(encoding="utf-8"))
        headers = {"Content-Type": "application/xml", "Cache-Control": "no-cache"}
        self._write(HTTPStatus.OK, headers, content.encode())

    def _redirect(self, to: str) -> None:
        # One slash at the start: two would name another host.
        self._write(HTTPStatus.MOVED_PERMANENTLY, {"Location": "/" + to.lstrip("/"), "Cache-Control": "no-cache"}, b"")

    def _say(self, status: HTTPStatus, sentence: str) -> None:
        self._write(status, {"Content-Type": "text/plain; charset=utf-8"}, f"{sentence}\n".encode())

    def _write(self, status: HTTPStatus, headers: dict[str, str], content: bytes | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        if content is not None:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content and self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the reader looks at the browser."""


def main(arguments: list[str] | None = None) -> int:
    """The command; 1 if it cannot serve, with a sentence that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m tools.serve", description="Serve the built site on this machine.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--dir", type=Path, default=Path("site"), help="the built site (default: site)")
    options = parser.parse_args(arguments)
    if not (options.dir / "index.html").is_file():
        print(f"There is no built site in {options.dir}/. Build it with: make site", file=sys.stderr)
        return 1
    try:
        server = Site(options.port, options.dir)
    except OverflowError:
        print(f"{options.port} is not a port. Choose one from 1024 to 65535.", file=sys.stderr)
        return 1
    except OSError as problem:
        if problem.errno in {errno.EADDRINUSE, errno.EACCES}:
            why = "is in use by another program" if problem.errno == errno.EADDRINUSE else "is not yours to open"
            other = options.port + 1 if options.port > 1023 else 8001
            print(f"Port {options.port} {why}. Choose another one: make serve PORT={other}", file=sys.stderr)
            return 1
        raise
    port = server.server_address[1]
    # A process that a script starts with "&" ignores Ctrl-C from its first moment, and this one would then never end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        print(f"The course is at http://127.0.0.1:{port}/  (stop it with Ctrl-C)", flush=True)
        server.serve_forever()
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
