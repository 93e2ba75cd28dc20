"""InvokeWithResponseStream: the answer of a function as a stream of events.

    PayloadChunk* ─▶ InvokeComplete (ErrorCode, ErrorDetails and LogResult, where there are any)

On AWS, chunks arrive while the function runs. The engine hands over an answer when it is complete, so here a stream
arrives at once, in one chunk. What it holds, its end and its errors are the same.
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
The frames: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from typing import TYPE_CHECKING, Any

from lambdalab.cloud.seams import Change, Operation

from .invoke import called, run
from .payload import checked_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.runtime import Outcome

    from .context import Context

_STRING = 7
"""The type of a header's value. Frames of AWS's services carry no other."""


def seams(context: Context) -> tuple[Change, ...]:
    """The operation, which moto lacks."""
    return (Operation("InvokeWithResponseStream", _invoke_with_response_stream(context)),)


def _invoke_with_response_stream(context: Context) -> Callable[[Any], Any]:
    def invoke(response: Any) -> tuple[int, dict[str, str], bytes | str]:
        target = called(context, response)
        stored = target.stored
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        payload = checked_payload(body)
        if response.headers.get("X-Amz-Invocation-Type") == "DryRun":
            return 204, {"status": "204"}, ""
        outcome = run(context, stored, payload, response.headers.get("X-Amz-Client-Context"), target.arn)
        headers = {
            "status": "200",
            "content-type": "application/vnd.amazon.eventstream",
            "x-amzn-requestid": outcome.request_id,
            "X-Amz-Executed-Version": str(stored.version),
        }
        return 200, headers, stream(outcome, with_log=response.headers.get("X-Amz-Log-Type") == "Tail")

    return invoke


def stream(outcome: Outcome, *, with_log: bool = False) -> bytes:
    """An invocation that is over, as the events that tell of it."""
    complete = {}
    if outcome.error:
        complete = {"ErrorCode": "Unhandled", "ErrorDetails": outcome.payload.decode("utf-8", "replace")}
    if with_log:
        complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    chunks = [] if outcome.error or not outcome.payload else [outcome.payload]
    return b"".join(
        [
            *(frame("PayloadChunk", "application/octet-stream", chunk) for chunk in chunks),
            frame("InvokeComplete", "application/json", json.dumps(complete).encode()),
        ]
    )


def frame(event_type: str, content_type: str, payload: bytes) -> bytes:
    """One event: two lengths and their checksum, headers, payload, and a checksum over all."""
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":event-type", event_type),
            (":content-type", content_type),
            (":message-type", "event"),
        )
    )
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", binascii.crc32(lengths)) + headers + payload
    return message + struct.pack(">I", binascii.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", _STRING, len(value)) + value.encode()
