"""The events that services send: pure functions, one module a service, each compared with AWS's published samples.

- `http_api.py`, `rest_api.py`: a request to an HTTP API or a REST API of API Gateway
- `eventbridge.py`: events of buses, of rules' schedules and of EventBridge Scheduler
- `s3.py`: changes to objects, for notifications and for EventBridge
- `logs.py`: log events of a subscription
- `sns.py`: messages to topics
- `sqs.py`: messages of a queue; `dynamodb.py`, `kinesis.py`: records of a stream
"""

from __future__ import annotations

import json
from typing import Any


def document(event: Any) -> bytes:
    """The JSON text of an event, as it travels to a function."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
