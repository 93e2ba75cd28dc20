"""Expressions that refer to values: `$request.header.name`, `$context.stage`, `$stageVariables.name`.

Parameter mappings and the identity sources of authorizers use them, and as `${stageVariables.name}` the URI of an
integration. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.http_payload import HttpRequest, HttpResponse

_EMBEDDED = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_ROOTS = ("$request.", "$response.", "$context.", "$stageVariables.")
_FUNCTION = re.compile(r"/functions/(arn:[^/]+)/invocations$")


@dataclass(frozen=True)
class Values:
    """What expressions refer to."""

    request: HttpRequest
    path: str = "/"
    """Of the request, decoded, without the stage."""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    response: HttpResponse | None = None


def is_expression(text: str) -> bool:
    """Whether this is a selection expression, not a plain text."""
    return text.startswith(_ROOTS) or text in ("$request.body", "$response.body")


def fill(text: str, values: Values) -> str:
    """A text with its expressions replaced; a missing value becomes an empty string."""
    if is_expression(text):
        return find(text, values) or ""
    return _EMBEDDED.sub(lambda found: find(f"${found[1]}", values) or "", text)


def function_arn(uri: str) -> str:
    """The function in the URI of an integration or an authorizer, which may be the function's ARN itself."""
    found = _FUNCTION.search(uri)
    return found[1] if found else uri


def find(expression: str, values: Values) -> str | None:
    """The value of an expression; None if there is none."""
    root, _, rest = expression.removeprefix("$").partition(".")
    if root == "context":
        return _as_text(_inside(values.context, rest))
    if root == "stageVariables":
        return values.stage_variables.get(rest)
    kind, _, name = rest.partition(".")
    if root == "request":
        return _of_request(kind, name, values)
    if root == "response" and values.response is not None:
        if kind == "header":
            return ",".join(value for key, value in values.response.headers if key.lower() == name.lower()) or None
        if kind == "body":
            return _of_body(values.response.body, name)
    return None


def _of_request(kind: str, name: str, values: Values) -> str | None:
    if kind == "header":
        return values.request.headers.get(name.lower())
    if kind == "querystring":
        found = [value for key, value in parse_qsl(values.request.query, keep_blank_values=True) if key == name]
        return ",".join(found) if found else None
    if kind == "path":
        return values.path_parameters.get(name) if name else values.path
    if kind == "body":
        return _of_body(values.request.body, name)
    return None


def _of_body(body: bytes, path: str) -> str | None:
    text = body.decode("utf-8", "replace")
    if not path:
        return text
    try:
        return _as_text(_inside(parse(text), path))
    except ValueError:
        return None


def _inside(document: Any, path: str) -> Any:
    """A member by its path: `a.b[0].c`. A name may contain dots itself."""
    if isinstance(document, dict) and path in document:
        return document[path]
    for name, index in _STEP.findall(path):
        if name and isinstance(document, dict):
            document = document.get(name)
        elif index and isinstance(document, list) and int(index) < len(document):
            document = document[int(index)]
        else:
            return None
    return document


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))
