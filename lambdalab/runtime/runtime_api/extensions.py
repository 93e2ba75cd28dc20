"""The Lambda Extensions API as a state machine, without I/O.

Theory of operation. An extension is a companion of the runtime in the same execution environment. External ones are
programs in /opt/extensions, processes of their own, started before the runtime; internal ones live in the runtime's
process. Each is a client in a loop, beside the runtime's own (see `protocol.py`): it registers under its name for the
events that it wants, asks for the next event, does its work, and asks again. Its request for the next event is how
Lambda knows that it is ready, so the request is left unanswered ("parked") until there is an event:

    STARTED ──register──▶ REGISTERED ──next──▶ READY ──INVOKE or SHUTDOWN──▶ RUNNING ──next──▶ READY …
                              └──init/error──▶ INIT_ERROR         exit/error ──▶ EXIT_ERROR

Init is over when the runtime and all extensions have asked for something to do; an invocation, when they have asked
again. Nothing here knows of sockets, processes or clocks.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; where that is silent (the text of
refusals, the names of states in the log), AWS's own aws-lambda-runtime-interface-emulator. The reasons of a shutdown
are lower case, as they arrive on AWS; the documentation names them in capitals.
"""

from __future__ import annotations

import enum
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.runtime.json_text import parse

from .protocol import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .protocol import Invocation, Request

API_VERSION = "2020-01-01"
EXTENSION_LIMIT = 10
"""Extensions of one function, external and internal together."""

INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
_JSON = ("Content-Type", "application/json")
_STUBS = {"2022-07-01/telemetry": "Telemetry", "2020-08-15/logs": "Logs"}


class ExtensionState(enum.Enum):
    """Where an extension is in its loop. The value is how the log and refusals name the state."""

    STARTED = "Started"
    REGISTERED = "Registered"
    READY = "Ready"
    RUNNING = "Running"
    INIT_ERROR = "InitError"
    EXIT_ERROR = "ExitError"
    LAUNCH_ERROR = "LaunchError"


@dataclass(eq=False)
class Extension:
    """One extension, as Lambda knows it."""

    name: str
    external: bool
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: ExtensionState = ExtensionState.STARTED
    events: tuple[str, ...] = ()
    error_type: str | None = None
    """What it said of its own failure."""
    waiting: Reply | None = None
    """An event that came while it was busy: the answer to its next request."""

    @property
    def log_line(self) -> str:
        """What Lambda logs of it at the end of Init."""
        error = f"\tError Type: {self.error_type}" if self.error_type else ""
        return f"EXTENSION\tName: {self.name}\tState: {self.state.value}\tEvents: [{', '.join(self.events)}]{error}"


class ExtensionsApi:
    """The server's side of the conversation with all extensions of one execution environment."""

    def __init__(self, *, function_name: str, function_version: str, handler: str, external: Iterable[str]) -> None:
        """`external`: the names of the programs that are about to be started."""
        self._metadata = {"functionName": function_name, "functionVersion": function_version, "handler": handler}
        self.extensions = [Extension(name, external=True) for name in external]
        self.open_for_registration = True
        """Until the runtime has asked for its first invocation."""

    @property
    def all_registered(self) -> bool:
        """Whether the runtime may be started."""
        return all(extension.state is not ExtensionState.STARTED for extension in self.extensions)

    @property
    def all_ready(self) -> bool:
        """Whether all extensions have asked for their next event."""
        return all(extension.state is ExtensionState.READY for extension in self.extensions)

    def receive(self, request: Request) -> Reply | Extension:
        """Take one request. The extension comes back when its request is parked until there is an event."""
        path = request.path.split("?", 1)[0].strip("/")
        match (request.method, path.removeprefix(f"{API_VERSION}/extension/")):
            case ("POST", "register"):
                return self._register(request)
            case ("GET", "event/next"):
                return self._with_extension(request, self._next)
            case ("POST", "init/error"):
                return self._with_extension(request, self._init_error)
            case ("POST", "exit/error"):
                return self._with_extension(request, self._exit_error)
        if request.method == "PUT" and path in _STUBS:
            # As the emulator answers: extensions that only subscribe go on without.
            kind = _STUBS[path]
            return refusal(202, f"{kind}.NotSupported", f"{kind} API is not supported")
        return refusal(404, "ResourceNotFound", f"No such Extensions API path: {request.method} {request.path}")

    def invoke(self, invocation: Invocation) -> list[tuple[Extension, Reply]]:
        """An invocation begins: what to answer the parked requests of those who want to know."""
        return self._deliver(
            {
                "eventType": INVOKE,
                "deadlineMs": invocation.deadline_ms,
                "requestId": invocation.request_id,
                "invokedFunctionArn": invocation.function_arn,
                "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
            }
        )

    def shut_down(self, reason: str, deadline_ms: int) -> list[tuple[Extension, Reply]]:
        """The environment ends ("spindown", "timeout" or "failure"), at the deadline at the latest."""
        return self._deliver({"eventType": SHUTDOWN, "deadlineMs": deadline_ms, "shutdownReason": reason})

    def _deliver(self, event: dict[str, object]) -> list[tuple[Extension, Reply]]:
        headers = (_JSON, ("Lambda-Extension-Event-Identifier", str(uuid.uuid4())))
        reply, now = Reply(200, json.dumps(event).encode(), headers), []
        for extension in self.extensions:
            if event["eventType"] not in extension.events:
                continue
            if extension.state is ExtensionState.READY:
                extension.state = ExtensionState.RUNNING
                now.append((extension, reply))
            else:
                extension.waiting = reply
        return now

    # Requests -------------------------------------------------------------------------------------------------

    def _register(self, request: Request) -> Reply:
        name = request.headers.get("lambda-extension-name", "")
        if not name:
            return refusal(403, "Extension.InvalidExtensionName", "Empty extension name")
        try:
            events = parse(request.body).get("events") or []
            if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
                raise ValueError("events must be a list of strings")
        except (ValueError, AttributeError) as error:
            return refusal(403, "InvalidRequestFormat", str(error))
        extension = next((extension for extension in self.extensions if extension.name == name), None)
        external = extension is not None and extension.external
        for event in events:
            if event == SHUTDOWN and not external:
                message = f"{event}: ShutdownEventNotSupportedForInternalExtension"
                return refusal(403, "Extension.InvalidEventType", message)
            if event not in (INVOKE, SHUTDOWN):
                return refusal(403, "Extension.InvalidEventType", f"{event}: ErrorInvalidEventType")
        if not external and not self.open_for_registration:
            return refusal(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if extension is None:
            if len(self.extensions) >= EXTENSION_LIMIT:
                return refusal(403, "Extension.TooManyExtensions", f"Extension limit ({EXTENSION_LIMIT}) reached")
            extension = Extension(name, external=False)
            self.extensions.append(extension)
        elif not external:
            return refusal(403, "Extension.InvalidExtensionState", "Extension with this name already registered")
        elif extension.state is not ExtensionState.STARTED:
            return _out_of_turn(extension, ExtensionState.REGISTERED)
        extension.state, extension.events = ExtensionState.REGISTERED, tuple(dict.fromkeys(events))
        headers = (_JSON, ("Lambda-Extension-Identifier", extension.identifier))
        return Reply(200, json.dumps(self._metadata).encode(), headers)

    def _next(self, extension: Extension, request: Request) -> Reply | Extension:
        if extension.state not in (ExtensionState.REGISTERED, ExtensionState.RUNNING):
            return _out_of_turn(extension, ExtensionState.READY)
        if extension.waiting is not None:
            reply, extension.waiting = extension.waiting, None
            extension.state = ExtensionState.RUNNING
            return reply
        extension.state = ExtensionState.READY
        return extension

    def _init_error(self, extension: Extension, request: Request) -> Reply:
        if extension.state is not ExtensionState.REGISTERED:
            return _out_of_turn(extension, ExtensionState.INIT_ERROR)
        return _failed(extension, ExtensionState.INIT_ERROR, request)

    def _exit_error(self, extension: Extension, request: Request) -> Reply:
        if extension.state in (ExtensionState.STARTED, ExtensionState.INIT_ERROR, ExtensionState.EXIT_ERROR):
            return _out_of_turn(extension, ExtensionState.EXIT_ERROR)
        return _failed(extension, ExtensionState.EXIT_ERROR, request)

    def _with_extension(
        self, request: Request, handle: Callable[[Extension, Request], Reply | Extension]
    ) -> Reply | Extension:
        """Find who asks."""
        identifier = request.headers.get("lambda-extension-identifier", "")
        if not identifier:
            return refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
        try:
            identifier = str(uuid.UUID(identifier))
        except ValueError:
            return refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
        for extension in self.extensions:
            if extension.identifier == identifier:
                return handle(extension, request)
        return refusal(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")


def is_for_extensions(request: Request) -> bool:
    """Whether a request is for this API, not for the Runtime API at the same port."""
    path = request.path.strip("/")
    return path.startswith(f"{API_VERSION}/extension/") or path in _STUBS


def _failed(extension: Extension, state: ExtensionState, request: Request) -> Reply:
    header = "Lambda-Extension-Function-Error-Type"
    error_type = request.headers.get(header.lower())
    if not error_type:
        return refusal(403, "Extension.MissingHeader", f"{header} not found")
    extension.state, extension.error_type = state, error_type
    return Reply(202, b'{"status":"OK"}', (_JSON,))


def _out_of_turn(extension: Extension, wanted: ExtensionState) -> Reply:
    return refusal(
        403,
        "Extension.InvalidExtensionState",
        f"State transition from {extension.state.value} to {wanted.value} failed for extension {extension.identifier}. "
        "Error: State transition is not allowed",
    )
