"""Writes what functions log to CloudWatch Logs, where AWS puts it.

One log group a function, one stream an execution environment. Records are handed over when an invocation ends, or a
snapshot has been taken, in the order in which they were written.

Lambda writes with the function's role. Without that permission there is no log, and no error anywhere.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from lambdalab import rooms
from lambdalab.runtime import EnvironmentStopped, InvocationEnded, LogLine, SnapshotTaken

if TYPE_CHECKING:
    from lambdalab.runtime import Event, Function


class MayWrite(Protocol):
    """Whether a function's role allows an operation of CloudWatch Logs on its log group, and in it a stream."""

    def __call__(self, function: Function, operation: str, stream: str) -> bool:
        """`operation` is CreateLogGroup, CreateLogStream or PutLogEvents."""


class LogWriter:
    """A subscriber of the engine: call it with each event."""

    def __init__(self, may: MayWrite) -> None:
        self._may = may
        self._lock = threading.Lock()
        self._waiting: defaultdict[str, list[LogLine]] = defaultdict(list)

    def __call__(self, event: Event) -> None:
        """Take one event of the engine."""
        if isinstance(event, LogLine):
            with self._lock:
                self._waiting[event.environment].append(event)
        elif isinstance(event, InvocationEnded | SnapshotTaken | EnvironmentStopped):
            with self._lock:
                lines = self._waiting.pop(event.environment, [])
            if lines:
                self._write(event.function, lines)

    def _write(self, function: Function, lines: list[LogLine]) -> None:
        """Append to the stream, making group and stream where they are missing."""
        logs = rooms.part("logs", "backend")
        where = function.arn.split(":")[4], function.region, function.log_group
        stream = lines[0].log_stream
        with self._lock:
            streams = logs.streams_of(*where)
            if streams is None:
                if not self._may(function, "CreateLogGroup", ""):
                    return
                logs.create_log_group(*where)
            if stream not in (streams or ()):
                if not self._may(function, "CreateLogStream", stream):
                    return
                logs.create_log_stream(*where, stream)
            if not self._may(function, "PutLogEvents", stream):
                return
        # Not under the lock: a subscription of the group may invoke a function, which logs as well.
        logs.put_log_events(*where, stream, [(int(line.time * 1000), line.message) for line in lines])
