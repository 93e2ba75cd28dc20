"""Event buses and their rules: to which targets events go, and what a schedule invokes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.wiring import labels
from lambdalab.wiring.arn_resources import Named, end
from lambdalab.wiring.model import Resource
from lambdalab.wiring.scope import listed
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.wiring.reading import Reading
    from lambdalab.wiring.scope import Aws

_BUS = "event bus"
_DEFAULT_RETRIES = 185


def _named(resource: str) -> Named:
    return Named(_BUS, resource.rpartition("/")[2], resource)


def _rules(reading: Reading) -> None:
    """Arrows from the rule's bus; from the rule itself if it only has a schedule."""
    client = reading.aws("events")
    for name in reading.names("rule"):
        bus, _, rule = name.rpartition("/")
        with reading.looking("events", name):
            settings = client.describe_rule(Name=rule, EventBusName=bus)
            if settings.get("ManagedBy"):
                continue  # a service's own: an archive has one, which collects its events
            source = end(bus)[0] if bus.startswith("arn:") else reading.resource("events", f"event-bus/{bus}")
            if settings.get("ScheduleExpression") and not settings.get("EventPattern"):
                source = Resource(settings["Arn"], "EventBridge rule", rule)
            targets = client.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
            for target in sorted(targets, key=lambda each: str(each["Id"])):
                words = list(_rule(settings, target))
                reading.push(source, target["Arn"], words if source.kind == _BUS else words[1:])
                dead_letters(reading, source, target, f"given up: {rule}" if source.kind == _BUS else "given up")


def _rule(settings: dict[str, Any], target: dict[str, Any]) -> Iterator[str]:
    yield f"rule {settings['Name']}"
    if settings.get("State") == "DISABLED":
        yield "disabled"
    if schedule := settings.get("ScheduleExpression"):
        yield schedule
    if found := settings.get("EventPattern"):
        yield labels.pattern(found)
    if target.get("InputTransformer") or target.get("Input") or target.get("InputPath"):
        yield "input changed"
    yield from retry_policy(target)


def retry_policy(target: dict[str, Any]) -> Iterator[str]:
    """The retry policy of a target; EventBridge Scheduler has the same, with the same default."""
    attempts = (target.get("RetryPolicy") or {}).get("MaximumRetryAttempts")
    if attempts is not None and attempts != _DEFAULT_RETRIES:
        yield labels.retries(attempts)


def dead_letters(reading: Reading, source: Resource, target: dict[str, Any], case: str) -> None:
    """The dead-letter queue of a target; EventBridge Scheduler has the same."""
    if dead := (target.get("DeadLetterConfig") or {}).get("Arn"):
        reading.result(source, dead, case)


def _names(aws: Aws) -> list[str]:
    """Rules are named "BUS/RULE": each bus has names of its own."""
    client = aws("events")
    buses = [bus["Name"] for bus in client.list_event_buses()["EventBuses"]]
    return [
        f"{bus}/{name}" for bus in buses for name in listed(client, "list_rules", "Rules", "Name", EventBusName=bus)
    ]


WIRING = ServiceWiring(_named, readers=(Reader(22, _rules),), lists={"rule": _names})
