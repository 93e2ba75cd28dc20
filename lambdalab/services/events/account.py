"""Event buses, their rules and archives in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    ServiceResources,
    answers,
    by_type,
    deleted_by,
    flat,
    found,
    if_exists,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Parameters, Tags


def _split(name: str) -> tuple[str, str]:
    """A rule's bus and its own name. The ledger calls rules "BUS/RULE": each bus has names of its own."""
    bus, _, rule = name.rpartition("/")
    return bus or "default", rule


def _rule_exists(aws: Aws, name: str) -> bool:
    bus, rule = _split(name)
    return found(lambda: aws("events").describe_rule(Name=rule, EventBusName=bus)) is not None


def _delete_rule(aws: Aws, name: str) -> None:
    bus, rule = _split(name)
    events = aws("events")
    with if_exists():
        while targets := events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]:
            events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule, EventBusName=bus)


def _rule_tags(aws: Aws, name: str) -> Tags:
    bus, rule = _split(name)
    arn = aws("events").describe_rule(Name=rule, EventBusName=bus)["Arn"]
    return flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def _delete_bus(aws: Aws, name: str) -> None:
    events = aws("events")
    with if_exists():
        rules = events.list_rules(EventBusName=name)["Rules"]
        if any(rule.get("ManagedBy") for rule in rules):  # an archive's own, which is deleted with it
            bus = events.describe_event_bus(Name=name)["Arn"]
            for archive in events.list_archives(EventSourceArn=bus)["Archives"]:
                _ARCHIVE.delete(aws, archive["ArchiveName"])
        for rule in rules:
            if not rule.get("ManagedBy"):
                _delete_rule(aws, f"{name}/{rule['Name']}")
        events.delete_event_bus(Name=name)


def _bus_tags(aws: Aws, name: str) -> Tags:
    arn = aws("events").describe_event_bus(Name=name)["Arn"]
    return flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


_ARCHIVE = Kind(
    "archive",
    exists=answers("events", "describe_archive", "ArchiveName"),
    delete=deleted_by("events", "delete_archive", "ArchiveName"),
    order=12,
    cost="what the events in it take up, by the month",
)
_RULE = Kind("rule", exists=_rule_exists, delete=_delete_rule, order=13, tags=_rule_tags)
_BUS = Kind("bus", exists=answers("events", "describe_event_bus", "Name"), delete=_delete_bus, order=14, tags=_bus_tags)


def _bus_name(text: str) -> str:
    """The name in a bus's name or ARN."""
    return text.rpartition("/")[2]


def _rule(parameters: Parameters) -> str:
    bus = _bus_name(parameters.get("EventBusName") or "default")
    return f"{bus}/{parameters.get('Rule') or parameters.get('Name')}"


def _names(operation: str, parameters: Parameters) -> list[Named]:
    if operation == "PutEvents":
        buses = {_bus_name(entry.get("EventBusName") or "default") for entry in parameters.get("Entries", ())}
        return [Named("bus", bus) for bus in sorted(buses - {"default"})]
    if operation == "StartReplay" or parameters.get("ArchiveName"):
        name = parameters.get("ArchiveName") or parameters.get("EventSourceArn", "")
        return [Named("archive", name.rpartition("/")[2])]
    if parameters.get("Name") and "EventBus" in operation:
        return [Named("bus", parameters["Name"])]
    return [Named("rule", _rule(parameters))] if parameters.get("Rule") or parameters.get("Name") else []


ACCOUNT = ServiceResources(
    "events",
    kinds=(_ARCHIVE, _RULE, _BUS),
    creations={
        "PutRule": Creation("rule", _rule, tags=("Tags", "list")),
        "CreateArchive": Creation("archive", parameter("ArchiveName")),
        "CreateEventBus": Creation("bus", parameter("Name"), tags=("Tags", "list")),
    },
    parts=frozenset({"StartReplay"}),
    deletions={"DeleteRule": "rule", "DeleteArchive": "archive", "DeleteEventBus": "bus"},
    other_names=_names,
    may_name_none=frozenset({"PutEvents"}),
    of_arn=by_type(
        {"rule": ("rule", lambda name: name if "/" in name else f"default/{name}"), "event-bus": ("bus", str)}
    ),
)
