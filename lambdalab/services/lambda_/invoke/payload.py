"""What a caller sends with Invoke, checked as Lambda checks it: the event and the client context.

Errors carry AWS's codes and wording: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

from __future__ import annotations

import base64
import json
import re

from lambdalab.runtime.json_text import parse
from lambdalab.services.lambda_.api.errors import error

REQUEST_LIMIT = 6_291_456
"""Bytes of a synchronous request: 6 MB."""
EVENT_LIMIT = 1_048_576
"""Bytes of an asynchronous request: 1 MB. Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


def client_context(encoded: str | None) -> str | None:
    """What X-Amz-Client-Context holds: base64 of JSON. On one line and in ASCII, because it travels in a header."""
    if not encoded:
        return None
    try:
        return json.dumps(parse(base64.b64decode(encoded, validate=True)))
    except ValueError as problem:
        raise error(
            "InvalidRequestContentException", f"Client context must be a valid Base64-encoded JSON object: {problem}"
        ) from None


def checked_payload(body: bytes, *, asynchronous: bool = False) -> bytes:
    """The event, which must be JSON. An empty body is an empty event."""
    if asynchronous and len(body) > EVENT_LIMIT:
        raise error(
            "RequestEntityTooLargeException",
            f"{len(body)} byte payload is too large for the Event invocation type (limit {EVENT_LIMIT} bytes)",
            status=413,
        )
    if len(body) > REQUEST_LIMIT:
        raise error(
            "RequestTooLargeException",
            f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation",
            status=413,
        )
    if not body:
        return b"{}"
    try:
        parse(body.decode(), parse_constant=_refuse_constant)
    except ValueError as problem:
        raise error("InvalidRequestContentException", _as_jackson(body, problem)) from None
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
