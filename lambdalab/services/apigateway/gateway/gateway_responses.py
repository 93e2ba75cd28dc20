"""What a client gets when its request gets no further: gateway responses, the owner's or API Gateway's own.

A response type that the owner has not described falls back on DEFAULT_4XX or DEFAULT_5XX, if those are, and else to a
JSON document with a message. Templates here know variables only: no directives, no $input and no $util.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html

Not in the documentation, but in captures of responses: errors of the integration (502, 504, and 500 for a function that
may not be called) have a space after the colon, an ACCESS_DENIED has "Message" with a capital, an authorizer that
fails gives null for a message, and a body of more than 10 MB is answered in plain text that nobody can change.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpResponse

from .media import header_value, is_header_name, media_type

if TYPE_CHECKING:
    from .definition import GatewayResponse
    from .request import Received


@dataclass(frozen=True)
class Kind:
    """A response type."""

    name: str
    status: int
    error_type: str
    message: str | None = None


ACCESS_DENIED = Kind("ACCESS_DENIED", 403, "AccessDeniedException")
API_CONFIGURATION_ERROR = Kind("API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", "Internal server error")
AUTHORIZER_CONFIGURATION_ERROR = Kind("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException")
AUTHORIZER_FAILURE = Kind("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException")
BAD_REQUEST_BODY = Kind("BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body")
BAD_REQUEST_PARAMETERS = Kind("BAD_REQUEST_PARAMETERS", 400, "BadRequestException")
BAD_JSON = Kind("DEFAULT_4XX", 400, "BadRequestException")
FORBIDDEN_KEY = Kind("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden")
INTEGRATION_FAILURE = Kind("INTEGRATION_FAILURE", 500, "InternalServerErrorException", "Internal server error")
INTEGRATION_TIMEOUT = Kind("INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", "Endpoint request timed out")
INVALID_SIGNATURE = Kind("INVALID_SIGNATURE", 403, "InvalidSignatureException")
MALFORMED_RESPONSE = Kind("DEFAULT_5XX", 502, "InternalServerErrorException", "Internal server error")
MISSING_TOKEN = Kind(
    "MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"
)
QUOTA_EXCEEDED = Kind("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded")
REQUEST_TOO_LARGE = Kind("REQUEST_TOO_LARGE", 413, "BadRequestException", "Request Too Long")
THROTTLED = Kind("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests")
UNAUTHORIZED = Kind("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized")
UNSUPPORTED_MEDIA_TYPE = Kind("UNSUPPORTED_MEDIA_TYPE", 415, "UnsupportedMediaTypeException", "Unsupported Media Type")

_OF_THE_INTEGRATION = (
    API_CONFIGURATION_ERROR,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    MALFORMED_RESPONSE,
    REQUEST_TOO_LARGE,
)
_VARIABLE = re.compile(r"\$\{?(?P<root>context|stageVariables)\.(?P<path>[\w.-]*\w)\}?")


class Refused(Exception):
    """A request gets no further."""

    def __init__(self, kind: Kind, message: str | None = None, *, error_type: str = "", why: str = "") -> None:
        super().__init__(why or message or kind.message or kind.name)
        self.kind = kind
        self.message = message if message is not None else kind.message
        self.error_type = error_type or kind.error_type
        self.why = why
        """More than the client is told: what a validator found."""


def too_long() -> HttpResponse:
    """To a body of more than 10 MB."""
    return HttpResponse(
        413, (("content-type", "text; charset=utf-8"),), b"HTTP content length exceeded 10485760 bytes."
    )


def no_such_stage() -> HttpResponse:
    """There is no such API, or no such stage of it."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException"))
    return HttpResponse(403, headers, b'{"message":"Forbidden"}')


def explained(refused: Refused) -> str:
    """Why, for the execution log."""
    kind, why = refused.kind, refused.why
    if kind.name == API_CONFIGURATION_ERROR.name:
        return f"Execution failed due to configuration error: {why or refused.message}"
    if kind is INTEGRATION_TIMEOUT:
        return "Execution failed due to a timeout error"
    if kind is BAD_REQUEST_BODY:
        return f"Request body does not match model schema for content type application/json: {why or 'no JSON'}"
    return why or refused.message or kind.name


def response(refused: Refused, received: Received) -> HttpResponse:
    """What the client gets."""
    kind = refused.kind
    received.error = {
        "message": refused.message,
        "messageString": json.dumps(refused.message),
        "responseType": kind.name,
        "validationErrorString": refused.why or None,
    }
    known = received.stage.definition.gateway_responses
    fallback = "DEFAULT_5XX" if kind.status >= 500 else "DEFAULT_4XX"
    described = known.get(kind.name) or known.get(fallback)
    content_type, body = "application/json", _plain(refused)
    headers: list[tuple[str, str]] = []
    status = kind.status
    if described:
        status = described.status or kind.status
        headers = [
            (name.removeprefix("gatewayresponse.header."), value)
            for name, source in described.parameters.items()
            if is_header_name(name.removeprefix("gatewayresponse.header."))
            and (value := _parameter(source, received)) is not None
        ]
        if described.templates:
            content_type, template = _template(described, received)
            body = _filled(template, received)
    named = {name.lower() for name, _ in headers}
    own = [("content-type", content_type), ("x-amzn-ErrorType", refused.error_type)]
    return HttpResponse(
        status, (*(each for each in own if each[0].lower() not in named), *headers), body.encode("utf-8", "replace")
    )


def _plain(refused: Refused) -> str:
    spaced = refused.kind in _OF_THE_INTEGRATION
    name = "Message" if refused.kind is ACCESS_DENIED else "message"
    return json.dumps({name: refused.message}, separators=(",", ": " if spaced else ":"), ensure_ascii=False)


def _template(described: GatewayResponse, received: Received) -> tuple[str, str]:
    """The one for the type that the client asks for first, or that for JSON, or any."""
    wanted = media_type(received.header("accept"))
    for kind in (wanted, "application/json"):
        if kind in described.templates:
            return kind, described.templates[kind]
    return next(iter(described.templates.items()))


def _filled(template: str, received: Received) -> str:
    return _VARIABLE.sub(lambda found: _text(_value(found["root"], found["path"], received)), template)


def _value(root: str, path: str, received: Received) -> Any:
    found: Any = received.stage.variables if root == "stageVariables" else received.variables()
    for name in [path] if root == "stageVariables" else path.split("."):
        found = found.get(name) if hasattr(found, "get") else None
    return found


def _parameter(source: str, received: Received) -> str | None:
    """'constant', context.x, stageVariables.x, method.request.header.x."""
    if len(source) > 1 and source.startswith("'") and source.endswith("'"):
        return header_value(source[1:-1])
    root, _, rest = source.partition(".")
    if root == "method":
        _, _, rest = rest.partition(".")
        where, _, name = rest.partition(".")
        found: Any = received.parameter(where, name)
    elif root in ("context", "stageVariables"):
        found = _value(root, rest, received)
    else:
        return None
    return None if found is None else header_value(_text(found))


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
