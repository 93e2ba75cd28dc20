"""Payload format 2.0: from an HTTP request to a function's event, and from its output to an HTTP response.

Pure functions, for function URLs and for HTTP APIs of API Gateway, which share the format
(`lambdalab.services.apigatewayv2.payloads`). Output in the older format 1.0 is read here as well.
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads

Two rules are not documented there and come from captured events: which bodies are base64 (all but text/*, JSON, XML
and JavaScript, so HTML forms and bodies without a type are), and that the path of a function URL stays percent-encoded.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = ("application/json", "application/xml", "application/javascript")
_JSON = "application/json"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})
"""Headers of the connection: the server sets its own, whatever the function returns."""

WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
"""The content type of a stream that begins with JSON for status and headers."""
PRELUDE_END = b"\0" * 8
"""Between that JSON and the body."""


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was sent."""

    method: str
    path: str
    """Percent-encoded."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case; repeated headers are joined with commas."""
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"
    lines: tuple[tuple[str, str], ...] = ()
    """The header lines as they were sent: name and value."""


@dataclass(frozen=True)
class HttpResponse:
    """A whole response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(frozen=True)
class Caller:
    """Who signed the request."""

    access_key: str
    account_id: str
    user_id: str
    arn: str


class MalformedResponse(ValueError):
    """The function's output does not describe an HTTP response."""


def event(
    request: HttpRequest, *, domain_name: str, request_id: str, now: float, caller: Caller | None = None
) -> dict[str, Any]:
    """The event for a request that came at `now` (seconds since the epoch)."""
    # On AWS a load balancer in front of Lambda terminates TLS and adds these headers.
    forwarded = {
        "host": domain_name,
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    prefix = domain_name.partition(".")[0]
    context: dict[str, Any] = {
        "accountId": caller.account_id if caller else "anonymous",
        "apiId": prefix,
        "domainName": domain_name,
        "domainPrefix": prefix,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": clf_time(now),
        "timeEpoch": int(now * 1000),
    }
    if caller:
        context["authorizer"] = iam(caller)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": dict(sorted({**request.headers, **forwarded}.items())),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookies := [cookie.strip() for cookie in request.headers.get("cookie", "").split(";") if cookie.strip()]:
        made["cookies"] = cookies
    if request.query:
        made["queryStringParameters"] = _parameters(request.query)
    if request.body:
        made["isBase64Encoded"] = not is_text(request.headers.get("content-type", ""))
        made["body"] = (
            base64.b64encode(request.body).decode()
            if made["isBase64Encoded"]
            else request.body.decode("utf-8", "replace")
        )
    return made


def iam(caller: Caller) -> dict[str, Any]:
    """Under `authorizer`: who signed the request."""
    return {
        "iam": {
            "accessKey": caller.access_key,
            "accountId": caller.account_id,
            "callerId": caller.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": caller.arn,
            "userId": caller.user_id,
        }
    }


def clf_time(now: float) -> str:
    """In the format of web server logs: 12/Mar/2020:19:03:58 +0000."""
    return f"{datetime.fromtimestamp(now, UTC):%d/%b/%Y:%H:%M:%S +0000}"


def response(payload: bytes) -> HttpResponse:
    """The response that a function's output (JSON) describes. Output without a statusCode becomes the body."""
    try:
        answer = parse(payload)
    except ValueError as error:
        raise MalformedResponse("the output is not JSON") from error
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return HttpResponse(200, (("content-type", _JSON),), payload)
    return HttpResponse(*_head(answer, _JSON), _body(answer))


def proxy_response(payload: bytes) -> HttpResponse:
    """The response that output in payload format 1.0 describes. Without a statusCode: MalformedResponse.

    A header in multiValueHeaders wins over one in headers.
    """
    try:
        answer = parse(payload)
    except ValueError as error:
        raise MalformedResponse("the output is not JSON") from error
    if not isinstance(answer, dict):
        raise MalformedResponse("the output is not an object")
    if "statusCode" not in answer:
        raise MalformedResponse("the output has no statusCode")
    if not isinstance(answer.get("body"), str | None):
        raise MalformedResponse("the body is not a string")
    several = answer.get("multiValueHeaders") or {}
    if not isinstance(several, dict) or not all(isinstance(values, list) for values in several.values()):
        raise MalformedResponse("multiValueHeaders must be an object of lists")
    status, headers = _head({key: answer.get(key) for key in ("statusCode", "headers")}, _JSON)
    lines = [
        (_name(name), _text(value))
        for name, values in several.items()
        if name.lower() not in _HOP_BY_HOP
        for value in values
    ]
    named = {name for name, _ in lines}
    return HttpResponse(status, (*(each for each in headers if each[0] not in named), *lines), _body(answer))


class StreamedAnswer:
    """A response stream: bytes, after a prelude with status and headers if the function sent one.

    The runtime names the content type of the stream. Buffered output has none: its JSON is sent as it is.
    """

    def __init__(self, content_type: str = "") -> None:
        self.head: HttpResponse | None = None
        """Status and headers, as soon as they are known."""
        self._prelude: bytes | None = None
        if content_type == WITH_PRELUDE:
            self._prelude = b""
        else:
            self.head = HttpResponse(200, (("content-type", content_type or "application/octet-stream"),))

    def add(self, data: bytes) -> bytes:
        """Take the next bytes of the stream; return those that belong to the body. Raises MalformedResponse."""
        if self._prelude is None:
            return data
        self._prelude += data
        prelude, separator, body = self._prelude.partition(PRELUDE_END)
        if not separator:
            return b""
        try:
            answer = parse(prelude)
        except ValueError as error:
            raise MalformedResponse("the stream's prelude is not JSON") from error
        if not isinstance(answer, dict):
            raise MalformedResponse("the stream's prelude is not an object")
        self.head = HttpResponse(*_head({"statusCode": 200, **answer}, "application/octet-stream"))
        self._prelude = None
        return body


def streamed_response(payload: bytes, content_type: str = "") -> HttpResponse:
    """The response that a complete stream describes."""
    answer = StreamedAnswer(content_type)
    body = answer.add(payload)
    if answer.head is None:
        raise MalformedResponse("the stream has no prelude")
    return replace(answer.head, body=body)


def _parameters(query: str) -> dict[str, str]:
    """Decoded; the values of a repeated name are joined with commas."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}


def is_text(content_type: str) -> bool:
    """Whether a body of this type is text in an event; any other is base64."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT


def _head(answer: dict[str, Any], default_type: str) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Status and headers, cookies among them."""
    try:
        status = int(answer["statusCode"])
    except (TypeError, ValueError) as error:
        raise MalformedResponse("statusCode is not a number") from error
    if not 100 <= status <= 599 or isinstance(answer["statusCode"], bool):
        raise MalformedResponse(f"statusCode {status} is not an HTTP status code")
    given, cookies = answer.get("headers") or {}, answer.get("cookies") or []
    if not isinstance(given, dict) or not isinstance(cookies, list):
        raise MalformedResponse("headers must be an object, cookies a list")
    headers = [(_name(name), _text(value)) for name, value in given.items() if name.lower() not in _HOP_BY_HOP]
    if not any(name == "content-type" for name, _ in headers):
        headers.insert(0, ("content-type", default_type))
    return status, (*headers, *(("set-cookie", _text(cookie)) for cookie in cookies))


def _name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise MalformedResponse(f"{name!r} is not a header name")
    return name.lower()


def _text(value: Any) -> str:
    """The value of a header."""
    if isinstance(value, dict | list) or value is None:
        raise MalformedResponse("the value of a header must be a string")
    text = value if isinstance(value, str) else json.dumps(value)
    if any(character in text for character in "\r\n\0"):
        raise MalformedResponse("a header must be a single line")
    return text


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        return json.dumps(body, separators=(",", ":")).encode()
    if answer.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise MalformedResponse("isBase64Encoded is true, but the body is not base64") from error
    return body.encode()
