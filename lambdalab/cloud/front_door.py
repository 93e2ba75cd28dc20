"""The way in for requests that are not signed: function URLs, and only those.

On AWS a function URL with AuthType NONE is public. Here it must not become a way into the lab for another user of
the machine, or for a web page, so that `access.py` goes on refusing whatever is not signed. What opens this door:

- **The id of the URL.** It is random (165 bits), shown only by Lambda's signed API, and compared in constant time:
  who knows it got it from the owner. A wrong one, and a right one of a function that was deleted, get the same 404.
  (A command line is no secret: `curl http://…/<url-id>/` shows it to other users in `ps` while it runs.)
- **The function's policy.** As on AWS, the URL answers 403 until its owner has allowed everybody in, for the URL and
  for the function, or asks for signatures (AuthType AWS_IAM), which are then checked as everywhere else.
- **The Host.** `127.0.0.1` or `localhost` with the id in the path, or `<url-id>.lambda-url.<region>.localhost`.
  A page that had its own name resolved to this machine (DNS rebinding) names another.
- **The Origin.** A page of another origin is let in only if the function's CORS configuration allows its origin: on
  AWS such a request runs the function and the page cannot read the answer; here it does not run. Without an
  Origin, what a browser says comes from another site is refused too, unless a person followed a link
  (Sec-Fetch-User). Pages that the function itself serves are of the same origin.

What a request can do here is to invoke that one function. The lab's other paths are as closed as before, also for a
page that a function serves: it cannot sign.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lambdalab.triggers.http import Caller, HttpRequest, HttpResponse

from .access import Refusal, check_signature, refuse
from .early import Line, phrase, start
from .lambdas.payload import REQUEST_LIMIT
from .lambdas.urls import DOMAIN, FunctionUrls, UrlConfig, allows_origin, no_such_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .access import Environ, Key, StartResponse, WsgiApp

PREFIX = "/_aws/lambda-url/"
_PATH = re.compile(rf"^{PREFIX}(?P<id>[0-9a-z]{{32}})(?P<path>/.*)?$")
_HOST = re.compile(r"^(?P<id>[0-9a-z]{32})\.lambda-url\.[a-z0-9-]+\.localhost$")
_ANY_URL = re.compile(r"^https://[0-9a-z]{32}\.lambda-url\.[a-z0-9-]+\.on\.aws(/|\?|$)")
_SIGNER = re.compile(r"Credential=(\w+)/")
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


class FrontDoor:
    """WSGI middleware before `AccessControl`."""

    def __init__(
        self, app: WsgiApp, *, urls: FunctionUrls, keys: Callable[[str], Key | None], port: Callable[[], int]
    ) -> None:
        """`app` gets all that is not for a function URL; `keys` and `port` as for `AccessControl`."""
        self._app = app
        self._urls = urls
        self._keys = keys
        self._port = port

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request to a function URL, pass on any other."""
        target = self._target(environ)
        if target is None:
            return self._app(environ, start_response)
        url_id, path = target
        config = self._urls.find(url_id)
        if config is None:
            return _send(no_such_url(), environ, start_response)
        try:
            _check_browser(environ, config)
            caller = self._caller(environ) if config.auth_type == "AWS_IAM" else None
        except Refusal as refusal:
            return refuse(refusal, environ, start_response)

        def begin(answer: HttpResponse) -> Line:
            return start(environ, start_response, answer.status, _headers(answer), body=_has_body(answer))

        answer = self._urls.answer(config, _request(environ, path), caller, begin)
        return _send(answer, environ, start_response) if answer else []

    def _target(self, environ: Environ) -> tuple[str, str] | None:
        """The id and the path within the URL; None if this is no request to a function URL of this lab."""
        name, _, port = str(environ.get("HTTP_HOST", "")).rpartition(":")
        raw = str(environ.get("REQUEST_URI", "")).split("?", 1)[0]
        if port != str(self._port()) or not raw.startswith("/"):
            return None
        if by_host := _HOST.match(name):
            return by_host["id"], raw
        if name in _LOCAL and (by_path := _PATH.match(raw)):
            return by_path["id"], by_path["path"] or "/"
        return None

    def _caller(self, environ: Environ) -> Caller | None:
        """Who signed; None if nobody did. Raises Refusal for a signature that is wrong."""
        if "HTTP_AUTHORIZATION" not in environ and "X-Amz-Signature" not in environ.get("QUERY_STRING", ""):
            return None
        return identity(check_signature(environ, self._keys))


def identity(access_key: str) -> Caller:
    """Whom moto knows by this key; the lab's own credentials are the account's."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sts.models import sts_backends

    user_id, arn, account_id = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].get_caller_identity(access_key, "us-east-1")
    return Caller(access_key, account_id, user_id, arn)


def local_url(function_url: str, endpoint_url: str) -> str:
    """Where a function URL of the lab is reached on this machine. Any other URL stays as it is."""
    parts = urlsplit(function_url)
    found = DOMAIN.match(parts.netloc.lower())
    if parts.scheme != "https" or found is None:
        return function_url
    query = f"?{parts.query}" if parts.query else ""
    return f"{endpoint_url}{PREFIX}{found['id']}{parts.path or '/'}{query}"


def serve_in_page(urls: FunctionUrls) -> None:
    """Where there are no sockets: what the `requests` library sends to a function URL is answered in process.

    Signatures are not checked there, as for the rest of AWS in the page: a request that carries one counts as signed.
    """
    from moto.core.models import responses_mock
    from responses import CallbackResponse

    def answer(request: Any) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urlsplit(request.url)
        found = DOMAIN.match(parts.hostname or "")
        config = urls.find(found["id"]) if found else None
        if config is None:
            made = no_such_url()
        else:
            headers = {name.lower(): str(value) for name, value in request.headers.items()}
            signer = _SIGNER.search(headers.get("authorization", ""))
            body = request.body.encode() if isinstance(request.body, str) else request.body or b""
            sent = HttpRequest(request.method, parts.path or "/", parts.query, headers, body)
            answered = urls.answer(config, sent, identity(signer[1]) if signer else None)
            assert answered is not None  # nothing begins early here
            made = answered
        return made.status, list(made.headers), made.body

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        responses_mock.add(CallbackResponse(method=method, url=_ANY_URL, callback=answer))


def _check_browser(environ: Environ, config: UrlConfig) -> None:
    """Refuse what a page of another site sends, unless the function's CORS configuration names that site."""
    origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
    if origin is not None:
        if origin == f"http://{host}" or allows_origin(config, origin):
            return
        raise Refusal(
            "AccessDeniedException",
            f"The lab lets a page of {origin} call this function URL only when the URL's CORS configuration allows "
            "that origin (AllowOrigins).",
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
    headers = {
        name[5:].replace("_", "-").lower(): str(value).encode("latin-1").decode("utf-8", "replace")
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
        body=_body(environ),
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
    )


def _body(environ: Environ) -> bytes:
    """The body, or as much of it as shows that it is too large."""
    limit = REQUEST_LIMIT + 1
    if not environ.get("wsgi.input_terminated"):
        length = str(environ.get("CONTENT_LENGTH") or "0")
        limit = min(int(length) if length.isdigit() else 0, limit)
    body: bytes = environ["wsgi.input"].read(limit)
    return body


def _has_body(answer: HttpResponse) -> bool:
    return answer.status >= 200 and answer.status not in (204, 304)


def _headers(answer: HttpResponse) -> list[tuple[str, str]]:
    # What goes over the wire is bytes; WSGI wants them dressed as Latin-1. "Connection: close" comes from the server:
    # what a function did not read of a body must not be taken for the next request.
    return [(name, value.encode().decode("latin-1")) for name, value in answer.headers]


def _send(answer: HttpResponse, environ: Environ, start_response: StartResponse) -> list[bytes]:
    headers = _headers(answer)
    if _has_body(answer):
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {phrase(answer.status)}", headers)
    return [answer.body] if _has_body(answer) and environ["REQUEST_METHOD"] != "HEAD" else []
