"""Events of EventBridge: from PutEvents, from a rule's schedule, and from EventBridge Scheduler.

The names of the fields and their order are those of AWS's samples.
https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
"""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def timestamp(now: float) -> str:
    """As events write it: 2026-11-23T09:00:00Z."""
    return f"{datetime.fromtimestamp(int(now), UTC):%Y-%m-%dT%H:%M:%SZ}"


def event(
    *,
    source: str,
    detail_type: str,
    detail: Any,
    account: str,
    region: str,
    time: float,
    resources: Sequence[str] = (),
    event_id: str | None = None,
) -> dict[str, Any]:
    """What rules see, and targets get."""
    return {
        "version": "0",
        "id": event_id or str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": timestamp(time),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


def scheduled(rule_arn: str, *, account: str, region: str, time: float) -> dict[str, Any]:
    """What a rule with a schedule sends."""
    return event(
        source="aws.events",
        detail_type="Scheduled Event",
        detail={},
        account=account,
        region=region,
        time=time,
        resources=[rule_arn],
    )


def from_scheduler(schedule_arn: str, *, account: str, region: str, time: float) -> dict[str, Any]:
    """What EventBridge Scheduler sends where no input is given. Its detail is a text."""
    return event(
        source="aws.scheduler",
        detail_type="Scheduled Event",
        detail="{}",
        account=account,
        region=region,
        time=time,
        resources=[schedule_arn],
    )


def execution_id() -> str:
    """By which EventBridge Scheduler calls one attempt: d32c5kddcf5bb8c3."""
    return secrets.token_hex(8)


def replayed(original: dict[str, Any], replay: str) -> dict[str, Any]:
    """An archived event that comes again: with its id, its time, and the replay's name after the Region."""
    made: dict[str, Any] = {}
    for name, value in original.items():
        made[name] = value
        if name == "region":
            made["replay-name"] = replay
    return made
