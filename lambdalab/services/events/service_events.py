"""Events that services of AWS send to EventBridge by themselves: S3's "Object Created".

They arrive on the default bus of the account and Region where they happened. EventBridge's room takes over `accept`
when it is opened; before that events are dropped, like all events that no rule matches.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import payloads

if TYPE_CHECKING:
    from collections.abc import Sequence


class Accept(Protocol):
    """Takes an event that arrives on a bus."""

    def __call__(self, bus_arn: str, event: dict[str, Any], *, visited: tuple[str, ...] = ()) -> object:
        """`visited` are the buses that the event came through."""


def _drop(bus_arn: str, event: dict[str, Any], *, visited: tuple[str, ...] = ()) -> None:
    """There are no rules yet."""


class ServiceEvents:
    """One for a lab."""

    def __init__(self) -> None:
        self.accept: Accept = _drop

    def send(
        self,
        *,
        source: str,
        detail_type: str,
        detail: dict[str, Any],
        resources: Sequence[str],
        account: str,
        region: str,
        now: float,
    ) -> None:
        """An event of a service: `source` is "aws.s3"."""
        event = payloads.event(
            source=source,
            detail_type=detail_type,
            detail=detail,
            account=account,
            region=region,
            time=now,
            resources=resources,
        )
        self.accept(f"arn:aws:events:{region}:{account}:event-bus/default", event)
