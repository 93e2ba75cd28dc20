"""The event of a DynamoDB stream: {"Records": [record, …]}.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""Who deleted an item whose time to live was over."""


def record(kept: Mapping[str, Any], stream_arn: str, created: float) -> dict[str, Any]:
    """A record, from what DynamoDB Streams' API shows of it."""
    change = kept["dynamodb"]
    images = {name: _value_map(change[name]) for name in ("Keys", "NewImage", "OldImage") if name in change}
    by_service = {"userIdentity": kept["userIdentity"]} if "userIdentity" in kept else {}
    return {
        "eventID": kept["eventID"],
        "eventName": kept["eventName"],
        "eventVersion": kept["eventVersion"],
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": int(created),
            **images,
            "SequenceNumber": change["SequenceNumber"],
            "SizeBytes": change["SizeBytes"],
            "StreamViewType": change["StreamViewType"],
        },
        **by_service,
        "eventSourceARN": stream_arn,
    }


def size(attributes: Mapping[str, Any]) -> int:
    """Bytes of an item, or of its keys, as DynamoDB counts them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(value) for name, value in attributes.items())


def _size(value: Mapping[str, Any]) -> int:
    [(kind, inner)] = value.items()
    if kind == "S":
        return len(str(inner).encode())
    if kind == "N":
        digits = len(str(inner).strip("-+").replace(".", "").split("e")[0].split("E")[0].strip("0") or "0")
        return (digits + 1) // 2 + 1 + str(inner).startswith("-")
    if kind == "B":
        return len(_bytes(inner))
    if kind in ("SS", "NS", "BS"):
        return sum(_size({kind[0]: each}) for each in inner)
    if kind == "L":
        return 3 + sum(1 + _size(each) for each in inner)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in inner.items())
    return 1  # BOOL, NULL


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(value)


def _value_map(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    """As JSON: bytes become base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | set):
        return [_plain(inner) for inner in value]
    return value
