"""What an execution environment promises, whatever it is made of.

An environment belongs to one function version and does one thing at a time:

    Init ─▶ (freeze ─▶ thaw ─▶ Invoke)* ─▶ Shutdown

With SnapStart, Init runs once, when a version is published, and ends in a snapshot; environments begin with Restore:

    Init ─▶ snapshot ─▶ Restore ─▶ (freeze ─▶ thaw ─▶ Invoke)* ─▶ Shutdown

This base class holds what Lambda does around the code: the order of phases, the second try of a failed Init, the log
lines, the error documents, the numbers of REPORT, the events. What it is made of (a process, or this interpreter)
is left to a subclass, in methods that start with an underscore and a word from AWS's documentation.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import abc
import enum
import json
import math
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .events import (
    EnvironmentStarted,
    EnvironmentStopped,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    LogLine,
    RestoreEnded,
    SnapshotTaken,
)
from .function import Outcome
from .logs import report
from .logs.system_log import JsonLog, Numbers, Status, SystemLog, TextLog
from .runtime_api.protocol import Answer, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Event
    from .function import Function, ResponseStream
    from .logs.log_level import Level

LINE_LIMIT = 256 << 10
"""How much of a line that does not end is kept before it becomes a log event: the size that AWS gives one."""
INIT_LIMIT_S = 10.0
"""How long Init may take before Lambda starts it again inside the first invocation."""
INIT_AHEAD_LIMIT_S = 130.0
"""How long Init may take when no invocation waits for it, or as long as the function's timeout if that is more."""
INIT_AHEAD_MOST_S = 900.0
"""The most that the timeout adds to that. Timeouts themselves grew to 1,800 s; for Init, AWS names no new limit."""
RESTORE_LIMIT_S = 10.0
"""How long Restore may take, with the hooks that run after it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
"""
SNAP_START = "snap-start"
"""The initialization type of environments that are made for a snapshot or from one."""


class Ending(enum.Enum):
    """How a phase ended when the runtime did not answer."""

    TIMEOUT = enum.auto()
    OUT_OF_MEMORY = enum.auto()


@dataclass(frozen=True)
class Exit:
    """The runtime process ended. `status` as in `subprocess.Popen.returncode`: negative for a signal."""

    status: int


@dataclass(frozen=True)
class ExtensionExit:
    """An extension's process ended before its time; `error_type` is "Extension.Crash", or what it had announced."""

    status: int
    error_type: str


@dataclass(frozen=True)
class NotStarted:
    """The system did not start the program of the runtime, or of an extension. `reason` as AWS words it."""

    reason: str
    error_type: str = "Runtime.InvalidEntrypoint"


Failure = Ending | Exit | ExtensionExit | NotStarted
"""How a phase ends without the runtime's answer."""

InitResult = Answer | Failure | None
"""None: the runtime is ready for its first invocation."""

InvokeResult = Answer | Failure


class RestoreFailed(Exception):
    """No environment came out of the snapshot. `error_type` is the runtime's, or Lambda's own for it."""

    def __init__(self, error_type: str, *, timed_out: bool) -> None:
        super().__init__(f"the Restore phase failed: {error_type}")
        self.error_type, self.timed_out = error_type, timed_out


class Environment(abc.ABC):
    """One execution environment. Not thread-safe: the pool hands it to one caller at a time."""

    def __init__(self, function: Function, publish: Callable[[Event], None]) -> None:
        self.function = function
        self.id = uuid.uuid4().hex
        self.log_stream = report.log_stream(function.version, self.id, time.time())
        self.alive = True
        self.initialization_type = "on-demand"
        """AWS_LAMBDA_INITIALIZATION_TYPE. Set before `start()`."""
        self.snapshot: Environment | None = None
        """What to restore instead of running Init: an environment that ended in a snapshot. Set before `start()`."""
        self.last_used = time.time()
        self._publish = publish
        self._log: list[str] = []
        self._system: SystemLog = JsonLog(self) if function.logging.json else TextLog(self)
        self._init_ms: float | None = None
        self._init_result: InitResult = None
        self._restored: tuple[float, int] | None = None
        """What Restore took and what of it is billed, in milliseconds, until an invocation has reported it."""
        self._extensions_ms = 0.0
        """How long extensions worked on after the runtime was done with this invocation: it counts, and is billed."""
        self._stopped = False

    # What a subclass is made of -------------------------------------------------------------------------------

    @abc.abstractmethod
    def _init(self, limit_s: float) -> InitResult:
        """Start the runtime and wait until it asks for an invocation; at most `limit_s` seconds."""

    @abc.abstractmethod
    def _invoke(self, invocation: Invocation, limit_s: float, stream: ResponseStream | None) -> InvokeResult:
        """Hand the invocation to the runtime and wait for its answer; at most `limit_s` seconds.

        An answer that comes in pieces goes to `stream` if there is one.
        """

    @abc.abstractmethod
    def _restore(self, snapshot: Environment, limit_s: float) -> tuple[InitResult, float]:
        """Come out of a snapshot and run the hooks; at most `limit_s` seconds. Second: the seconds that are billed."""

    @abc.abstractmethod
    def _settle(self) -> bool:
        """After an answer: wait until the runtime asks for the next invocation, then freeze it. False: it is gone."""

    @abc.abstractmethod
    def _shutdown(self) -> None:
        """End whatever runs and remove what it left. Called once, in any state."""

    @abc.abstractmethod
    def _peak_memory_mb(self) -> int:
        """The most memory that the runtime has held so far."""

    @property
    @abc.abstractmethod
    def _interpreter(self) -> str:
        """What really runs the code, for people: "CPython 3.13.1"."""

    # What Lambda does around it -------------------------------------------------------------------------------

    def start(self) -> None:
        """The Init phase. A failure is not reported here but by the first invocation, as on AWS.

        With a snapshot, the Restore phase. Its failure is reported here: it raises RestoreFailed.
        """
        if self.snapshot is not None:
            self._restore_phase(self.snapshot)
            return
        self._publish(EnvironmentStarted(time.time(), self.function, self.id, self.log_stream))
        self._tell(self._system.init_start(self._interpreter), tail=self._system.start_in_tail)
        began = time.perf_counter()
        self._init_result = self._init(self.init_limit_s)
        self._init_ms = (time.perf_counter() - began) * 1e3
        self._tell(self._system.init_ended("init", self._init_ms, _status(self._init_result)))
        self._publish(
            InitEnded(time.time(), self.function, self.id, self._init_ms, _error_type(self._init_result)),
        )
        if self._init_result is None and self.initialization_type == SNAP_START:
            self._publish(SnapshotTaken(time.time(), self.function, self.id))

    def _restore_phase(self, snapshot: Environment) -> None:
        self._publish(EnvironmentStarted(time.time(), self.function, self.id, self.log_stream, restored=True))
        self._tell(self._system.restore_start(self._interpreter), tail=self._system.start_in_tail)
        began = time.perf_counter()
        result, billed_s = self._restore(snapshot, RESTORE_LIMIT_S)
        duration_ms = (time.perf_counter() - began) * 1e3
        billed_ms = math.ceil(billed_s * 1e3)
        status = _status(result)
        self._tell(self._system.restore_ended(duration_ms, status), tail=self._system.start_in_tail)
        self._publish(RestoreEnded(time.time(), self.function, self.id, duration_ms, billed_ms, status.error_type))
        if result is not None:
            raise RestoreFailed(status.error_type or "Unhandled", timed_out=status.timed_out)
        self._restored = duration_ms, billed_ms

    def invoke(
        self,
        payload: bytes,
        request_id: str,
        client_context: str | None = None,
        invoked_arn: str | None = None,
        stream: ResponseStream | None = None,
        trace: str | None = None,
    ) -> Outcome:
        """The Invoke phase, from START to REPORT."""
        function = self.function
        init_ms, self._init_ms = self._init_ms, None
        restored, self._restored = self._restored, None
        cold = init_ms is not None and self.initialization_type == "on-demand"  # else nobody waited for it
        began = time.perf_counter()
        result: InvokeResult | None = None
        if self._init_result is not None:
            # Init failed: Lambda runs it again as part of the invocation ("suppressed init"), on the function's time.
            init_ms = None
            self._init_result = self._init(function.timeout_s)
            result = self._init_result
            self._tell(self._system.init_ended("invoke", (time.perf_counter() - began) * 1e3, _status(result)))

        self._tell(self._system.start(request_id))
        self._publish(InvocationStarted(time.time(), function, self.id, request_id, cold or restored is not None))
        if result is None:
            began_at = time.time()
            invocation = Invocation(
                request_id=request_id,
                payload=payload,
                deadline_ms=int((began_at + function.timeout_s) * 1000),
                function_arn=invoked_arn or function.arn,
                trace_id=trace or _new_trace(began_at),
                client_context=client_context,
            )
            result = self._invoke(invocation, function.timeout_s - (time.perf_counter() - began), stream)
        duration_ms = (time.perf_counter() - began) * 1e3
        if result is Ending.TIMEOUT:
            duration_ms = function.timeout_s * 1e3
        self.alive = isinstance(result, Answer) and self._init_result is None and self._settle()
        duration_ms += self._extensions_ms
        return self._conclude(result, request_id, duration_ms, init_ms, restored, waited_for_init=cold)

    @property
    def init_limit_s(self) -> float:
        """How long Init may take.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
        """
        if self.initialization_type == "on-demand":
            return INIT_LIMIT_S
        return max(INIT_AHEAD_LIMIT_S, min(self.function.timeout_s, INIT_AHEAD_MOST_S))

    @property
    def init_error(self) -> str | None:
        """What kind of error Init ended in, if it did."""
        return None if self._init_result is None else _error_type(self._init_result) or "Unhandled"

    def is_running(self) -> bool:
        """Whether what the environment is made of is still there."""
        return self.alive

    @abc.abstractmethod
    def interrupt(self) -> None:
        """Ask a running phase to end now, from another thread. What cannot be interrupted ignores it."""

    def stop(self, reason: str) -> None:
        """The Shutdown phase. Safe in any state; only the first call does something."""
        if self._stopped:
            return
        self._stopped, self.alive = True, False
        self._shutdown()
        self._publish(EnvironmentStopped(time.time(), self.function, self.id, reason))

    def _conclude(
        self,
        result: InvokeResult,
        request_id: str,
        duration_ms: float,
        init_ms: float | None,
        restored: tuple[float, int] | None,
        *,
        waited_for_init: bool,
    ) -> Outcome:
        """Write END and REPORT, publish the event, make the outcome.

        REPORT names the Init Duration at an environment's first invocation also when it was initialised ahead of
        time: AWS documents that nowhere, but logs that people show have it. It is billed only to who waited for it;
        for provisioned concurrency, AWS bills Init apart.
        """
        waited_ms = init_ms if waited_for_init else None
        function, status, error_type = self.function, _status(result), _error_type(result)
        payload = result.body if isinstance(result, Answer) else self._failure(result, request_id, status)
        self._tell(self._system.ended(request_id, duration_ms, len(payload) if status.by_runtime else 0, status))
        memory = min(self._peak_memory_mb(), function.memory_mb)
        billed_ms = report.billed(duration_ms, restored[1] if restored else waited_ms)
        restore_ms = restored[0] if restored else None
        numbers = Numbers(duration_ms, billed_ms, memory, init_ms, restored)
        self._tell(self._system.report(request_id, numbers, status))
        failed = not isinstance(result, Answer) or result.error
        log, self._log = "".join(line + "\n" for line in self._log), []
        self.last_used = time.time()
        self._publish(
            InvocationEnded(
                self.last_used,
                function,
                self.id,
                request_id,
                duration_ms,
                billed_ms,
                waited_ms,
                memory,
                (error_type or "Unhandled") if failed else None,
                restore_ms,
            )
        )
        return Outcome(
            request_id=request_id,
            payload=payload,
            error=failed,
            log=log,
            duration_ms=duration_ms,
            billed_ms=billed_ms,
            init_ms=waited_ms,
            max_memory_mb=memory,
            error_type=(error_type or "Unhandled") if failed else None,
            restore_ms=restore_ms,
            content_type=result.content_type if isinstance(result, Answer) else "",
        )

    def _failure(self, result: Failure, request_id: str, status: Status) -> bytes:
        """The error document when the runtime could not answer for itself."""
        timed_out = f"Task timed out after {self.function.timeout_s:.2f} seconds"
        message = timed_out if status.timed_out else _exit_message(result)
        self._tell(self._system.silent(request_id, message, status))
        document = {"errorType": status.error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
        return json.dumps(document).encode()

    def _tell(self, messages: list[str], *, tail: bool = True) -> None:
        """Lambda's own records; there may be none."""
        for message in messages:
            self._write(message, tail=tail)

    def _application(self, message: str, level: Level | None = None) -> None:
        """A record of the function, with the level that its runtime client gave it."""
        if self.function.logging.wants(message, level):
            self._write(message)

    def _write(self, message: str, *, tail: bool = True) -> None:
        """Add a record to the log; `tail=False` keeps it out of LogResult."""
        if tail:
            self._log.append(message)
        self._publish(LogLine(time.time(), self.function, self.id, self.log_stream, message))


def _new_trace(now: float) -> str:
    """A trace header, of a trace that begins here."""
    return f"Root=1-{int(now):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


def _status(result: InitResult | InvokeResult) -> Status:
    """How a phase ended, for the log."""
    if result is None or (isinstance(result, Answer) and not result.error):
        return Status()
    if result is Ending.TIMEOUT:
        return Status("timeout", _error_type(result), by_runtime=False)
    return Status("error", _error_type(result) or "Unhandled", by_runtime=isinstance(result, Answer))


def _error_type(result: InitResult | InvokeResult) -> str | None:
    match result:
        case Answer(error_type=kind):
            return kind
        case Ending.TIMEOUT:
            return "Sandbox.Timedout"
        case Ending.OUT_OF_MEMORY:
            return "Runtime.OutOfMemory"
        case Exit():
            return "Runtime.ExitError"
        case ExtensionExit(error_type=kind) | NotStarted(error_type=kind):
            return kind
    return None


def _exit_message(result: Failure) -> str:
    """How AWS words the end of a process, or that there never was one."""
    match result:
        case NotStarted():
            return result.reason
        case ExtensionExit(status=0):
            return "exit code 0"
        case ExtensionExit():
            return _how(result.status)
        case Exit(status=0):
            return "Runtime exited without providing a reason"
        case Exit():
            return f"Runtime exited with error: {_how(result.status)}"
    return "Runtime exited with error: signal: killed"


def _how(status: int) -> str:
    return f"exit status {status}" if status > 0 else f"signal: {_signal_name(-status)}"


def _signal_name(number: int) -> str:
    """The name Go's runtime gives a signal, which is what Lambda prints."""
    names = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}
    return names.get(number, f"signal {number}")
