"""Events that services of AWS send to EventBridge by themselves: S3's "Object Created".

They arrive on the default bus of the account and Region where they happened. Who has the buses takes them from here
(`receive`); before that they are dropped, as events are that no rule wants.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class ServiceEvents:
    """One for a lab."""

    def __init__(self) -> None:
        self.receive: Callable[[dict[str, Any]], object] = lambda event: None
        """Gets whole events, as rules match them."""
        self.accept: Callable[..., object] = lambda backend, name, event, visited: None
        """Gets an event for a bus of moto's: `accept(backend, name, event, visited=…)`."""

    def send(
        self,
        *,
        source: str,
        detail_type: str,
        detail: dict[str, Any],
        resources: list[str],
        account: str,
        region: str,
        now: float,
    ) -> None:
        """An event of a service: `source` is "aws.s3"."""
        self.receive(
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": detail_type,
                "source": source,
                "account": account,
                "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                "region": region,
                "resources": resources,
                "detail": detail,
            }
        )
