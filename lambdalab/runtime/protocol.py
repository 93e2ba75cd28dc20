"""The Lambda Runtime API as a state machine, without I/O.

Theory of operation. A runtime is a client in a loop: it asks for the next invocation, runs the handler, posts the
result, and asks again. Lambda is the server, and the runtime's request for the next invocation is how Lambda knows
that the runtime is ready, so one request is left unanswered ("parked") for as long as there is nothing to do:

    STARTING ──next──▶ READY ──dispatch()──▶ RUNNING ──response/error──▶ ANSWERED ──next──▶ READY …
        └──init/error──▶ FAILED

`RuntimeApi.receive()` takes a request and returns the reply to send, or None for a request that is parked. Nothing
here knows of sockets, processes or clocks; whoever owns those calls `dispatch()` when it has an invocation and looks
at `state` after each `receive()`. What is out of turn is refused as AWS refuses it: 403 InvalidStateTransition,
400 InvalidRequestID, 413 RequestEntityTooLarge, 404 for an unknown path.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and the OpenAPI document linked there.
"""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass, field

API_VERSION = "2018-06-01"

RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response: 6 MB and what JSON needs around it."""


class State(enum.Enum):
    """Where the runtime is in its loop. The value is how a refusal names the state."""

    STARTING = "Started"
    READY = "Ready"
    RUNNING = "Running"
    ANSWERED = "InvocationResponse"
    FAILED = "InitError"


@dataclass(frozen=True)
class Request:
    """One HTTP request of the runtime. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """One HTTP response to the runtime."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Invocation:
    """What the runtime is asked to do."""

    request_id: str
    payload: bytes
    deadline_ms: int
    """When the function's time is up, in milliseconds since the epoch."""
    function_arn: str
    trace_id: str
    client_context: str | None = None

    def reply(self) -> Reply:
        """The answer to the parked request for the next invocation."""
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", self.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(self.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", self.function_arn),
            ("Lambda-Runtime-Trace-Id", self.trace_id),
        ]
        if self.client_context is not None:
            # JSON may be spread over lines, a header may not.
            headers.append(("Lambda-Runtime-Client-Context", " ".join(self.client_context.splitlines())))
        return Reply(200, self.payload, tuple(headers))


@dataclass(frozen=True)
class Answer:
    """What the runtime posted for an invocation, or for Init."""

    body: bytes
    error: bool
    error_type: str | None = None
    content_type: str = ""
    """Of a streamed answer, which may be anything; one that is not streamed is JSON, and has none."""


_ACCEPTED = Reply(202, b'{"status":"OK"}', (("Content-Type", "application/json"),))


class RuntimeApi:
    """The server's side of the conversation with one runtime."""

    def __init__(self) -> None:
        self.state = State.STARTING
        self.answer: Answer | None = None
        """The runtime's last word: set in ANSWERED and FAILED."""
        self._request_id: str | None = None

    def dispatch(self, invocation: Invocation) -> Reply:
        """Hand an invocation to a runtime that is READY; the reply goes to its parked request."""
        if self.state is not State.READY:
            raise RuntimeError(f"the runtime is not ready for an invocation: it is {self.state.name}")
        self.state, self.answer, self._request_id = State.RUNNING, None, invocation.request_id
        return invocation.reply()

    def receive(self, request: Request) -> Reply | None:
        """Take one request; None means that it is parked until `dispatch()`."""
        parts = request.path.split("?", 1)[0].strip("/").split("/")
        match (request.method, *parts):
            case ("GET", version, "runtime", "invocation", "next") if version == API_VERSION:
                return self._next()
            case ("POST", version, "runtime", "init", "error") if version == API_VERSION:
                return self._init_error(request)
            case ("POST", version, "runtime", "invocation", request_id, "response" | "error" as kind) if (
                version == API_VERSION
            ):
                return self._result(request_id, kind, request)
        return refusal(404, "ResourceNotFound", f"No such Runtime API path: {request.method} {request.path}")

    def _next(self) -> Reply | None:
        if self.state not in (State.STARTING, State.ANSWERED):
            return self._out_of_turn("Ready")
        self.state = State.READY
        return None

    def _init_error(self, request: Request) -> Reply:
        if self.state is not State.STARTING:
            return self._out_of_turn("InitError")
        self.state = State.FAILED
        self.answer = Answer(request.body, error=True, error_type=_error_type(request))
        return _ACCEPTED

    def _result(self, request_id: str, kind: str, request: Request) -> Reply:
        if self.state is not State.RUNNING:
            return self._out_of_turn("InvocationResponse" if kind == "response" else "InvocationErrorResponse")
        if request_id != self._request_id:
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        self.state = State.ANSWERED
        if len(request.body) > RESPONSE_LIMIT:
            error_type = "Function.ResponseSizeTooLarge"
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            body = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
            self.answer = Answer(body, error=True, error_type=error_type)
            return refusal(413, "RequestEntityTooLarge", message)
        if kind == "error":
            self.answer = Answer(request.body, error=True, error_type=_error_type(request))
        elif named := request.headers.get("lambda-runtime-function-error-type"):
            self.answer = Answer(_streamed_error(request), error=True, error_type=named)
        else:
            streamed = request.headers.get("lambda-runtime-function-response-mode") == "streaming"
            content_type = request.headers.get("content-type", "") if streamed else ""
            self.answer = Answer(request.body, error=False, content_type=content_type)
        return _ACCEPTED

    def _out_of_turn(self, wanted: str) -> Reply:
        return refusal(
            403,
            "InvalidStateTransition",
            f"Transition from {self.state.value} to {wanted} is not allowed",
        )


def refusal(status: int, kind: str, message: str) -> Reply:
    """The answer to a request that Lambda does not take."""
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return Reply(status, body, (("Content-Type", "application/json"),))


def _streamed_error(request: Request) -> bytes:
    """The error document of an answer that failed while it was streamed: it comes in a trailer, in base64.

    What was streamed before is dropped: who waits for the whole answer gets the error. Whether AWS sends the part
    that there was could not be learned from its documentation.
    """
    try:
        return base64.b64decode(request.headers.get("lambda-runtime-function-error-body", ""), validate=True)
    except ValueError:
        return request.body


def _error_type(request: Request) -> str | None:
    """The error's type: from its header if the runtime sent one, else from the document itself."""
    if header := request.headers.get("lambda-runtime-function-error-type"):
        return header
    try:
        document = json.loads(request.body)
    except ValueError:
        return None
    kind = document.get("errorType") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None
