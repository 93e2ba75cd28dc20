"""The event of an SQS queue: {"Records": [message, …]}.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def record(
    *,
    arn: str,
    message_id: str,
    receipt: str,
    body: str,
    md5: str,
    attributes: Mapping[str, str],
    message_attributes: Mapping[str, Mapping[str, Any]],
    attributes_md5: str | None = None,
) -> dict[str, Any]:
    """A message. `attributes` are the queue's own (ApproximateReceiveCount …), the others the sender's."""
    hashed = {"md5OfMessageAttributes": attributes_md5} if message_attributes else {}
    return {
        "messageId": message_id,
        "receiptHandle": receipt,
        "body": body,
        "attributes": dict(attributes),
        "messageAttributes": {name: _attribute(value) for name, value in message_attributes.items()},
        **hashed,
        "md5OfBody": md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = {"stringValue": value["StringValue"]} if value.get("StringValue") is not None else {}
    if (binary := value.get("BinaryValue")) is not None:
        raw = binary if isinstance(binary, bytes) else str(binary).encode()
        text = {"binaryValue": base64.b64encode(raw).decode()}
    return {**text, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
