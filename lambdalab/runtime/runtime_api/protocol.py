"""The Lambda Runtime API as a state machine, without I/O.

Theory of operation. A runtime is a client in a loop: it asks for the next invocation, runs the handler, posts the
result, and asks again. Lambda is the server, and the runtime's request for the next invocation is how Lambda knows
that the runtime is ready, so one request is left unanswered ("parked") for as long as there is nothing to do:

    STARTING ──next──▶ READY ──dispatch()──▶ RUNNING ──response/error──▶ ANSWERED ──next──▶ READY …
        └──init/error──▶ FAILED

With SnapStart, Init ends otherwise: the runtime asks for the next restore. That request is parked as well, until the
environment, or one made from its snapshot, is restored (`restore()`). Without SnapStart there is no such path.

    STARTING ──restore/next──▶ RESTORE_READY ──restore()──▶ RESTORING ──next──▶ READY …
                                                                └──restore/error──▶ FAILED

`RuntimeApi.receive()` takes a request and returns the reply to send, or None for a request that is parked. Nothing
here knows of sockets, processes or clocks; whoever owns those calls `dispatch()` when it has an invocation and looks
at `state` after each `receive()`.

An answer may also come in pieces while the handler runs (response streaming). Its request is not received whole but
opened: `open()` when its head is there, then `Upload.add()` for each piece, and `Upload.end()` with the trailers. The
pieces go to the `Pieces` that came with the invocation, at once; without any, they are kept until the answer is whole.

What is out of turn is refused as AWS refuses it: 403 InvalidStateTransition, 400 InvalidRequestID,
413 RequestEntityTooLarge, 404 for an unknown path.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and the OpenAPI document linked there.
"""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Callable

API_VERSION = "2018-06-01"

RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response: 6 MB and what JSON needs around it."""
STREAM_LIMIT = 200 << 20
"""Bytes of a streamed response: 200 MB.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


class State(enum.Enum):
    """Where the runtime is in its loop. The value is how a refusal names the state."""

    STARTING = "Started"
    READY = "Ready"
    RUNNING = "Running"
    ANSWERED = "InvocationResponse"
    FAILED = "InitError"
    RESTORE_READY = "RestoreReady"
    RESTORING = "Restoring"


@dataclass(frozen=True)
class Request:
    """One HTTP request of the runtime. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Opening:
    """The head of a request whose body comes in pieces: `Piece`s follow, then a `Closing`."""

    request: Request


@dataclass(frozen=True)
class Piece:
    """Some of the body of an opened request."""

    data: bytes


@dataclass(frozen=True)
class Closing:
    """The end of an opened request. Its headers have the trailers among them."""

    request: Request


class Pieces(Protocol):
    """Where a streamed answer goes, while the function runs. Called in the thread that invokes; never raises."""

    def open(self, content_type: str) -> None:
        """The runtime began to answer."""

    def add(self, data: bytes) -> None:
        """It wrote something."""


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
    """What the runtime posted for an invocation, or for Init. Of what went out in pieces, only an error is left."""

    body: bytes
    error: bool
    error_type: str | None = None
    content_type: str = ""
    """Of a streamed answer, which may be anything; one that is not streamed is JSON, and has none."""


_ACCEPTED = Reply(202, b'{"status":"OK"}', (("Content-Type", "application/json"),))
_RESTORE = Reply(200, b"", (("Content-Type", "application/json"),))


class RuntimeApi:
    """The server's side of the conversation with one runtime."""

    def __init__(self) -> None:
        self.state = State.STARTING
        self.snap_start = False
        """Whether the runtime may wait for a restore."""
        self.answer: Answer | None = None
        """The runtime's last word: set in ANSWERED and FAILED."""
        self._invocation: Invocation | None = None
        self._pieces: Pieces | None = None
        self._opened = False

    def dispatch(self, invocation: Invocation, pieces: Pieces | None = None) -> Reply:
        """Hand an invocation to a runtime that is READY; the reply goes to its parked request.

        A streamed answer goes to `pieces`, if there are any: while it comes, and not into `answer`.
        """
        if self.state is not State.READY:
            raise RuntimeError(f"the runtime is not ready for an invocation: it is {self.state.name}")
        self.state, self.answer, self._invocation = State.RUNNING, None, invocation
        self._pieces, self._opened = pieces, False
        return invocation.reply()

    def receive(self, request: Request) -> Reply | None:
        """Take one request; None means that it is parked until `dispatch()`."""
        match (request.method, *_parts(request)):
            case ("GET", version, "runtime", "invocation", "next") if version == API_VERSION:
                return self._next()
            case ("POST", version, "runtime", "init", "error") if version == API_VERSION:
                return self._init_error(request)
            case ("GET", version, "runtime", "restore", "next") if version == API_VERSION and self.snap_start:
                return self._restore_next()
            case ("POST", version, "runtime", "restore", "error") if version == API_VERSION and self.snap_start:
                return self._restore_error(request)
            case ("POST", version, "runtime", "invocation", request_id, "response" | "error" as kind) if (
                version == API_VERSION
            ):
                return self._result(request_id, kind, request)
        return _no_such_path(request)

    def open(self, request: Request) -> Upload:
        """The head of a streamed answer is here. A refusal waits for the answer's end, where the runtime reads it."""
        match (request.method, *_parts(request)):
            case ("POST", version, "runtime", "invocation", request_id, "response") if version == API_VERSION:
                refused = self._refuse(request_id, "InvocationResponse")
                self._opened |= refused is None
            case _:
                refused = _no_such_path(request)
        return Upload(request, refused, None if refused else self._pieces, self._take)

    def restore(self) -> Reply:
        """The environment is being restored: the reply goes to the parked request of its runtime."""
        if self.state is not State.RESTORE_READY:
            raise RuntimeError(f"the runtime does not wait for a restore: it is {self.state.name}")
        self.state = State.RESTORING
        return _RESTORE

    def _restore_next(self) -> Reply | None:
        if self.state is State.RESTORING:  # a runtime that came out of a snapshot, and asks again
            return _RESTORE
        if self.state is not State.STARTING:
            return self._out_of_turn("RestoreReady")
        self.state = State.RESTORE_READY
        return None

    def _restore_error(self, request: Request) -> Reply:
        if self.state is not State.RESTORING:
            return self._out_of_turn("RestoreError")
        self.state = State.FAILED
        self.answer = Answer(request.body, error=True, error_type=_error_type(request))
        return _ACCEPTED

    def _next(self) -> Reply | None:
        # A runtime may ask again: its client lost patience, or the connection. AWS's emulator does the same.
        if self.state is State.RUNNING and not self._opened and self._invocation is not None:
            return self._invocation.reply()
        if self.state not in (State.STARTING, State.RESTORING, State.READY, State.ANSWERED):
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
        if kind == "response" and is_streamed(request):
            upload = self.open(request)
            upload.add(request.body)
            return upload.end(request)
        if refused := self._refuse(
            request_id, "InvocationResponse" if kind == "response" else "InvocationErrorResponse"
        ):
            return refused
        if len(request.body) > RESPONSE_LIMIT:
            self._take(_too_large(RESPONSE_LIMIT))
            return _refuse_size(RESPONSE_LIMIT)
        error = kind == "error"
        self._take(Answer(request.body, error=error, error_type=_error_type(request) if error else None))
        return _ACCEPTED

    def _refuse(self, request_id: str, wanted: str) -> Reply | None:
        """Why an answer is not taken, if it is not."""
        if self.state is not State.RUNNING or self._opened:
            return self._out_of_turn(wanted)
        if self._invocation is None or request_id != self._invocation.request_id:
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        return None

    def _take(self, answer: Answer) -> None:
        self.state, self.answer = State.ANSWERED, answer

    def _out_of_turn(self, wanted: str) -> Reply:
        return refusal(
            403,
            "InvalidStateTransition",
            f"Transition from {self.state.value} to {wanted} is not allowed",
        )


class Upload:
    """One streamed answer on its way."""

    def __init__(
        self, head: Request, refused: Reply | None, pieces: Pieces | None, take: Callable[[Answer], None]
    ) -> None:
        """`refused` is why it is not taken; `pieces` get it, or it is kept; `take` is told what came of it."""
        self._refused, self._pieces, self._take = refused, pieces, take
        self._content_type = head.headers.get("content-type", "")
        self._limit = STREAM_LIMIT if pieces else RESPONSE_LIMIT
        self._kept: list[bytes] = []
        self._size = 0
        if pieces:
            pieces.open(self._content_type)

    def add(self, data: bytes) -> None:
        """A piece of it. With one too many the answer is over; the runtime reads why when it has written the rest."""
        if self._refused:
            return
        room = self._limit - self._size
        self._size += len(data)
        if self._pieces:
            self._pieces.add(data[:room])
        else:
            self._kept.append(data)
        if self._size > self._limit:
            self._refused = _refuse_size(self._limit)
            self._take(_too_large(self._limit))

    def end(self, request: Request) -> Reply:
        """It is whole. An error in the middle is told in trailers, which are among the headers of `request`."""
        if self._refused:
            return self._refused
        if named := request.headers.get("lambda-runtime-function-error-type"):
            self._take(Answer(_streamed_error(request), error=True, error_type=named))
        else:
            self._take(Answer(b"".join(self._kept), error=False, content_type=self._content_type))
        return _ACCEPTED

    def tear(self) -> None:
        """The runtime hung up in the middle of it, and lives.

        The type is the one in AWS's runtime interface emulator; its message is not documented.
        """
        if not self._refused:
            message, error_type = "The runtime closed its response stream before the end.", "Runtime.TruncatedResponse"
            body = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
            self._refused = refusal(400, error_type, message)
            self._take(Answer(body, error=True, error_type=error_type))


def is_streamed(request: Request) -> bool:
    """Whether a request, of which the head is enough, brings an answer in pieces."""
    mode = request.headers.get("lambda-runtime-function-response-mode", "")
    return mode.lower() == "streaming" and request.path.endswith("/response")


def refusal(status: int, kind: str, message: str) -> Reply:
    """The answer to a request that Lambda does not take."""
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return Reply(status, body, (("Content-Type", "application/json"),))


def _parts(request: Request) -> list[str]:
    return request.path.split("?", 1)[0].strip("/").split("/")


def _no_such_path(request: Request) -> Reply:
    return refusal(404, "ResourceNotFound", f"No such Runtime API path: {request.method} {request.path}")


def _size_exceeded(limit: int) -> str:
    return f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."


def _refuse_size(limit: int) -> Reply:
    return refusal(413, "RequestEntityTooLarge", _size_exceeded(limit))


def _too_large(limit: int) -> Answer:
    """What the caller gets in place of an answer that is too large."""
    error_type = "Function.ResponseSizeTooLarge"
    body = json.dumps({"errorMessage": _size_exceeded(limit), "errorType": error_type}).encode()
    return Answer(body, error=True, error_type=error_type)


def _streamed_error(request: Request) -> bytes:
    """The error document of an answer that failed while it was streamed: it comes in a trailer, in base64.

    Who waits for the whole answer gets the error, and not what was streamed before it. Whether AWS sends the part
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
        document = parse(request.body)
    except ValueError:
        return None
    kind = document.get("errorType") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None
