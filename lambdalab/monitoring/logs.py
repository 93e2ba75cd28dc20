"""Writes what functions log to CloudWatch Logs, where AWS puts it.

One log group a function, one stream an execution environment. Records are handed over when an invocation ends, or a
snapshot has been taken, in the order in which they were written.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from lambdalab.runtime import EnvironmentStopped, InvocationEnded, LogLine, SnapshotTaken

if TYPE_CHECKING:
    from lambdalab.runtime import Event, Function


class LogWriter:
    """A subscriber of the engine: call it with each event."""

    def __init__(self) -> None:
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
        from moto.logs.models import logs_backends

        backend = logs_backends[function.arn.split(":")[4]][function.region]
        stream = lines[0].log_stream
        with self._lock:
            backend.ensure_log_group(function.log_group)
            if stream not in backend.groups[function.log_group].streams:
                backend.create_log_stream(function.log_group, stream)
        # Not under the lock: a subscription of the group may invoke a function, which logs as well.
        records = [{"timestamp": int(line.time * 1000), "message": line.message} for line in lines]
        backend.put_log_events(function.log_group, stream, records)
