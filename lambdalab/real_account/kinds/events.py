"""Event buses, their rules and archives, schedules and their groups: Amazon EventBridge."""

from __future__ import annotations

from .kind import Aws, Kind, Tags, answers, deleted_by, flat, found, if_there


def _split_rule(name: str) -> tuple[str, str]:
    """A rule's bus and its own name: rules are told apart by "bus/rule"."""
    bus, _, rule = name.rpartition("/")
    return bus or "default", rule


def _rule_exists(aws: Aws, name: str) -> bool:
    bus, rule = _split_rule(name)
    return found(lambda: aws("events").describe_rule(Name=rule, EventBusName=bus)) is not None


def _delete_rule(aws: Aws, name: str) -> None:
    bus, rule = _split_rule(name)
    events = aws("events")
    with if_there():
        while targets := events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]:
            events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule, EventBusName=bus)


def _rule_tags(aws: Aws, name: str) -> Tags:
    bus, rule = _split_rule(name)
    arn = aws("events").describe_rule(Name=rule, EventBusName=bus)["Arn"]
    return flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def _delete_bus(aws: Aws, name: str) -> None:
    events = aws("events")
    with if_there():
        rules = events.list_rules(EventBusName=name)["Rules"]
        if any(rule.get("ManagedBy") for rule in rules):  # an archive's own, which goes with it
            bus = events.describe_event_bus(Name=name)["Arn"]
            for archive in events.list_archives(EventSourceArn=bus)["Archives"]:
                ARCHIVE.delete(aws, archive["ArchiveName"])
        for rule in rules:
            if not rule.get("ManagedBy"):
                _delete_rule(aws, f"{name}/{rule['Name']}")
        events.delete_event_bus(Name=name)


def _bus_tags(aws: Aws, name: str) -> Tags:
    arn = aws("events").describe_event_bus(Name=name)["Arn"]
    return flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def _split_schedule(name: str) -> tuple[str, str]:
    """A schedule's group and its own name."""
    group, _, schedule = name.rpartition("/")
    return group or "default", schedule


def _schedule_exists(aws: Aws, name: str) -> bool:
    group, schedule = _split_schedule(name)
    return found(lambda: aws("scheduler").get_schedule(Name=schedule, GroupName=group)) is not None


def _delete_schedule(aws: Aws, name: str) -> None:
    group, schedule = _split_schedule(name)
    with if_there():
        aws("scheduler").delete_schedule(Name=schedule, GroupName=group)


def _schedule_group_tags(aws: Aws, name: str) -> Tags:
    scheduler = aws("scheduler")
    arn = scheduler.get_schedule_group(Name=name)["Arn"]
    return flat(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])


RULE = Kind("rule", "events", _rule_exists, _delete_rule, _rule_tags)
ARCHIVE = Kind(
    "archive",
    "events",
    answers("events", "describe_archive", "ArchiveName"),
    deleted_by("events", "delete_archive", "ArchiveName"),
    cost="what the events in it take up, by the month",
)
BUS = Kind("bus", "events", answers("events", "describe_event_bus", "Name"), _delete_bus, _bus_tags)
SCHEDULE = Kind("schedule", "scheduler", _schedule_exists, _delete_schedule)
SCHEDULE_GROUP = Kind(
    "schedule-group",
    "scheduler",
    answers("scheduler", "get_schedule_group", "Name"),
    deleted_by("scheduler", "delete_schedule_group", "Name"),
    _schedule_group_tags,
)
