"""Parameter mapping: from the request to the integration request, and from its output to the response.

    integration.request.header.X-User  ←  method.request.querystring.user, context.requestId, stageVariables.x, '…'
    method.response.header.Location    ←  integration.response.body.id, context.requestId, stageVariables.x, 'constant'

https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

from . import gateway_responses as responses
from . import paths
from .gateway_responses import GatewayError
from .media import header_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .definition import Integration, IntegrationResponse, Method
    from .request import ApiRequest


def integration_request(integration: Integration, received: ApiRequest) -> dict[str, dict[str, str]]:
    """Headers, path parameters and query parameters of the integration request."""
    made: dict[str, dict[str, str]] = {"header": {}, "path": {}, "querystring": {}}
    for target, source in integration.parameters.items():
        where, _, name = target.removeprefix("integration.request.").partition(".")
        value = _request_value(source, received)
        if value is not None and where in made:
            made[where][name] = value
    return made


def response_headers(
    answer: IntegrationResponse, method: Method, received: ApiRequest, body: bytes
) -> list[tuple[str, str]]:
    """Headers of the response, as far as the method response declares them."""
    declared = method.responses.get(answer.status, frozenset())
    made = []
    for target, source in answer.parameters.items():
        name = target.removeprefix("method.response.header.")
        value = _response_value(source, received, body) if name.lower() in declared else None
        if value is not None:
            made.append((name, header_value(value)))
    return made


def _request_value(source: str, received: ApiRequest) -> str | None:
    if source.startswith("method.request."):
        where, _, name = source.removeprefix("method.request.").partition(".")
        if where == "body":
            text = received.request.body.decode("utf-8", "replace")
            return _in_body(text, name, wrong="Invalid JSON in request body") if name else text
        return received.parameter(where, name)
    return _elsewhere(source, received)


def _response_value(source: str, received: ApiRequest, body: bytes) -> str | None:
    if source.startswith("integration.response.body"):
        text, path = body.decode("utf-8", "replace"), source.removeprefix("integration.response.body").lstrip(".")
        return _in_body(text, path, wrong=None) if path else text
    if source.startswith("integration.response."):
        return None  # an invocation's answer has no headers of its own that could be mapped
    return _elsewhere(source, received)


def _elsewhere(source: str, received: ApiRequest) -> str | None:
    if len(source) > 1 and source.startswith("'") and source.endswith("'"):
        return source[1:-1]
    root, _, rest = source.partition(".")
    if root == "stageVariables":
        return received.stage.variables.get(rest)
    if root == "context":
        return _text(_walk(received.variables(), rest))
    return None


def _in_body(text: str, path: str, *, wrong: str | None) -> str | None:
    try:
        document = parse(text or "{}")
    except ValueError:
        if wrong is None:
            return None
        raise GatewayError(responses.BAD_JSON, wrong) from None
    return _text(paths.find(document, f"$.{path}"))


def _walk(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """`${stageVariables.alias}` in a URI, filled in."""
    return re.sub(r"\$\{stageVariables\.([\w-]+)\}", lambda found: variables.get(found[1], ""), text)
