"""A pure-Python stand-in for awslambdaric's compiled module of the same name.

awslambdaric talks to the Runtime API through a small C++ extension. Its wheels exist for Linux only; elsewhere this
module takes its place on sys.path, with the same four functions. The rest of the client, which finds the handler,
calls it, and words the errors, is AWS's own either way.
"""

from __future__ import annotations

import http.client
import os

_PREFIX = "/2018-06-01/runtime/invocation/"
_HEADERS = (
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Deadline-Ms",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Invocation-Id",
    "Content-Type",
)

_connection: http.client.HTTPConnection | None = None
_user_agent = ""


def initialize_client(user_agent: str) -> None:
    """Remember how to introduce ourselves; the connection is opened by the first request."""
    global _user_agent
    _user_agent = user_agent


def next() -> tuple[bytes, dict[str, str | int | None]]:
    """Wait for the next invocation: its payload and its headers."""
    response, body = _call("GET", "next", None, {})
    if response.status != 200:
        raise RuntimeError(f"Failed to get next: {response.status}")
    headers: dict[str, str | int | None] = {name: response.getheader(name) for name in _HEADERS}
    headers["Lambda-Runtime-Deadline-Ms"] = int(response.getheader("Lambda-Runtime-Deadline-Ms", "0"))
    return body, headers


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str = "application/json", invocation_id: str | None = None
) -> None:
    """Post what the handler returned."""
    response, _ = _call("POST", f"{invoke_id}/response", result, {"Content-Type": content_type})
    if response.status >= 400:
        raise RuntimeError(f"Failed to post invocation response: {response.status}")


def post_error(invoke_id: str, error: str, xray_cause: str, invocation_id: str | None = None) -> None:
    """Post the error document of a handler that raised."""
    headers = {"Content-Type": "application/json"}
    if xray_cause:
        headers["Lambda-Runtime-Function-XRay-Error-Cause"] = xray_cause
    response, _ = _call("POST", f"{invoke_id}/error", error.encode(), headers)
    if response.status >= 400:
        raise RuntimeError(f"Failed to post invocation error: {response.status}")


def _call(
    method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[http.client.HTTPResponse, bytes]:
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        _connection.request(method, _PREFIX + path, body, {"User-Agent": _user_agent, **headers})
        response = _connection.getresponse()
        return response, response.read()
    except Exception:
        _connection.close()
        _connection = None
        raise
