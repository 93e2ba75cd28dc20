"""Unsigned requests: to function URLs and to APIs of API Gateway, and to nothing else.

On AWS a function URL with AuthType NONE is public, and so is a method of an API without an authorizer. Here that must
not let another user of the machine, or a web page, into the lab: `access.py` goes on refusing whatever isn't signed.
What lets a request through here:

- **The id** of the URL or the API. It is random (165 bits, and 51), shown only by AWS's signed API, and compared in
  constant time: only someone the owner told knows it. A wrong id, and the right id of something that was deleted, get
  the same answer. (A command line is no secret: `curl http://…/<id>/` shows it to other users in `ps` while it runs.)
- **The endpoint's own rules**, as on AWS: the function's policy, the API's authorizers; signatures where it requires
  them (AWS_IAM), which are then checked as everywhere else.
- **The Host.** `127.0.0.1` or `localhost` with the id in the path, or `<id>.lambda-url.<region>.localhost`,
  `<id>.execute-api.<region>.localhost`. A page that had its own name resolved to this machine (DNS rebinding) sends
  another.
- **The Origin.** A page of another origin gets in only if the endpoint's CORS answers allow its origin: on AWS such a
  request runs the function and the page cannot read the answer; here it does not run. Without an Origin, a request that
  the browser marks as coming from another site is refused too, unless a person followed a link (Sec-Fetch-User). Pages
  that the function itself serves have the same origin.

Such a request reaches that one function, or that one API. The lab's other paths stay closed, even for a page that a
function serves: it cannot sign. Which endpoints there are: `public_endpoints.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lambdalab.http_payload import Caller, HttpRequest, HttpResponse

from .access import Refusal, check_signature, refuse
from .public_endpoints import KINDS
from .response_streaming import Line, phrase, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .access import Environ, Key, StartResponse, WsgiApp
    from .public_endpoints import Endpoint, EndpointKind, PublicEndpoints

_SIGNER = re.compile(r"Credential=(\w+)/")
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
HEADER_LINES = "lambdalab.header_lines"
"""In the environ: the header lines as they were sent."""


class UnsignedRequests:
    """WSGI middleware before `AccessControl`."""

    def __init__(
        self, app: WsgiApp, *, endpoints: PublicEndpoints, keys: Callable[[str], Key | None], port: Callable[[], int]
    ) -> None:
        """`app` handles every other request; `keys` and `port` as for `AccessControl`."""
        self._app = app
        self._endpoints = endpoints
        self._keys = keys
        self._port = port

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request to a public endpoint, pass on every other."""
        target = self._target(environ)
        if target is None:
            return self._app(environ, start_response)
        kind, endpoint_id, path = target
        endpoint = self._endpoints.find(kind, endpoint_id)
        if endpoint is None:
            return _send(kind.not_found(), environ, start_response)

        def begin(answer: HttpResponse) -> Line:
            return start(environ, start_response, answer.status, _headers(answer), body=_has_body(answer))

        request = _request(environ, path)
        try:
            _check_browser(environ, endpoint, request)
            whole = replace(request, body=_body(environ, kind.body_limit))
            answer = endpoint.answer(whole, lambda: self._caller(environ, whole.body), begin)
        except Refusal as refusal:
            return refuse(refusal, environ, start_response)
        return _send(answer, environ, start_response) if answer else []

    def _target(self, environ: Environ) -> tuple[EndpointKind, str, str] | None:
        """The kind, the id, and the path behind it; None if the request is not for a public endpoint of this lab."""
        name, _, port = str(environ.get("HTTP_HOST", "")).rpartition(":")
        raw = str(environ.get("REQUEST_URI", "")).split("?", 1)[0]
        if port != str(self._port()) or not raw.startswith("/"):
            return None
        here = name in _LOCAL
        for kind in KINDS:
            if here and (by_path := kind.path.match(raw)):
                return kind, by_path["id"], by_path["path"] or "/"
            if not here and (by_host := kind.host.match(name)):
                return kind, by_host["id"], raw
        return None

    def _caller(self, environ: Environ, body: bytes) -> Caller | None:
        """Who signed; None if nobody did. Raises Refusal for a signature that is wrong. `body` was read already."""
        if "HTTP_AUTHORIZATION" not in environ and "X-Amz-Signature" not in environ.get("QUERY_STRING", ""):
            return None
        environ["wsgi.input"] = _PutBack(body, environ["wsgi.input"])
        return identity(check_signature(environ, self._keys))


def identity(access_key: str) -> Caller:
    """Whom moto knows by this key; the lab's own credentials are the account's."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sts.models import sts_backends

    user_id, arn, account_id = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].get_caller_identity(access_key, "us-east-1")
    return Caller(access_key, account_id, user_id, arn)


def local_url(url: str, endpoint_url: str) -> str:
    """Where a function URL or an API of the lab is reached on this machine. Any other URL stays as it is."""
    parts = urlsplit(url)
    for kind in KINDS:
        if parts.scheme == "https" and (found := kind.host_on_aws.match(parts.netloc.lower())):
            query = f"?{parts.query}" if parts.query else ""
            return f"{endpoint_url}{kind.prefix}{found['id']}{parts.path}{query}"
    return url


def serve_in_page(endpoints: PublicEndpoints) -> None:
    """Where there are no sockets: what the `requests` library sends to an endpoint is answered in process.

    Signatures are not checked there, as for the rest of AWS in the page: a request that carries one counts as signed.
    """
    from moto.core.models import responses_mock
    from responses import CallbackResponse

    def answers(kind: EndpointKind) -> Callable[[Any], tuple[int, list[tuple[str, str]], bytes]]:
        def answer(request: Any) -> tuple[int, list[tuple[str, str]], bytes]:
            made = _answer_in_page(endpoints, kind, request)
            return made.status, list(made.headers), made.body

        return answer

    for kind in KINDS:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            responses_mock.add(CallbackResponse(method=method, url=kind.url_on_aws, callback=answers(kind)))


def _answer_in_page(endpoints: PublicEndpoints, kind: EndpointKind, request: Any) -> HttpResponse:
    parts = urlsplit(request.url)
    found = kind.host_on_aws.match(parts.hostname or "")
    endpoint = endpoints.find(kind, found["id"]) if found else None
    if endpoint is None:
        return kind.not_found()
    lines = tuple((name, _words(value)) for name, value in request.headers.items())
    headers = {name.lower(): value for name, value in lines}
    signed_by = _SIGNER.search(headers.get("authorization", ""))
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    sent = HttpRequest(request.method, parts.path or "/", parts.query, headers, body, lines=lines)
    answer = endpoint.answer(sent, lambda: identity(signed_by[1]) if signed_by else None, None)
    assert answer is not None  # nothing is streamed here
    return answer


def _words(value: Any) -> str:
    """`requests` lets a header's value be bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _check_browser(environ: Environ, endpoint: Endpoint, request: HttpRequest) -> None:
    """Refuse what a page of another site sends, unless the endpoint's CORS answers name that site."""
    origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
    if origin is not None:
        if origin == f"http://{host}" or endpoint.allows_origin(origin, request):
            return
        raise Refusal(
            "AccessDeniedException",
            f"The lab lets a page of {origin} send this request only when CORS allows that origin: in a function URL's "
            "configuration (AllowOrigins), in an HTTP API's (AllowOrigins), or in what a REST API answers to OPTIONS.",
        )
    if environ.get("HTTP_SEC_FETCH_SITE", "none") in ("none", "same-origin"):
        return
    followed_a_link = environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ.get("HTTP_SEC_FETCH_USER") == "?1"
    if not (followed_a_link and environ["REQUEST_METHOD"] == "GET" and _is_page(environ)):
        raise Refusal("AccessDeniedException", "The lab does not answer web pages of another site.")


def _is_page(environ: Environ) -> bool:
    """Not inside a frame of somebody else's page."""
    return str(environ.get("HTTP_SEC_FETCH_DEST", "")) == "document"


def _request(environ: Environ, path: str) -> HttpRequest:
    """All but the body."""
    headers = {
        name[5:].replace("_", "-").lower(): _utf8(str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        lines=tuple((name, _utf8(value)) for name, value in environ.get(HEADER_LINES, ())),
    )


def _utf8(text: str) -> str:
    """What WSGI has dressed as Latin-1."""
    return text.encode("latin-1").decode("utf-8", "replace")


def _body(environ: Environ, most: int) -> bytes:
    """The body, or as much of it as shows that it is too large."""
    limit = most
    if not environ.get("wsgi.input_terminated"):
        length = str(environ.get("CONTENT_LENGTH") or "0")
        limit = min(int(length) if length.isdigit() else 0, limit)
    body: bytes = environ["wsgi.input"].read(limit)
    return body


class _PutBack:
    """A body of which the beginning was read."""

    def __init__(self, beginning: bytes, rest: Any) -> None:
        self._beginning, self._rest = beginning, rest

    def read(self, size: int) -> bytes:
        data, self._beginning = self._beginning[:size], self._beginning[size:]
        more: bytes = self._rest.read(size - len(data)) if size > len(data) else b""
        return data + more


def _has_body(answer: HttpResponse) -> bool:
    return answer.status >= 200 and answer.status not in (204, 304)


def _headers(answer: HttpResponse) -> list[tuple[str, str]]:
    # What goes over the wire is bytes; WSGI wants them dressed as Latin-1.
    return [(name, value.encode().decode("latin-1")) for name, value in answer.headers]


def _send(answer: HttpResponse, environ: Environ, start_response: StartResponse) -> list[bytes]:
    headers = _headers(answer)
    if _has_body(answer):
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {phrase(answer.status)}", headers)
    return [answer.body] if _has_body(answer) and environ["REQUEST_METHOD"] != "HEAD" else []
