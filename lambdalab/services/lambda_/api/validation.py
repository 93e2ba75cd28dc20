"""Every request to Lambda passes here before an operation sees it.

It is held against AWS's service model (`constraints.py`: ValidationException), then against Lambda's quotas
(`quotas.py`: InvalidParameterValueException), and the function's name, in whatever form it came (`names.py`), is put
into the form that moto understands: the plain name in the path, the qualifier in the query. The payload of an
invocation is not touched.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote

from lambdalab.runtime.json_text import parse
from lambdalab.services.lambda_.backend import AnyPath, as_sent, operation_of, replace, service_model

from . import names, quotas
from .constraints import WrongType, summary, violations
from .errors import error
from .unsupported import is_refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_REQUEST_ID_LENGTH = 36  # AWS's are UUIDs, moto's are not
_ANSWERED_AS_BAD_PARAMETER = frozenset({"Runtime"})
"""Members whose enum Lambda does not check with the model but later, with another error."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """One door for all operations."""
    return (
        replace(
            "LambdaResponse.call_action",
            ("self",),
            lambda original: _checked(lab.clock, original),
            "moto checks next to nothing of a request",
        ),
        AnyPath(),
    )


def _checked(clock: Clock, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        from werkzeug.exceptions import HTTPException

        try:
            check(response, clock.time())
            status, headers, body = original(response)
        except HTTPException as problem:
            status, headers, body = _answer(response, problem)
        except ValueError as problem:
            # moto raises some of its errors like this: a code and a message.
            if len(problem.args) != 2 or problem.args[0] != "InvalidParameterValueException":
                raise
            status, headers, body = _answer(response, error(*problem.args))
        if not any(name.lower() == "content-type" for name in headers):
            headers["content-type"] = "application/json"
        if len(headers.get("x-amzn-requestid", "")) != _REQUEST_ID_LENGTH:
            headers["x-amzn-requestid"] = str(uuid.uuid4())
        return status, headers, body

    return call_action


def _answer(response: Any, problem: Any) -> Any:
    """An error as moto would have sent it, had it been raised in an operation."""
    headers = {**dict(problem.get_headers() or []), "status": problem.code}
    return as_sent(response, problem.description, headers)


def check(response: Any, now: float) -> None:
    """Refuse what AWS refuses; then let the request name its function as moto expects it."""
    name = operation_of(response)
    if name is None:
        raise error("UnknownOperationException", "Lambda has no operation with this method and path.", 404)
    # moto looks for an Action in query strings and bodies too, where other services have theirs.
    response.querystring.pop("Action", None)
    if is_refused(name):
        return
    operation = service_model().operation_model(name)
    request = _request(response, operation)
    shape = operation.input_shape
    if shape is not None:
        try:
            broken = [text for text in violations(shape, request) if not _later(text)]
        except WrongType as problem:
            raise error("SerializationException", str(problem)) from None
        if broken:
            raise error("ValidationException", summary(broken))
    quotas.check(name, request, len(response.body or ""), now)
    _name(response, operation, request)


def _later(violation: str) -> bool:
    return any(
        f"at '{member[:1].lower()}{member[1:]}' failed" in violation and "enum value set" in violation
        for member in _ANSWERED_AS_BAD_PARAMETER
    )


def _request(response: Any, operation: Any) -> dict[str, Any]:
    """The request's members, from wherever the model says that they travel."""
    shape = operation.input_shape
    if shape is None:
        return {}
    payload = shape.serialization.get("payload")
    body = {} if payload else _body(response)
    query = parse_qs(response.parsed_url.query, keep_blank_values=True)
    request: dict[str, Any] = {}
    for name, member in shape.members.items():
        if name == payload:
            if name in shape.required_members:
                request[name] = ""  # it is there; what is in it is for the operation to say
            continue
        location, wire = member.serialization.get("location"), member.serialization.get("name", name)
        value: Any
        if location == "uri":
            matched = response.uri_match.get(wire)
            value = None if matched is None else _converted(member, unquote(str(matched)))
        elif location == "querystring":
            value = query.get(wire)
            value = value if value is None or member.type_name == "list" else _converted(member, value[0])
        elif location == "header":
            value = response.headers.get(wire)
        else:
            value = body.get(name)
        if value is not None:
            request[name] = value
    return request


def _body(response: Any) -> dict[str, Any]:
    if response.method == "GET" or not response.body:
        return {}
    try:
        body = parse(response.body)
    except ValueError as problem:
        raise error("SerializationException", f"Could not parse request body into json: {problem}") from None
    if not isinstance(body, dict):
        raise error("SerializationException", "Start of list found where not expected")
    return body


def _converted(member: Any, text: str) -> Any:
    """A value of path or query, as the model's type; as text where it is none, for the check to refuse."""
    if member.type_name in ("integer", "long"):
        try:
            return int(text)
        except ValueError:
            return text
    return {"true": True, "false": False}.get(text, text) if member.type_name == "boolean" else text


def _name(response: Any, operation: Any, request: dict[str, Any]) -> None:
    """Put the name of the function into the form that moto understands."""
    shape = operation.input_shape
    if shape is None or "FunctionName" not in request:
        return
    member = shape.members["FunctionName"]
    if operation.name in ("CreateEventSourceMapping", "UpdateEventSourceMapping", "ListEventSourceMappings"):
        return  # there it is a value like others
    reference = names.parse(
        request["FunctionName"],
        request.get("Qualifier"),
        account=response.current_account,
        region=response.region,
    )
    takes_qualifier = "Qualifier" in shape.members
    if reference.qualifier and not takes_qualifier:
        raise error(
            "InvalidParameterValueException",
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN.",
        )
    if member.serialization.get("location") == "uri":
        sent = response.uri_match["FunctionName"]
        for form in (quote(str(sent), safe=""), quote(str(sent), safe=":"), quote(str(sent), safe=":$"), str(sent)):
            if f"/{form}" in response.path:
                response.path = response.path.replace(f"/{form}", f"/{reference.name}", 1)
                break
        response.function_name = reference.name
        if reference.qualifier:
            response.querystring["Qualifier"] = [reference.qualifier]
    elif reference.name != request["FunctionName"]:
        response.body = json.dumps({**json.loads(response.body), "FunctionName": reference.name})
