"""The lines that Lambda itself writes to a function's log, in its text format.

Pure functions: given the numbers, they return the text. Sources:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html (INIT_START, START, END, REPORT),
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (INIT_REPORT, RESTORE_REPORT),
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html (Restore Duration, Billed Restore Duration).
The `Status:` and `Error Type:` suffixes of REPORT follow what AWS documents for INIT_REPORT; they were not compared
with a live account.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime


def init_start(runtime: str, interpreter: str) -> str:
    """The first line of an environment's log stream.

    On AWS it names the runtime's patch version and an ARN. The lab has neither, so it names the interpreter that
    really runs.
    """
    return f"INIT_START Runtime Version: {runtime} (lab: {interpreter})\tRuntime Version ARN: none in the lab"


def init_report(duration_ms: float, phase: str, error_type: str | None = None, *, timed_out: bool = False) -> str:
    """Written when Init did not go well, and always with SnapStart. `phase` is "init" or "invoke"."""
    return f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}{_status(error_type, timed_out)}"


def restore_start(runtime: str, interpreter: str) -> str:
    """The first line of the log stream of an environment that comes out of a snapshot."""
    return init_start(runtime, interpreter).replace("INIT_START", "RESTORE_START", 1)


def restore_report(duration_ms: float, error_type: str | None = None, *, timed_out: bool = False) -> str:
    """The environment is there, or not."""
    return f"RESTORE_REPORT Restore Duration: {duration_ms:.2f} ms{_status(error_type, timed_out)}"


def _status(error_type: str | None, timed_out: bool) -> str:
    if timed_out:
        return "\tStatus: timeout"
    return f"\tStatus: error\tError Type: {error_type}" if error_type else ""


def start(request_id: str, version: str) -> str:
    """The invocation begins."""
    return f"START RequestId: {request_id} Version: {version}"


def end(request_id: str) -> str:
    """The invocation is over."""
    return f"END RequestId: {request_id}"


def report(
    request_id: str,
    *,
    duration_ms: float,
    billed_ms: int,
    memory_mb: int,
    max_memory_mb: int,
    init_ms: float | None = None,
    restore: tuple[float, int] | None = None,
    status: str | None = None,
    error_type: str | None = None,
) -> str:
    """What the invocation took. Durations in milliseconds, memory in MB. `restore`: what it took, what is billed."""
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {billed_ms} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {max_memory_mb} MB",
    ]
    if init_ms is not None:
        fields.append(f"Init Duration: {init_ms:.2f} ms")
    if restore is not None:
        fields += [f"Restore Duration: {restore[0]:.2f} ms", f"Billed Restore Duration: {restore[1]} ms"]
    if status:
        fields.append(f"Status: {status}")
    if error_type:
        fields.append(f"Error Type: {error_type}")
    return "\t".join(fields) + "\t"


def timed_out(request_id: str, timeout_s: float, now: float) -> str:
    """What stands in the log when the function's time is up. `now` in seconds since the epoch."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{moment} {request_id} Task timed out after {timeout_s:.2f} seconds"


def billed(duration_ms: float, init_ms: float | None) -> int:
    """Milliseconds billed: the duration, and since 2025-08-01 a cold start's Init too, rounded up together.

    Source: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    """
    return max(1, math.ceil(duration_ms + (init_ms or 0.0)))


def log_stream(version: str, environment_id: str, now: float) -> str:
    """The name of an environment's log stream: date, version, and 32 hexadecimal digits."""
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[{version}]{environment_id}"
