"""Lambda's operations that moto answers otherwise than AWS.

The seams at the end of this module say which and why. Errors carry AWS's codes and wording:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.runtime import BadPackage, DeploymentPackage

from .functions import engine_function
from .seams import Seam

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.runtime import Engine, Outcome

REQUEST_LIMIT = 6_291_456
"""Bytes of a synchronous request: 6 MB."""

_PARTIAL_ARN = re.compile(r"^(\d{12}:)?function:")
_PYTHON = re.compile(r"python3\.\d+$")


def seams(engine: Engine) -> tuple[Seam, ...]:
    """The changes that connect moto's Lambda to the engine."""
    return (
        Seam(
            "moto.awslambda.responses",
            "LambdaResponse",
            "invoke",
            ("self",),
            lambda original: _invoke(engine),
            "moto runs the code in Docker or not at all, ignores Qualifier, and checks neither payload nor type",
        ),
        Seam(
            "moto.awslambda.responses",
            "LambdaResponse",
            "setup_class",
            ("self", "request", "full_url", "headers", "use_raw_body"),
            _raw_event,
            "moto decodes every body as UTF-8 and fails; an event that is not UTF-8 must reach our check",
        ),
        Seam(
            "moto.awslambda.responses",
            "LambdaResponse",
            "_enrich_response",
            ("headers", "body"),
            _own_request_id,
            "moto gives each response a new request id; on AWS it is the one that the function and its log know",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaFunction",
            "invoke",
            ("self", "body", "request_headers", "response_headers"),
            lambda original: _invoke_from_service(engine),
            "every event source of moto ends here",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaFunction",
            "_set_function_code",
            ("self", "updated_spec"),
            _checked_code,
            "moto stores bytes that are no zip; AWS unpacks them and refuses",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaBackend",
            "delete_function",
            ("self", "function_name", "qualifier"),
            lambda original: _delete(engine, original),
            "a deleted function's execution environments end with it",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaFunction",
            "update_configuration",
            ("self", "config_updates"),
            _touch,
            "AWS moves LastModified on every update; the engine tells revisions apart by it",
        ),
    )


def _invoke(engine: Engine) -> Callable[[Any], Any]:
    """The Invoke operation."""

    def invoke(response: Any) -> tuple[int, dict[str, str], bytes | str]:
        name = _PARTIAL_ARN.sub("", unquote(response.path.rsplit("/", 2)[-2]))
        stored = response.backend.get_function(name, response._get_param("Qualifier"))
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        invocation_type = response.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = _checked_payload(body)
        if invocation_type == "DryRun":
            return 204, {"status": "204"}, ""
        if invocation_type != "RequestResponse":
            raise _error(
                "InvalidParameterValueException",
                f"This lab does not run InvocationType {invocation_type} yet, only RequestResponse and DryRun.",
            )
        context = response.headers.get("X-Amz-Client-Context")
        outcome = _run(engine, stored, payload, context)
        headers = {
            "status": "200",
            "content-type": "application/json",
            "x-amzn-requestid": outcome.request_id,
            "X-Amz-Executed-Version": str(stored.version),
        }
        if outcome.error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if response.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
        return 200, headers, outcome.payload

    return invoke


def _raw_event(original: Callable[..., None]) -> Callable[..., None]:
    def setup_class(
        response: Any, request: Any, full_url: str | None = None, headers: Any = None, use_raw_body: bool | None = None
    ) -> None:
        original(response, request, full_url, headers, use_raw_body or request.path.endswith("/invocations"))

    return setup_class


def _own_request_id(original: Callable[..., tuple[dict[str, str], Any]]) -> Any:
    def enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        own = headers.get("x-amzn-requestid")
        headers, body = original(headers, body)
        if own:
            headers["x-amzn-requestid"] = own
        return headers, body

    return staticmethod(enrich_response)


def _invoke_from_service(engine: Engine) -> Callable[..., bytes]:
    """An invocation by one of moto's services."""

    def invoke(stored: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        outcome = _run(engine, stored, payload, None)
        if outcome.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        return outcome.payload

    return invoke


def _run(engine: Engine, stored: Any, payload: bytes, client_context: str | None) -> Outcome:
    if not _PYTHON.match(stored.run_time or ""):
        raise _error(
            "InvalidRuntimeException",
            f"This lab runs functions of Python runtimes only; {stored.function_name} asks for {stored.run_time}.",
            status=502,
        )
    return engine.invoke(engine_function(stored), payload, client_context=_client_context(client_context))


def _client_context(encoded: str | None) -> str | None:
    """What X-Amz-Client-Context holds: base64 of JSON. On one line and in ASCII, because it travels in a header."""
    if not encoded:
        return None
    try:
        return json.dumps(json.loads(base64.b64decode(encoded, validate=True)))
    except ValueError as problem:
        raise _error(
            "InvalidRequestContentException", f"Client context must be a valid Base64-encoded JSON object: {problem}"
        ) from None


def _checked_payload(body: bytes) -> bytes:
    """The event, which must be JSON. An empty body is an empty event."""
    if len(body) > REQUEST_LIMIT:
        raise _error(
            "RequestTooLargeException",
            f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation",
            status=413,
        )
    if not body:
        return b"{}"
    try:
        json.loads(body.decode(), parse_constant=_refuse_constant)
    except ValueError as problem:
        raise _error("InvalidRequestContentException", _as_jackson(body, problem)) from None
    return body


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python would take."""
    raise ValueError(f"Non-standard token '{name}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow")


def _as_jackson(body: bytes, problem: ValueError) -> str:
    """Word a JSON error as Lambda's parser does.

    AWS parses with Jackson; the two commonest complaints are worded here as seen in reports of them, the rest
    carries Python's words.
    """
    text = body.decode("utf-8", "replace")
    position = problem.pos if isinstance(problem, json.JSONDecodeError) else 0
    token = re.match(r"[\w$]+", text[position:])
    if not isinstance(problem, json.JSONDecodeError):
        what = f"Invalid UTF-8: {problem.reason}" if isinstance(problem, UnicodeDecodeError) else str(problem)
    elif token:
        what = (
            f"Unrecognized token '{token[0]}': was expecting "
            "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        )
        position += len(token[0])
    elif position >= len(text.rstrip()):
        what = "Unexpected end-of-input"
    else:
        character = text[position]
        what = f"Unexpected character ('{character}' (code {ord(character)})): {problem.msg}"
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    shown = text if len(text) <= 500 else text[:500] + f'"[truncated {len(body) - 500} bytes]'
    return (
        "Could not parse request body into json: Could not parse payload into json: "
        f'{what}\n at [Source: (byte[])"{shown}"; line: {line}, column: {column}]'
    )


def _checked_code(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Refuse what AWS refuses to unpack; the function stays as it was."""

    def set_function_code(stored: Any, updated_spec: dict[str, Any]) -> None:
        before = {**vars(stored), "code": dict(stored.code)}
        original(stored, updated_spec)
        if "ImageUri" in stored.code:
            return
        try:
            DeploymentPackage(stored.code_bytes).check()
        except BadPackage as problem:
            vars(stored).clear()
            vars(stored).update(before)
            raise _error("InvalidParameterValueException", str(problem)) from None

    return set_function_code


def _delete(engine: Engine, original: Callable[..., None]) -> Callable[..., None]:
    def delete_function(backend: Any, function_name: str, qualifier: str | None = None) -> None:
        stored = backend.get_function(function_name, qualifier)
        original(backend, function_name, qualifier)
        engine.forget(stored.function_arn)

    return delete_function


def _touch(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        from moto.core.utils import iso_8601_datetime_with_nanoseconds

        stored.last_modified = iso_8601_datetime_with_nanoseconds()
        return original(stored, config_updates)

    return update_configuration


def _error(code: str, message: str, status: int = 400) -> Exception:
    """An error that moto serialises as Lambda's protocol wants it."""
    from moto.core.exceptions import JsonRESTError

    error: Exception = JsonRESTError(code, message)
    error.code = status  # type: ignore[attr-defined]
    return error
