"""Event buses: events arrive, from PutEvents or from services of AWS, and are matched against the rules of their bus.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html

Events for a bus that does not exist are lost, as on AWS, where PutEvents succeeds.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdalab.event_patterns.matching import matches

from . import archives, backend, payloads
from .deliveries import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from lambdalab.clock import Clock

    from .backend import Account
    from .deliveries import Deliveries

LARGEST_REQUEST = 1_048_576
"""Bytes of all entries. https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb"""
MOST_ENTRIES = 10


class Buses:
    """All buses of a lab. Safe to use from any thread."""

    def __init__(self, clock: Clock, deliveries: Deliveries) -> None:
        self._clock = clock
        self._deliveries = deliveries

    def accept(
        self,
        bus_arn: str,
        event: dict[str, Any],
        *,
        visited: tuple[str, ...] = (),
        only: Collection[str] | None = None,
    ) -> None:
        """An event arrives on a bus: archives keep it, rules that match send it to their targets.

        `visited` are the buses that it came through, to none of which it returns; `only` are the ARNs of the rules that
        a replay names.
        """
        bus = backend.find_bus(bus_arn)
        if bus is None or bus.arn in visited:
            return
        now = self._clock.time()
        archives.keep(bus, event, now)
        for rule in list(bus.rules.values()):
            if only is not None and rule.arn not in only:
                continue
            if rule.managed_by or rule.state == "DISABLED" or not (pattern := rule.event_pattern.dump()):
                continue
            if matches(pattern, event):
                for target in list(rule.targets):
                    self._deliveries.deliver(
                        Delivery(rule.arn, rule.name, dict(target), event, now, (*visited, bus.arn))
                    )

    def put_events(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """PutEvents."""

        def put_events(account: Account, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
            if len(events) > MOST_ENTRIES:
                raise backend.validation_error(
                    "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                    "constraint: Member must have length less than or equal to 10"
                )
            if sum(map(_size, events)) >= LARGEST_REQUEST:
                raise backend.validation_error("Total size of the entries in the request is over the limit.")
            return [self._put_event(account, entry) for entry in events]

        return put_events

    def _put_event(self, account: Account, entry: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
        if entry["Source"].startswith("aws."):
            return {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": "Not authorized for the source.",
            }
        detail = _detail(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        event = payloads.event(
            source=entry["Source"],
            detail_type=entry["DetailType"],
            detail=detail,
            account=account.account_id,
            region=account.region_name,
            time=_seconds(entry.get("Time"), self._clock.time()),
            resources=entry.get("Resources") or (),
            event_id=str(uuid.uuid4()),
        )
        self.accept(_bus_arn(account, entry.get("EventBusName")), event)
        return {"EventId": event["id"]}


def _bus_arn(account: Account, name: str | None) -> str:
    """A bus by its name, or by its ARN, which may be of another Region or account."""
    if name is not None and name.startswith("arn:"):
        return name
    return f"arn:aws:events:{account.region_name}:{account.account_id}:event-bus/{name or 'default'}"


def _size(entry: Mapping[str, Any]) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size"""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") is not None else 0)


def _detail(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)


def _seconds(time: Any, now: float) -> float:
    if time is None:
        return now
    try:
        return float(time)
    except (TypeError, ValueError):
        return datetime.fromisoformat(str(time)).timestamp()
