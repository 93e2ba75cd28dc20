"""A pure-Python stand-in for awslambdaric's compiled module of the same name.

awslambdaric talks to the Runtime API through a small C++ extension. Its wheels exist for Linux only, and a wheel serves
one version of Python; elsewhere this module takes its place on sys.path, with the same four functions. The rest of the
client, which finds the handler, calls it, and words the errors, is AWS's own either way.

It speaks HTTP over a plain socket: http.client would take longer to import than everything else of a cold start.
"""

from __future__ import annotations

import os
import socket

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
_READ = 1 << 16

_socket: socket.socket | None = None
_user_agent = ""


def initialize_client(user_agent: str) -> None:
    """Remember how to introduce ourselves; the connection is opened by the first request."""
    global _user_agent
    _user_agent = user_agent


def next() -> tuple[bytes, dict[str, str | int | None]]:
    """Wait for the next invocation: its payload and its headers."""
    status, sent, body = _call("GET", "next", b"", {})
    if status != 200:
        raise RuntimeError(f"Failed to get next: {status}")
    headers: dict[str, str | int | None] = {name: sent.get(name.lower()) for name in _HEADERS}
    headers["Lambda-Runtime-Deadline-Ms"] = int(sent.get("lambda-runtime-deadline-ms", "0"))
    return body, headers


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str = "application/json", invocation_id: str | None = None
) -> None:
    """Post what the handler returned."""
    status, _, _ = _call("POST", f"{invoke_id}/response", result, {"Content-Type": content_type})
    if status >= 400:
        raise RuntimeError(f"Failed to post invocation response: {status}")


def post_error(invoke_id: str, error: str, xray_cause: str, invocation_id: str | None = None) -> None:
    """Post the error document of a handler that raised."""
    headers = {"Content-Type": "application/json"}
    if xray_cause and xray_cause.isascii() and xray_cause.isprintable():
        headers["Lambda-Runtime-Function-XRay-Error-Cause"] = xray_cause
    status, _, _ = _call("POST", f"{invoke_id}/error", error.encode(), headers)
    if status >= 400:
        raise RuntimeError(f"Failed to post invocation error: {status}")


def _call(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """One request and its response: status, headers by their lower-case names, body."""
    global _socket
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    lines = [
        f"{method} {_PREFIX}{path} HTTP/1.1",
        f"Host: {address}",
        f"User-Agent: {_user_agent}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "\r\n",
    ]
    try:
        if _socket is None:
            host, _, port = address.rpartition(":")
            _socket = socket.create_connection((host, int(port)))
            _socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _socket.sendall("\r\n".join(lines).encode("latin-1") + body)
        return _response(_socket)
    except Exception:
        if _socket is not None:
            _socket.close()
        _socket = None
        raise


def _response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one response; the lab sends each with its length."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _received(connection)
    status, *lines = data[:end].decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = data[end + 4 :]
    while len(body) < int(headers.get("content-length", "0")):
        body += _received(connection)
    return int(status.split()[1]), headers, bytes(body)


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(_READ)
    if not data:
        raise ConnectionResetError("the Runtime API hung up")
    return data
