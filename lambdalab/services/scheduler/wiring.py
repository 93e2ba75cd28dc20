"""Schedules of EventBridge Scheduler and their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.services.events.wiring import dead_letters, retry_policy
from lambdalab.wiring.arn_resources import called
from lambdalab.wiring.model import Resource
from lambdalab.wiring.scope import pages
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.wiring.reading import Reading
    from lambdalab.wiring.scope import Aws


def _schedules(reading: Reading) -> None:
    for name in reading.names("schedule"):
        group, _, schedule = name.rpartition("/")
        with reading.looking("scheduler", name):
            settings = reading.aws("scheduler").get_schedule(Name=schedule, GroupName=group)
            source = Resource(f"schedule {name}", "schedule", schedule)
            reading.push(source, settings["Target"]["Arn"], _schedule(settings))
            dead_letters(reading, source, settings["Target"], "given up")


def _schedule(settings: dict[str, Any]) -> Iterator[str]:
    yield str(settings["ScheduleExpression"])
    if (zone := settings.get("ScheduleExpressionTimezone") or "UTC") != "UTC":
        yield str(zone)
    if settings.get("State") == "DISABLED":
        yield "disabled"
    yield from retry_policy(settings["Target"])


def _names(aws: Aws) -> list[str]:
    """Schedules are named "GROUP/SCHEDULE": each group has names of its own."""
    found = pages(aws("scheduler"), "list_schedules", "Schedules")
    return sorted(f"{each['GroupName']}/{each['Name']}" for each in found)


WIRING = ServiceWiring(called("scheduler"), readers=(Reader(23, _schedules),), lists={"schedule": _names})
