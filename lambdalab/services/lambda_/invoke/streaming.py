"""InvokeWithResponseStream: the answer of a function as a stream of events.

    PayloadChunk* ─▶ InvokeComplete (ErrorCode, ErrorDetails and LogResult, where there are any)

What the runtime writes is with the caller at once, one chunk for each piece: Node.js streams with
awslambda.streamifyResponse, a custom runtime by the Runtime API. Python's and Java's managed runtimes cannot stream:
their answer comes whole, in one chunk, as does every answer in the page.

An error in the middle comes in InvokeComplete, after the chunks that there were. AWS documents neither the values of
ErrorCode nor the form of ErrorDetails; here they are "Unhandled", as in Invoke's X-Amz-Function-Error, and the error
document. After its first 6 MB, AWS slows a stream down to 2 MB a second; the lab does not.
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
The frames: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.invocation import Refused
from lambdalab.delivery.recursion import HEADER
from lambdalab.endpoint.response_streaming import beginner
from lambdalab.moto_patches import AddedOperation, Change
from lambdalab.services.lambda_.api.errors import refused

from .invoke import called
from .payload import checked_payload, client_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.endpoint.response_streaming import Begin, Line
    from lambdalab.runtime import Outcome
    from lambdalab.services.parts import LabParts

_LAST_WORD_S = 10.0
"""How long a caller may take to read how it ended."""
_STRING = 7
"""The type of a header's value. Frames of AWS's services carry no other."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operation, which moto lacks."""
    return (AddedOperation("InvokeWithResponseStream", _invoke_with_response_stream(lab)),)


def _invoke_with_response_stream(lab: LabParts) -> Callable[[Any], Any]:
    def invoke(response: Any) -> tuple[int, dict[str, str], bytes | str]:
        target = called(lab, response)
        stored = target.stored
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        payload = checked_payload(body)
        if response.headers.get("X-Amz-Invocation-Type") == "DryRun":
            return 204, {"status": "204"}, ""
        request_id = str(uuid.uuid4())
        headers = {
            "content-type": "application/vnd.amazon.eventstream",
            "x-amzn-requestid": request_id,
            "X-Amz-Executed-Version": str(stored.version),
        }
        begin = beginner()
        chunks = _Chunks(begin, list(headers.items())) if begin else None
        try:
            outcome = lab.functions.run(
                stored,
                target.arn,
                payload,
                client_context=client_context(response.headers.get("X-Amz-Client-Context")),
                request_id=request_id,
                stream=chunks,
                trace=response.headers.get(HEADER),
            )
        except Refused as refusal:
            raise refused(refusal) from None
        rest = end_of_stream(outcome, with_log=response.headers.get("X-Amz-Log-Type") == "Tail")
        if chunks is not None and chunks.line is not None:
            chunks.line.send(rest, _LAST_WORD_S)
            rest = b""
        return 200, {"status": "200", **headers}, rest

    return invoke


class _Chunks:
    """What a function streams, on its way to the caller. The response begins when the answer does."""

    def __init__(self, begin: Begin, headers: list[tuple[str, str]]) -> None:
        self._begin, self._headers = begin, headers
        self.line: Line | None = None

    def open(self, content_type: str) -> None:
        self.line = self._begin(200, self._headers)

    def write(self, data: bytes, wait_s: float) -> None:
        assert self.line is not None
        self.line.send(frame("PayloadChunk", "application/octet-stream", data), wait_s)

    def let_go(self) -> None:
        if self.line is not None:
            self.line.hang_up()


def end_of_stream(outcome: Outcome, *, with_log: bool = False) -> bytes:
    """The events that tell how an invocation ended, after what was streamed before."""
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
