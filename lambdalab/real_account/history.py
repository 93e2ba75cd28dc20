"""What functions on a real account did, read from their logs as the events that the lab publishes.

A log stream is an execution environment, and its lines say when it began, each call, and how each call ended. What
is in no line is in no event: when an idle environment was shut down, and what happened to an asynchronous event.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from lambdalab.runtime import (
    DeploymentPackage,
    EnvironmentStarted,
    Function,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    LogLine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdalab.runtime import Happening

_START = re.compile(r"START RequestId: (\S+)")
_REPORT = re.compile(r"REPORT RequestId: (\S+)")
_ERROR = re.compile(r"\[ERROR\] (?:\S+Z\t\S+\t)?([\w.]+)(?::|$)")


def read(name: str, arn: str, lines: Iterable[Mapping[str, Any]]) -> list[Happening]:
    """What happened, according to these log events of one function, in order."""
    function = Function(name, arn, "python3.13", "", _no_code())
    streams: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        streams.setdefault(line["logStreamName"], []).append(line)
    events = [event for stream, its in streams.items() for event in _of_stream(function, stream, its)]
    return sorted(events, key=lambda event: event.time)


def _of_stream(function: Function, stream: str, lines: list[Mapping[str, Any]]) -> list[Happening]:
    events: list[Happening] = []
    environment = stream.rpartition("]")[2] or stream
    reports = {match[1]: line["message"] for line in lines if (match := _REPORT.match(line["message"]))}
    error: str | None = None
    began = False
    for line in lines:
        time, message = line["timestamp"] / 1000, str(line["message"]).rstrip("\n")
        if not began:
            began = True
            events.append(EnvironmentStarted(time, function, environment, stream))
        if match := _START.match(message):
            init = _number(reports.get(match[1], ""), "Init Duration")
            if init is not None:
                events.append(InitEnded(time, function, environment, init))
            events.append(InvocationStarted(time, function, environment, match[1], init is not None))
            error = None
        elif match := _ERROR.match(message):
            error = match[1]
        events.append(LogLine(time, function, environment, stream, message))
        if match := _REPORT.match(message):
            events.append(_ended(time, function, environment, match[1], message, error))
    return events


def _ended(
    time: float, function: Function, environment: str, request: str, report: str, error: str | None
) -> Happening:
    if "Status: timeout" in report:
        error = "Sandbox.Timedout"
    elif match := re.search(r"Error Type: (\S+)", report):
        error = match[1]
    return InvocationEnded(
        time,
        function,
        environment,
        request,
        _number(report, "\tDuration") or 0.0,
        int(_number(report, "Billed Duration") or 0),
        _number(report, "Init Duration"),
        int(_number(report, "Max Memory Used") or 0),
        error,
    )


def _number(report: str, what: str) -> float | None:
    match = re.search(re.escape(what) + r": ([\d.]+)", report)
    return float(match[1]) if match else None


def _no_code() -> DeploymentPackage:
    """Pictures need no code."""
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return DeploymentPackage(buffer.getvalue())
