"""What CloudWatch Logs sends to a subscriber: log events of one stream, zipped.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def event_id(timestamp: int, number: int) -> str:
    """56 digits, greater for what came later."""
    return f"{timestamp:013d}{number:043d}"


def data(
    account: str, group: str, stream: str, filters: Sequence[str], events: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """What is inside. `events` have id, timestamp (milliseconds) and message."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": account,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": list(filters),
        "logEvents": [{name: event[name] for name in ("id", "timestamp", "message")} for event in events],
    }


def event(document: dict[str, Any]) -> dict[str, Any]:
    """What a function gets: JSON, zipped, in base64."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return {"awslogs": {"data": base64.b64encode(gzip.compress(text, mtime=0)).decode()}}
