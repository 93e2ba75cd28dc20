"""The events of a REST API, for a proxy integration and for Lambda authorizers, and the output of a proxy integration.

The event has all values of headers and query parameters (multiValue…), and the last value of each. The path and the
path parameters stay percent-encoded; query parameters are decoded. It is the event of a regional API: an edge-optimized
API adds the headers of CloudFront (CloudFront-…, Via, X-Amz-Cf-Id), which the lab does not have.

The output may have five members and no others, and only strings and booleans as headers. Everything else is
"malformed", and the client gets a 502.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpResponse, MalformedResponse
from lambdalab.runtime.json_text import parse

from .gateway.media import HEADER_NAME, header_value, is_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .gateway.request import ApiRequest

_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
_REMAPPED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "host",
        "max-forwards",
        "server",
        "trailer",
        "user-agent",
        "via",
        "www-authenticate",
    }
)
"""Headers that reach the client as x-amzn-Remapped-….
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""
_DROPPED = frozenset({"expect", "keep-alive", "proxy-authenticate", "te", "transfer-encoding", "upgrade"})
"""Headers that API Gateway does not pass on."""


def event(received: ApiRequest) -> dict[str, Any]:
    """The event of a proxy integration."""
    body, encoded = _body(received)
    assert received.resource is not None
    return {
        "resource": received.resource.path,
        "path": received.path,
        "httpMethod": received.request.method,
        **_parameters(received),
        "requestContext": received.context(),
        "body": body,
        "isBase64Encoded": encoded,
    }


def token_event(received: ApiRequest, token: str) -> dict[str, Any]:
    """The event of a TOKEN authorizer."""
    return {"type": "TOKEN", "methodArn": received.arn, "authorizationToken": token}


def request_event(received: ApiRequest) -> dict[str, Any]:
    """The event of a REQUEST authorizer: everything but the body."""
    assert received.resource is not None
    return {
        "type": "REQUEST",
        "methodArn": received.arn,
        "resource": received.resource.path,
        "path": received.path,
        "httpMethod": received.request.method,
        **{name: value if value is not None else {} for name, value in _parameters(received).items()},
        "requestContext": received.context(),
    }


def _parameters(received: ApiRequest) -> dict[str, Any]:
    return {
        "headers": {name: values[-1] for name, values in received.headers.items()},
        "multiValueHeaders": received.headers,
        "queryStringParameters": {name: values[-1] for name, values in received.query.items()} or None,
        "multiValueQueryStringParameters": received.query or None,
        "pathParameters": dict(received.path_parameters) or None,
        "stageVariables": dict(received.stage.variables) or None,
    }


def _body(received: ApiRequest) -> tuple[str | None, bool]:
    body = received.request.body
    if is_binary(received.header("content-type") or "application/json", received.stage.definition.binary_media_types):
        return (base64.b64encode(body).decode() if body else None), True
    return (body.decode("utf-8", "replace") if body else None), False


def response(payload: bytes, *, binary_wanted: bool) -> HttpResponse:
    """The response that the output describes. `binary_wanted`: the client accepts a binary type: decode base64."""
    try:
        answer = parse(payload)
    except ValueError as error:
        raise MalformedResponse("the output is not JSON") from error
    if not isinstance(answer, dict) or not set(answer) <= _MEMBERS:
        raise MalformedResponse("the output is not an object, or has members that API Gateway does not know")
    headers = _headers(answer)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", "application/json"))
    return HttpResponse(_status(answer), tuple(headers), _answer_body(answer, binary_wanted=binary_wanted))


def _status(answer: Mapping[str, Any]) -> int:
    given = answer.get("statusCode")
    if given is None:
        return 200
    try:
        status = int(given)
    except (TypeError, ValueError) as error:
        raise MalformedResponse("statusCode is not a number") from error
    if isinstance(given, bool) or not 200 <= status <= 599:
        raise MalformedResponse(f"statusCode {given!r} is not an HTTP status code")
    return status


def _headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """If a name is in both, multiValueHeaders wins."""
    single, several = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(several, dict):
        raise MalformedResponse("headers is not an object")
    named = {name.lower() for name in several}
    lines = [(name, value) for name, value in single.items() if name.lower() not in named]
    for name, values in several.items():
        lines += [(name, value) for value in (values if isinstance(values, list) else [values])]
    return [(remapped(name), _value(value)) for name, value in lines if name.lower() not in _DROPPED]


def remapped(name: str) -> str:
    """The name under which a header reaches the client."""
    if not HEADER_NAME.fullmatch(name):
        raise MalformedResponse(f"{name!r} is not a header name")
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise MalformedResponse("the value of a header is not a string")
    if header_value(value) != value:
        raise MalformedResponse("a header must be one line of valid characters")
    return value


def _answer_body(answer: Mapping[str, Any], *, binary_wanted: bool) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponse("body is not a string")
    if answer.get("isBase64Encoded") is True and binary_wanted:
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise MalformedResponse("isBase64Encoded is true, but the body is not base64") from error
    return body.encode("utf-8", "replace")
