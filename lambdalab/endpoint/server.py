"""The lab's HTTP server: moto's state behind the AWS API, on loopback only.

    connections.py ─▶ framing.Head ─▶ exchange.py ─▶ Framing ─▶ UnsignedRequests ─▶ AccessControl ─▶ moto
    who is connected   what it wants   as WSGI                    └─▶ a function URL, an API

moto's own dispatcher finds the service. `stop()` closes the listening socket and every connection, so that nothing of
the lab is left.

Connections, threads and exchange are the lab's own, and small. Servers that are well kept were looked at first:

- werkzeug's is for development: a connection, and a new thread, for each request.
- cheroot has a pool of threads that does not grow by itself, in which functions that invoke functions wait for each
  other for ever. A connection holds one of them before it has said a word. Of a header that comes twice it keeps the
  last, and nothing of the lines as they were sent. With all of that replaced, its loop over a selector would be left.
- waitress has such a pool, too. It takes the whole body before anybody can refuse it, drops headers that have an
  underscore (S3's metadata), and hangs up on a client that has closed its half.
- uvicorn and hypercorn have an event loop, from which each request would change threads twice.

What reads requests from strangers is llhttp, the parser of Node.js, as in the Runtime API.
"""

from __future__ import annotations

import secrets
import socket
import string
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.rooms import part

from . import exchange
from .access import AccessControl, Key
from .connections import Connections
from .framing import Framing
from .response_streaming import EarlyResponses
from .unsigned import UnsignedRequests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .access import Environ, StartResponse, WsgiApp
    from .public_endpoints import PublicEndpoints

ADDRESS = "127.0.0.1"
_BACKLOG = 128


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
        self, credentials: Credentials, endpoints: PublicEndpoints, *, port: int = 0, any_credentials: bool = False
    ) -> None:
        """Public endpoints are served beside the API; `port` 0 takes any free one. Raises CannotListen."""
        self._credentials = credentials
        self._application: WsgiApp | None = None
        self._first_request = threading.Lock()
        try:
            listening = socket.create_server((ADDRESS, port), backlog=_BACKLOG)
        except PermissionError as error:
            raise CannotListen(
                f"This system lets only its administrator listen on port {port}. Choose a number above 1023."
            ) from error
        except OSError as error:
            raise CannotListen(
                f"Port {port} on {ADDRESS} is in use, so the lab cannot listen there. "
                "Stop the other program, or let the lab take a free port (leave --port out)."
            ) from error
        self.port = listening_on = int(listening.getsockname()[1])
        """Where it listens."""
        api = AccessControl(
            EarlyResponses(self._moto),
            keys=self._key,
            port=lambda: listening_on,
            any_credentials=any_credentials,
        )
        app = Framing(UnsignedRequests(api, endpoints=endpoints, keys=self._key, port=lambda: listening_on))
        self._connections = Connections(
            listening, lambda connection: exchange.answer(connection, app, listening_on), name="lambdalab"
        )

    def _moto(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self._first_request:
            if self._application is None:
                from .moto_application import MotoApplication

                self._application = MotoApplication()
        return self._application(environ, start_response)

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        return f"http://{ADDRESS}:{self.port}"

    def stop(self) -> None:
        """Stop listening and hang up on everybody. Safe to call twice."""
        self._connections.stop()

    def join(self) -> None:
        """After `stop()`: wait until no request is being answered any more. A handler that runs must end first."""
        self._connections.join()

    def _key(self, access_key_id: str) -> Key | None:
        """What belongs to an access key that the lab gave out, itself or through moto."""
        if access_key_id == self._credentials.access_key_id:
            return Key(self._credentials.secret_access_key)
        if session := part("sts", "backend").secret_of(access_key_id):
            return Key(*session)
        secret = part("iam", "backend").secret_of(access_key_id)
        return Key(secret) if secret else None
