"""The event source that an ARN belongs to: what is special about it is in the `polling.py` of its service's room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab import rooms
from lambdalab.delivery.polled import InvalidParameterValue, NotInThisLab

if TYPE_CHECKING:
    from lambdalab.delivery.polled import EventSource

_NOT_HERE = {"kafka": "Amazon MSK", "mq": "Amazon MQ", "rds": "DocumentDB"}
"""Services that AWS polls, and no room of the lab has a `polling.py` for yet."""


def source_of(arn: str) -> EventSource:
    """The source; InvalidParameterValue or NotInThisLab if it is none."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    polling = rooms.part(service, "polling")
    if polling is not None:
        source: EventSource = polling.SOURCE
        source.check_arn(arn)
        return source
    if service in _NOT_HERE:
        raise NotInThisLab(f"{_NOT_HERE[service]} as an event source")
    raise InvalidParameterValue("Unrecognized event source.")
