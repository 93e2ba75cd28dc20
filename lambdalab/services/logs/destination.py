"""Log groups as targets of EventBridge: each message is a line in a stream of its own."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import NoSuchDestination

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "log group"


def exists(arn: str, account: str) -> bool:
    """Whether there is this log group."""
    return backend.exists(arn)


def missing(arn: str) -> str:
    """As CloudWatch Logs answers PutLogEvents."""
    return "The specified log group does not exist."


def required_access(arn: str) -> Access:
    """PutLogEvents, in any stream of the group."""
    return Access("logs:PutLogEvents", f"{arn.removesuffix(':*')}:*")


def send(arn: str, message: Message, sender: Sender) -> None:
    """Write one log event."""
    if not backend.exists(arn):
        raise NoSuchDestination(missing(arn))
    _, _, _, region, account, _ = arn.split(":", 5)
    backend.put_log_events(account, region, backend.group_name(arn), str(uuid.uuid4()), [_log_event(message.body)])


def _log_event(text: str) -> tuple[int, str]:
    """A target's template may make {"timestamp": …, "message": …}; anything else is the message.

    Logs use real time in the lab, as for what functions write: moto refuses lines from the future.
    """
    made: Any = None
    with contextlib.suppress(ValueError):
        made = json.loads(text)
    if isinstance(made, dict) and set(made) == {"timestamp", "message"}:
        with contextlib.suppress(ValueError, TypeError):
            when = made["timestamp"]
            seconds = when / 1000 if isinstance(when, int | float) else datetime.fromisoformat(when).timestamp()
            return int(seconds * 1000), str(made["message"])
    return int(time.time() * 1000), text
