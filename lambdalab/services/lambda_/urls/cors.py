"""The CORS configuration of a function URL: which pages may send what, and read the answer.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambdalab.http_payload import HttpRequest

Cors = Mapping[str, Any]
"""As the API takes it; empty: there is none."""
Headers = tuple[tuple[str, str], ...]


def allows(cors: Cors, origin: str) -> bool:
    """Whether the URL's CORS configuration lets pages of this origin in."""
    allowed = cors.get("AllowOrigins") or []
    return "*" in allowed or origin.lower() in (each.lower() for each in allowed)


def headers_for(cors: Cors, origin: str | None) -> Headers:
    """The headers of each response to a page of an allowed origin."""
    if origin is None or not allows(cors, origin):
        return ()
    anybody = "*" in cors["AllowOrigins"] and not cors.get("AllowCredentials")
    headers = [("access-control-allow-origin", "*" if anybody else origin)]
    if not anybody:
        headers.append(("vary", "Origin"))
    if cors.get("AllowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    if exposed := cors.get("ExposeHeaders"):
        headers.append(("access-control-expose-headers", ",".join(exposed)))
    return tuple(headers)


def is_preflight(request: HttpRequest) -> bool:
    """What a browser sends before a request that a page could not make without CORS."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def preflight_headers(cors: Cors, request: HttpRequest) -> Headers:
    """The headers of the answer to a preflight request, beside those of each response."""
    if not allows(cors, request.headers["origin"]):
        return ()
    headers = [("access-control-max-age", str(cors.get("MaxAge", 0)))]
    if methods := cors.get("AllowMethods"):
        headers.append(("access-control-allow-methods", ",".join(methods)))
    if allowed := cors.get("AllowHeaders"):
        headers.append(("access-control-allow-headers", ",".join(allowed)))
    return tuple(headers)
