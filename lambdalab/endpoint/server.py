"""The lab's HTTP server: moto's state behind the AWS API, on loopback only.

werkzeug serves, moto's own dispatcher finds the service, `access.py` stands in front, and `front_door.py` before it
for function URLs and APIs. What answers piece by piece does it through `early.py`. `stop()` closes the listening socket
and every connection, so that nothing of the lab is left.
"""

from __future__ import annotations

import secrets
import socket
import string
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .access import AccessControl, Key
from .framing import Framing, WhatIsThere, body, problem
from .response_streaming import EarlyResponses
from .unsigned import HEADER_LINES, FrontDoor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

    from .public_endpoints import Door

ADDRESS = "127.0.0.1"
_JOIN_S = 5.0
_PATIENCE_S = 60.0
"""How long a client may send nothing before its request is whole."""


class CannotListen(OSError):
    """The port that was asked for is taken, or is not for everybody."""


@dataclass(frozen=True)
class Credentials:
    """An access key, random for each start of the lab."""

    access_key_id: str = field(default_factory=lambda: "AKIA" + _random(string.ascii_uppercase + "234567", 16))
    secret_access_key: str = field(
        default_factory=lambda: _random(string.ascii_letters + string.digits, 40), repr=False
    )


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


class LabServer:
    """Listens from the moment it is made until `stop()`."""

    def __init__(
        self, credentials: Credentials, doors: Sequence[Door], *, port: int = 0, any_credentials: bool = False
    ) -> None:
        """What is behind `doors` is served beside the API; `port` 0 takes any free one. Raises CannotListen."""
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

        self._credentials = credentials
        api = AccessControl(
            EarlyResponses(DomainDispatcherApplication(create_backend_app)),
            keys=self._key,
            port=lambda: self.port,
            any_credentials=any_credentials,
        )
        app = Framing(FrontDoor(api, doors=doors, keys=self._key, port=lambda: self.port))
        try:
            # moto's handler keeps underscores in the names of S3's metadata headers, which are signed.
            handler = type("LabHandler", (_Handler, MotoRequestHandler), {})
            self._server = _Server(ADDRESS, port, app, handler)
        except PermissionError as error:
            raise CannotListen(
                f"This system lets only its administrator listen on port {port}. Choose a number above 1023."
            ) from error
        except OSError as error:
            raise CannotListen(
                f"Port {port} on {ADDRESS} is in use, so the lab cannot listen there. "
                "Stop the other program, or let the lab take a free port (leave --port out)."
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="lambdalab", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        return f"http://{ADDRESS}:{self.port}"

    def stop(self) -> None:
        """Stop listening and hang up on everybody. Safe to call twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.hang_up()

    def join(self) -> None:
        """After `stop()`: wait until no request is being answered any more. A handler that runs must end first."""
        self._server.join()

    def _key(self, access_key_id: str) -> Key | None:
        """What belongs to an access key that the lab gave out, itself or through moto."""
        if access_key_id == self._credentials.access_key_id:
            return Key(self._credentials.secret_access_key)
        from moto.iam.models import iam_backends
        from moto.sts.models import sts_backends

        for account in list(sts_backends):
            for role in sts_backends[account]["aws"].assumed_roles:
                if role.access_key_id == access_key_id:
                    return Key(role.secret_access_key, role.session_token)
        for account in list(iam_backends):
            key = iam_backends[account]["aws"].access_keys.get(access_key_id)
            if key is not None and key.status == "Active":
                return Key(key.secret_access_key)
        return None


class _Server(ThreadedWSGIServer):
    """Remembers its connections and their threads, to be able to end them."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: Any, handler: type[WSGIRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._answering: set[threading.Thread] = set()
        # A port in use would make werkzeug print and exit: bind here, hand over the socket.
        self._listening = socket.create_server((host, port), backlog=128)
        super().__init__(host, port, app, handler, fd=self._listening.fileno())

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.add(connection)
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._answering.add(threading.current_thread())
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._answering.discard(threading.current_thread())

    def join(self) -> None:
        """Wait for the threads, but not for one that does not end: they are daemons."""
        end = time.monotonic() + _JOIN_S
        for thread in self._answering - {threading.current_thread()}:
            thread.join(max(0.0, end - time.monotonic()))

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close what is open; the threads that serve it see the end of their stream."""
        self._listening.close()  # werkzeug listened on a copy of it
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                pass
            finally:
                connection.close()
        self._open.clear()


class _Handler(WSGIRequestHandler):
    """Quiet; one connection for each request, as werkzeug wants it."""

    protocol_version = "HTTP/1.1"
    server_version = "lambdalab"
    sys_version = ""
    default_request_version = "HTTP/1.0"  # of what has none: even a refusal has a status line
    error_content_type = "text/plain"
    error_message_format = "%(code)d %(message)s\n"
    timeout = _PATIENCE_S
    rfile: Any
    headers: Message

    def log(self, type: str, message: str, *args: Any) -> None:
        """What went wrong reaches the caller as a response; a terminal full of requests helps nobody."""

    def handle_expect_100(self) -> bool:
        """Leave "100 Continue" to werkzeug, or it would be said twice."""
        return True

    def parse_request(self) -> bool:
        """Refuse what is no request of HTTP/1, in a form that every client can read."""
        if len(self.raw_requestline.split()) == 2:  # HTTP/0.9, which has no headers
            self.requestline, self.request_version, self.command = "", self.default_request_version, ""
            self.send_error(400, "Bad request syntax")
            return False
        return bool(super().parse_request())

    def run_wsgi(self) -> None:
        """Answer a request, if it is one."""
        if self.request_version == "HTTP/1.0":
            self.protocol_version = "HTTP/1.0"  # no chunks for a client that may not know them
        if wrong := problem(self.headers):
            self.close_connection = True
            self.send_error(400, wrong)
            return
        connection = self.rfile
        self._body = body(connection, self.headers)
        self.rfile = WhatIsThere(connection)
        try:
            super().run_wsgi()
        finally:
            self.rfile = connection

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin the response. A client may take its time to read it: a person may have stopped it in a debugger."""
        self.connection.settimeout(None)
        super().send_response(code, message)

    def make_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().make_environ()
        environ["REQUEST_URI"] = self.path
        environ[HEADER_LINES] = tuple(self.headers.items())
        environ["wsgi.input"] = self._body
        return environ

    def __getattr__(self, name: str) -> Any:
        # http.server looks up do_METHOD; werkzeug names the usual ones. CONNECT is answered too: with a refusal.
        if name.startswith("do_"):
            return self.run_wsgi
        raise AttributeError(name)
