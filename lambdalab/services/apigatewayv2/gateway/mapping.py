"""Parameter mapping: what an integration changes in a request before it reaches the function, and in its response.

    RequestParameters  = {"append:header.x-stage": "$context.stage", "remove:querystring.debug": "''"}
    ResponseParameters = {"500": {"overwrite:statuscode": "503", "append:header.retry-after": "1"}}

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from .expressions import Values, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.http_payload import HttpRequest, HttpResponse

_STATUS = re.compile(r"[2-5]\d\d")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_LINE_END = re.compile(r"[\r\n\0]")
_KEY = re.compile(r"^(append|overwrite|remove):(header|querystring)\.(.+)$")
_RESERVED = frozenset(
    [
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "via",
    ]
)
_RESERVED_BEGINNINGS = ("access-control-", "apigw-", "x-amz-", "x-amzn-")


class InvalidMapping(ValueError):
    """A mapping that API Gateway rejects. The message is AWS's where that is known."""


def check_request(parameters: Mapping[str, str]) -> None:
    """Raise InvalidMapping for an invalid mapping of a request."""
    for key in parameters:
        found = _KEY.match(key)
        if key != "overwrite:path" and not found:
            raise InvalidMapping(f"Invalid mapping expression specified: {key}")
        _check_header(found)


def check_response(parameters: Mapping[str, Mapping[str, str]]) -> None:
    """Raise InvalidMapping for invalid mappings of responses, by status code."""
    for status, mapping in parameters.items():
        if not _STATUS.fullmatch(status):
            raise InvalidMapping(f"Invalid status code specified: {status}")
        for key in mapping:
            found = _KEY.match(key)
            if key != "overwrite:statuscode" and (not found or found[2] != "header"):
                raise InvalidMapping(f"Invalid mapping expression specified: {key}")
            _check_header(found)


def change_request(parameters: Mapping[str, str], values: Values) -> tuple[HttpRequest, str]:
    """The changed request, and its path (decoded, without the stage)."""
    headers, path = dict(values.request.headers), values.path
    query = parse_qsl(values.request.query, keep_blank_values=True)
    changed = False
    for key, text in parameters.items():
        if key == "overwrite:path":
            path = fill(text, values)
        elif found := _KEY.match(key):
            how, where, name = found.groups()
            value = fill(text, values)
            if where == "header":
                _change_header(headers, how, name.lower(), value)
            else:
                changed = True
                if how != "append":
                    query = [pair for pair in query if pair[0] != name]
                if how != "remove":
                    query.append((name, value))
    made = replace(values.request, headers=headers, lines=())
    return (replace(made, query=urlencode(query, quote_via=quote)) if changed else made), path


def change_response(parameters: Mapping[str, Mapping[str, str]], values: Values) -> HttpResponse:
    """The changed response."""
    answer = values.response
    assert answer is not None
    headers, status = list(answer.headers), answer.status
    for key, text in parameters.get(str(answer.status), {}).items():
        value = fill(text, values)
        if key == "overwrite:statuscode":
            status = int(value) if _STATUS.fullmatch(value) else status
        elif found := _KEY.match(key):
            how, _, name = found.groups()
            if how != "append":
                headers = [pair for pair in headers if pair[0].lower() != name.lower()]
            if how != "remove":
                headers.append((name.lower(), _one_line(value)))
    return replace(answer, status=status, headers=tuple(headers))


def _change_header(headers: dict[str, str], how: str, name: str, value: str) -> None:
    if how == "remove":
        headers.pop(name, None)
    elif how == "append" and headers.get(name):
        headers[name] = f"{headers[name]},{value}"
    else:
        headers[name] = value


def _check_header(found: re.Match[str] | None) -> None:
    if found and found[2] == "header":
        name = found[3].lower()
        if name in _RESERVED or name.startswith(_RESERVED_BEGINNINGS):
            raise InvalidMapping(f"Operations on header {name} are restricted")
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidMapping(f"Invalid header name specified: {name}")


def _one_line(value: str) -> str:
    """A value from a function or a client must not start another header."""
    return _LINE_END.sub(" ", value)
