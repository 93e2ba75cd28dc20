"""What Lambda itself writes to a function's log: lines of text, or, with LogFormat JSON, platform events.

    text                      JSON                                              level
    INIT_START                platform.initStart                                INFO
    INIT_REPORT (if it says   platform.initRuntimeDone, platform.initReport     DEBUG; with SnapStart or provisioned
      something)                                                                concurrency, the report INFO
    START                     platform.start                                    INFO
    END                       platform.runtimeDone                              DEBUG
    REPORT                    platform.report                                   INFO
    RESTORE_START             platform.restoreStart                             INFO
    RESTORE_REPORT            platform.restoreRuntimeDone, .restoreReport       DEBUG, INFO
    EXTENSION                 platform.extension                                INFO

An event whose status is not success has the level WARN. SystemLogLevel says which levels reach the log.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (levels),
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (events); the members of initStart, start
and report, and their order, are those in logs of real functions of 2024 and 2026.

Not the same, or not known:

- `runtimeVersion` names the interpreter that really runs, and there is no ARN for it, as in the text.
- `spans` are left out (how long the answer took to begin, and to come), and so is `tracing`, as without X-Ray.
- That a handler which raised makes the status "error" was not seen in a real log; AWS documents the values only.
- In text, a timeout and a runtime that died have a line of their own. In JSON they have none here: `platform.report`
  says it. AWS documents no such line, nor that there is none.
- LogResult holds what reaches the log. In JSON that includes initStart, as in real ones.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from . import report
from .log_level import Level

if TYPE_CHECKING:
    from lambdalab.runtime.function import Function
    from lambdalab.runtime.runtime_api.extensions import Extension


@dataclass(frozen=True)
class Status:
    """How a phase ended, in the words of the Telemetry API: success, error, timeout."""

    name: str = "success"
    error_type: str | None = None
    by_runtime: bool = True
    """Whether the runtime itself said so. If it could not, REPORT says it in text too."""

    @property
    def well(self) -> bool:
        """Whether it went well."""
        return self.name == "success"

    @property
    def timed_out(self) -> bool:
        """Whether the time was up."""
        return self.name == "timeout"


@dataclass(frozen=True)
class Numbers:
    """What an invocation took: milliseconds and megabytes."""

    duration_ms: float
    billed_ms: int
    max_memory_mb: int
    init_ms: float | None = None
    restored: tuple[float, int] | None = None
    """What its restore took, and what is billed of that."""


class LogOwner(Protocol):
    """What the log says about the execution environment that it belongs to."""

    @property
    def function(self) -> Function:
        """The function version that runs there."""

    @property
    def initialization_type(self) -> str:
        """AWS_LAMBDA_INITIALIZATION_TYPE."""

    @property
    def log_stream(self) -> str:
        """The log stream that it writes to."""


class SystemLog(Protocol):
    """Each method gives the messages for one thing that happened; they may be none."""

    start_in_tail: bool
    """Whether LogResult has the first line of a cold start."""

    def init_start(self, interpreter: str) -> list[str]:
        """The Init phase begins."""

    def init_ended(self, phase: str, duration_ms: float, status: Status) -> list[str]:
        """It is over. `phase` is "init", or "invoke" when Init runs again as part of an invocation."""

    def restore_start(self, interpreter: str) -> list[str]:
        """The Restore phase begins."""

    def restore_ended(self, duration_ms: float, status: Status) -> list[str]:
        """It is over."""

    def extension(self, extension: Extension) -> list[str]:
        """What became of an extension during Init."""

    def start(self, request_id: str) -> list[str]:
        """An invocation begins."""

    def silent(self, request_id: str, message: str, status: Status) -> list[str]:
        """The runtime did not answer; `message` says how that came."""

    def ended(self, request_id: str, duration_ms: float, produced_bytes: int, status: Status) -> list[str]:
        """The runtime is done with an invocation."""

    def report(self, request_id: str, numbers: Numbers, status: Status) -> list[str]:
        """What the invocation took."""

    def note(self, text: str) -> list[str]:
        """The lab's own words, about what differs from AWS."""


class TextLog:
    """LogFormat Text."""

    start_in_tail = False

    def __init__(self, environment: LogOwner) -> None:
        self._environment = environment

    def init_start(self, interpreter: str) -> list[str]:
        """INIT_START."""
        return [report.init_start(self._environment.function.runtime, interpreter)]

    def init_ended(self, phase: str, duration_ms: float, status: Status) -> list[str]:
        """INIT_REPORT: when Init did not go well, and always with SnapStart."""
        if status.well and self._environment.initialization_type != "snap-start":
            return []
        return [report.init_report(duration_ms, phase, status.error_type, timed_out=status.timed_out)]

    def restore_start(self, interpreter: str) -> list[str]:
        """RESTORE_START."""
        return [report.restore_start(self._environment.function.runtime, interpreter)]

    def restore_ended(self, duration_ms: float, status: Status) -> list[str]:
        """RESTORE_REPORT."""
        return [report.restore_report(duration_ms, status.error_type, timed_out=status.timed_out)]

    def extension(self, extension: Extension) -> list[str]:
        """EXTENSION."""
        return [extension.log_line]

    def start(self, request_id: str) -> list[str]:
        """START."""
        return [report.start(request_id, self._environment.function.version)]

    def silent(self, request_id: str, message: str, status: Status) -> list[str]:
        """Task timed out …, or RequestId: … Error: …"""
        if status.timed_out:
            return [report.timed_out(request_id, self._environment.function.timeout_s, time.time())]
        return [f"RequestId: {request_id} Error: {message}\n{status.error_type}"]

    def ended(self, request_id: str, duration_ms: float, produced_bytes: int, status: Status) -> list[str]:
        """END."""
        return [report.end(request_id)]

    def report(self, request_id: str, numbers: Numbers, status: Status) -> list[str]:
        """REPORT."""
        told = None if status.by_runtime else status
        return [
            report.report(
                request_id,
                duration_ms=numbers.duration_ms,
                billed_ms=numbers.billed_ms,
                memory_mb=self._environment.function.memory_mb,
                max_memory_mb=numbers.max_memory_mb,
                init_ms=numbers.init_ms,
                restore=numbers.restored,
                status=told.name if told else None,
                error_type=told.error_type if told and not told.timed_out else None,
            )
        ]

    def note(self, text: str) -> list[str]:
        """As it is."""
        return [text]


class JsonLog:
    """LogFormat JSON."""

    start_in_tail = True

    def __init__(self, environment: LogOwner) -> None:
        self._environment = environment

    def init_start(self, interpreter: str) -> list[str]:
        """platform.initStart."""
        kind = self._environment.initialization_type
        return self._event(
            "initStart", Level.INFO, {"initializationType": kind, "phase": "init", **self._instance(interpreter)}
        )

    def init_ended(self, phase: str, duration_ms: float, status: Status) -> list[str]:
        """platform.initRuntimeDone and platform.initReport."""
        kind = self._environment.initialization_type
        record = {"initializationType": kind, "phase": phase, **_told(status)}
        report_level = Level.DEBUG if kind == "on-demand" else Level.INFO
        return [
            *self._event("initRuntimeDone", Level.DEBUG, record, status),
            *self._event("initReport", report_level, {**record, "metrics": _duration(duration_ms)}, status),
        ]

    def restore_start(self, interpreter: str) -> list[str]:
        """platform.restoreStart."""
        return self._event("restoreStart", Level.INFO, self._instance(interpreter))

    def restore_ended(self, duration_ms: float, status: Status) -> list[str]:
        """platform.restoreRuntimeDone and platform.restoreReport."""
        return [
            *self._event("restoreRuntimeDone", Level.DEBUG, _told(status), status),
            *self._event("restoreReport", Level.INFO, {**_told(status), "metrics": _duration(duration_ms)}, status),
        ]

    def extension(self, extension: Extension) -> list[str]:
        """platform.extension."""
        record: dict[str, Any] = {
            "name": extension.name,
            "state": extension.state.value,
            "events": sorted(extension.events),
        }
        status = Status()
        if extension.error_type:
            record["errorType"], status = extension.error_type, Status("error", extension.error_type)
        return self._event("extension", Level.INFO, record, status)

    def start(self, request_id: str) -> list[str]:
        """platform.start."""
        function = self._environment.function
        return self._event(
            "start", Level.INFO, {"requestId": request_id, "functionArn": function.arn, "version": function.version}
        )

    def silent(self, request_id: str, message: str, status: Status) -> list[str]:
        """Nothing: the report says it."""
        return []

    def ended(self, request_id: str, duration_ms: float, produced_bytes: int, status: Status) -> list[str]:
        """platform.runtimeDone."""
        metrics = {**_duration(duration_ms), "producedBytes": produced_bytes}
        record = {"requestId": request_id, **_told(status), "metrics": metrics}
        return self._event("runtimeDone", Level.DEBUG, record, status)

    def report(self, request_id: str, numbers: Numbers, status: Status) -> list[str]:
        """platform.report."""
        metrics: dict[str, Any] = {
            **_duration(numbers.duration_ms),
            "billedDurationMs": numbers.billed_ms,
            "memorySizeMB": self._environment.function.memory_mb,
            "maxMemoryUsedMB": numbers.max_memory_mb,
        }
        if numbers.init_ms is not None:
            metrics["initDurationMs"] = round(numbers.init_ms, 3)
        if numbers.restored is not None:
            duration_ms, billed_ms = numbers.restored
            metrics |= {"restoreDurationMs": round(duration_ms, 3), "billedRestoreDurationMs": billed_ms}
        record = {"requestId": request_id, "metrics": metrics, **_told(status)}
        return self._event("report", Level.INFO, record, status)

    def note(self, text: str) -> list[str]:
        """In the form of an event that AWS does not have."""
        return self._event("note", Level.WARN, text, family="lambdalab")

    def _instance(self, interpreter: str) -> dict[str, Any]:
        function, stream = self._environment.function, self._environment.log_stream
        day, _, rest = stream.rpartition("/")
        return {
            "runtimeVersion": f"{function.runtime} (lab: {interpreter})",
            "runtimeVersionArn": "none in the lab",
            "functionName": function.name,
            "functionVersion": function.version,
            "instanceId": f"{day}/{function.name}{rest}",
            "instanceMaxMemory": function.memory_mb << 20,
        }

    def _event(
        self, kind: str, level: Level, record: object, status: Status | None = None, *, family: str = "platform"
    ) -> list[str]:
        if status is not None and not status.well:
            level = Level.WARN
        if level < self._environment.function.logging.system_level:
            return []
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {"time": now, "type": f"{family}.{kind}", "record": record}
        return [json.dumps(event, separators=(",", ":"), ensure_ascii=False)]


def _told(status: Status) -> dict[str, str]:
    error_type = {} if status.well or status.timed_out or not status.error_type else {"errorType": status.error_type}
    return {"status": status.name, **error_type}


def _duration(duration_ms: float) -> dict[str, float]:
    return {"durationMs": round(duration_ms, 3)}
