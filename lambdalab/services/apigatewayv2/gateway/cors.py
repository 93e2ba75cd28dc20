"""CORS of an HTTP API: the API answers preflight requests itself, and adds CORS headers to every response.

With a configuration, the CORS headers that the function returns are dropped. Without one, CORS is up to the function.
The API's own responses (401, 404, 500) have the headers as well; AWS documents them only for those of an integration.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.http_payload import HttpRequest

    Cors = Mapping[str, Any]


def allows(cors: Cors | None, origin: str) -> bool:
    """Whether the configuration allows this origin."""
    allowed = (cors or {}).get("allowOrigins") or []
    # "https://*" allows every origin with HTTPS.
    return any(
        each in ("*", origin) or (each in ("https://*", "http://*") and origin.startswith(each[:-1]))
        for each in allowed
    )


def preflight(cors: Cors | None, request: HttpRequest) -> HttpResponse | None:
    """The response to a preflight request; None if it is not one, or if there is no configuration."""
    origin = request.headers.get("origin")
    if not cors or request.method != "OPTIONS" or not origin or "access-control-request-method" not in request.headers:
        return None
    if not allows(cors, origin):
        return HttpResponse(204, ())
    headers = list(_headers(cors, origin))
    for name, key in (("methods", "allowMethods"), ("headers", "allowHeaders")):
        if values := cors.get(key):
            headers.append((f"access-control-allow-{name}", ",".join(values)))
    if cors.get("maxAge"):
        headers.append(("access-control-max-age", str(cors["maxAge"])))
    return HttpResponse(204, tuple(headers))


def with_headers(cors: Cors | None, request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A response with the CORS headers for the request's origin."""
    if not cors:
        return answer
    kept = tuple((name, value) for name, value in answer.headers if not name.lower().startswith("access-control-"))
    origin = request.headers.get("origin")
    if not origin or not allows(cors, origin):
        return replace(answer, headers=kept)
    exposed = cors.get("exposeHeaders")
    return replace(
        answer,
        headers=(
            *kept,
            *_headers(cors, origin),
            *((("access-control-expose-headers", ",".join(exposed)),) if exposed else ()),
        ),
    )


def _headers(cors: Cors, origin: str) -> tuple[tuple[str, str], ...]:
    anybody = "*" in (cors.get("allowOrigins") or []) and not cors.get("allowCredentials")
    headers = [("access-control-allow-origin", "*" if anybody else origin)]
    if not anybody:
        headers.append(("vary", "Origin"))
    if cors.get("allowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    return tuple(headers)
