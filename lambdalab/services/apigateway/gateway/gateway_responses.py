"""Gateway responses: what a client gets when its request fails in API Gateway.

A response type that the owner has not customized falls back to DEFAULT_4XX or DEFAULT_5XX if those are customized, and
else to a JSON document with a message. Templates here have variables only: no directives, no $input and no $util.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html

Known from captured responses, not from the documentation: errors of the integration (502, 504, and 500 for a function
that API Gateway may not invoke) have a space after the colon, ACCESS_DENIED has "Message" with a capital, an authorizer
that fails gives null for a message, and a body of more than 10 MB gets a plain text that cannot be customized.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpResponse

from .media import HEADER_NAME, header_value, media_type

if TYPE_CHECKING:
    from .definition import GatewayResponse
    from .request import ApiRequest


@dataclass(frozen=True)
class ResponseType:
    """A response type."""

    name: str
    status: int
    error_type: str
    message: str | None = None


ACCESS_DENIED = ResponseType("ACCESS_DENIED", 403, "AccessDeniedException")
API_CONFIGURATION_ERROR = ResponseType(
    "API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", "Internal server error"
)
AUTHORIZER_CONFIGURATION_ERROR = ResponseType("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException")
AUTHORIZER_FAILURE = ResponseType("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException")
BAD_REQUEST_BODY = ResponseType("BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body")
BAD_REQUEST_PARAMETERS = ResponseType("BAD_REQUEST_PARAMETERS", 400, "BadRequestException")
BAD_JSON = ResponseType("DEFAULT_4XX", 400, "BadRequestException")
FORBIDDEN_KEY = ResponseType("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden")
INTEGRATION_FAILURE = ResponseType("INTEGRATION_FAILURE", 500, "InternalServerErrorException", "Internal server error")
INTEGRATION_TIMEOUT = ResponseType(
    "INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", "Endpoint request timed out"
)
INVALID_SIGNATURE = ResponseType("INVALID_SIGNATURE", 403, "InvalidSignatureException")
MALFORMED_RESPONSE = ResponseType("DEFAULT_5XX", 502, "InternalServerErrorException", "Internal server error")
MISSING_TOKEN = ResponseType(
    "MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"
)
QUOTA_EXCEEDED = ResponseType("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded")
REQUEST_TOO_LARGE = ResponseType("REQUEST_TOO_LARGE", 413, "BadRequestException", "Request Too Long")
THROTTLED = ResponseType("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests")
UNAUTHORIZED = ResponseType("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized")
UNSUPPORTED_MEDIA_TYPE = ResponseType(
    "UNSUPPORTED_MEDIA_TYPE", 415, "UnsupportedMediaTypeException", "Unsupported Media Type"
)

_OF_THE_INTEGRATION = (
    API_CONFIGURATION_ERROR,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    MALFORMED_RESPONSE,
    REQUEST_TOO_LARGE,
)
_VARIABLE = re.compile(r"\$\{?(?P<root>context|stageVariables)\.(?P<path>[\w.-]*\w)\}?")


class GatewayError(Exception):
    """A request fails in API Gateway."""

    def __init__(self, kind: ResponseType, message: str | None = None, *, error_type: str = "", why: str = "") -> None:
        super().__init__(why or message or kind.message or kind.name)
        self.kind = kind
        self.message = message if message is not None else kind.message
        self.error_type = error_type or kind.error_type
        self.why = why
        """Details that the client does not see, such as the errors that a validator found."""


def too_long() -> HttpResponse:
    """To a body of more than 10 MB."""
    return HttpResponse(
        413, (("content-type", "text; charset=utf-8"),), b"HTTP content length exceeded 10485760 bytes."
    )


def no_such_stage() -> HttpResponse:
    """There is no such API, or no such stage of it."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException"))
    return HttpResponse(403, headers, b'{"message":"Forbidden"}')


def explained(error: GatewayError) -> str:
    """Why, for the execution log."""
    kind, why = error.kind, error.why
    if kind.name == API_CONFIGURATION_ERROR.name:
        return f"Execution failed due to configuration error: {why or error.message}"
    if kind is INTEGRATION_TIMEOUT:
        return "Execution failed due to a timeout error"
    if kind is BAD_REQUEST_BODY:
        return f"Request body does not match model schema for content type application/json: {why or 'no JSON'}"
    return why or error.message or kind.name


def response(error: GatewayError, received: ApiRequest) -> HttpResponse:
    """What the client gets."""
    kind = error.kind
    received.error = {
        "message": error.message,
        "messageString": json.dumps(error.message),
        "responseType": kind.name,
        "validationErrorString": error.why or None,
    }
    known = received.stage.definition.gateway_responses
    fallback = "DEFAULT_5XX" if kind.status >= 500 else "DEFAULT_4XX"
    customized = known.get(kind.name) or known.get(fallback)
    content_type, body = "application/json", _plain(error)
    headers: list[tuple[str, str]] = []
    status = kind.status
    if customized:
        status = customized.status or kind.status
        headers = [
            (name.removeprefix("gatewayresponse.header."), value)
            for name, source in customized.parameters.items()
            if HEADER_NAME.fullmatch(name.removeprefix("gatewayresponse.header."))
            and (value := _parameter(source, received)) is not None
        ]
        if customized.templates:
            content_type, template = _template(customized, received)
            body = _filled(template, received)
    named = {name.lower() for name, _ in headers}
    own = [("content-type", content_type), ("x-amzn-ErrorType", error.error_type)]
    return HttpResponse(
        status, (*(each for each in own if each[0].lower() not in named), *headers), body.encode("utf-8", "replace")
    )


def _plain(error: GatewayError) -> str:
    spaced = error.kind in _OF_THE_INTEGRATION
    name = "Message" if error.kind is ACCESS_DENIED else "message"
    return json.dumps({name: error.message}, separators=(",", ": " if spaced else ":"), ensure_ascii=False)


def _template(customized: GatewayResponse, received: ApiRequest) -> tuple[str, str]:
    """The one for the type that the client asks for first, or that for JSON, or any."""
    wanted = media_type(received.header("accept"))
    for kind in (wanted, "application/json"):
        if kind in customized.templates:
            return kind, customized.templates[kind]
    return next(iter(customized.templates.items()))


def _filled(template: str, received: ApiRequest) -> str:
    return _VARIABLE.sub(lambda found: _text(_value(found["root"], found["path"], received)), template)


def _value(root: str, path: str, received: ApiRequest) -> Any:
    found: Any = received.stage.variables if root == "stageVariables" else received.variables()
    for name in [path] if root == "stageVariables" else path.split("."):
        found = found.get(name) if hasattr(found, "get") else None
    return found


def _parameter(source: str, received: ApiRequest) -> str | None:
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
