"""What is sent where events end: invocation records for destinations, the event itself for dead-letter queues.

Pure functions. Source of the forms:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR_MESSAGE_LIMIT = 1024
"""Bytes of the error message that a dead-letter queue's attribute carries."""


@dataclass(frozen=True)
class Attempt:
    """How the last attempt ended: what of a response there is."""

    status: int
    """200 when the function ran, whatever came of it; 429 when it was throttled, 500 when Lambda failed."""
    payload: bytes | None = None
    executed_version: str | None = None
    failed: bool = False
    error_type: str | None = None


@dataclass(frozen=True)
class Message:
    """What is sent to a destination: a body, and what some kinds of destinations need besides."""

    body: str
    attributes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """For queues and topics: {name: (data type, value)}; the value of a Binary is in base64."""
    subject: str | None = None
    """For topics."""
    group_id: str | None = None
    """For queues: the message group."""
    deduplication_id: str | None = None
    """For FIFO queues."""
    key: str = ""
    """For streams: the partition key; for buckets: the object's key."""
    content: str | None = None
    """For buckets: what the object has in it, if that is more than the body. An object may be larger than a message."""
    source: str = ""
    """For event buses, like the next two: "lambda"."""
    detail_type: str = ""
    resources: tuple[str, ...] = ()
    trace: str | None = None
    """For functions: the trace header of the invocation."""


def invocation_record(
    *,
    now: float,
    request_id: str,
    function_arn: str,
    condition: str,
    attempts: int,
    payload: bytes,
    last: Attempt | None,
) -> str:
    """The JSON document that a destination gets.

    `attempts` is told as approximateInvokeCount. (On AWS a record of a success has been seen to say 1 after retries
    too; the documentation does not, and the lab counts.)
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(now),
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": _json(payload),
    }
    if last is not None:
        context: dict[str, Any] = {"statusCode": last.status}
        if last.executed_version is not None:
            context["executedVersion"] = last.executed_version
        if last.failed and last.status == 200:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
        if last.payload is not None:
            record["responsePayload"] = _json(last.payload)
    return json.dumps(record, separators=(",", ":"))


def dead_letter(*, request_id: str, payload: bytes, condition: str, last: Attempt | None) -> Message:
    """What a dead-letter queue gets: the event as it was sent, and what went wrong in the message's attributes."""
    attributes = {"RequestID": ("String", request_id)}
    if last is not None:
        attributes["ErrorCode"] = ("Number", str(last.status))
    attributes["ErrorMessage"] = ("String", _error_message(condition, last))
    return Message(payload.decode(), attributes)


def timestamp(now: float) -> str:
    """As records write it: 2019-11-14T18:16:05.568Z."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error_message(condition: str, last: Attempt | None) -> str:
    if last is None:
        if condition == "ZeroReservedConcurrency":
            # AWS's own spelling.
            return "Function not invoked. Function isconfigured with zero reserved concurrent executions"
        return condition
    if last.status == 429:
        return "Rate Exceeded."
    document = _json(last.payload or b"null")
    message = document.get("errorMessage") if isinstance(document, dict) else None
    shown = str(message or last.error_type or condition).encode()[:ERROR_MESSAGE_LIMIT]
    return shown.decode("utf-8", "ignore")


def _json(payload: bytes) -> Any:
    """The document; what is no JSON (NaN, or whatever a custom runtime answers) as a string."""
    text = payload.decode("utf-8", "replace")
    try:
        return parse(text, parse_constant=_no_json)
    except ValueError:
        return text


def _no_json(name: str) -> None:
    raise ValueError(name)
