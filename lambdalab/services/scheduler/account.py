"""Schedules and schedule groups in a real account."""

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
    """A schedule's group and its own name. The ledger calls schedules "GROUP/SCHEDULE"."""
    group, _, schedule = name.rpartition("/")
    return group or "default", schedule


def _exists(aws: Aws, name: str) -> bool:
    group, schedule = _split(name)
    return found(lambda: aws("scheduler").get_schedule(Name=schedule, GroupName=group)) is not None


def _delete(aws: Aws, name: str) -> None:
    group, schedule = _split(name)
    with if_exists():
        aws("scheduler").delete_schedule(Name=schedule, GroupName=group)


def _group_tags(aws: Aws, name: str) -> Tags:
    scheduler = aws("scheduler")
    arn = scheduler.get_schedule_group(Name=name)["Arn"]
    return flat(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])


def _schedule(parameters: Parameters) -> str:
    return f"{parameters.get('GroupName') or 'default'}/{parameters.get('Name')}"


def _names(operation: str, parameters: Parameters) -> list[Named]:
    if not parameters.get("Name"):
        return []
    if "ScheduleGroup" in operation:
        return [Named("schedule-group", parameters["Name"])]
    return [Named("schedule", _schedule(parameters))]


ACCOUNT = ServiceResources(
    "scheduler",
    kinds=(
        Kind("schedule", exists=_exists, delete=_delete, order=10),
        Kind(
            "schedule-group",
            exists=answers("scheduler", "get_schedule_group", "Name"),
            delete=deleted_by("scheduler", "delete_schedule_group", "Name"),
            order=11,
            tags=_group_tags,
        ),
    ),
    creations={
        "CreateSchedule": Creation("schedule", _schedule),
        "CreateScheduleGroup": Creation("schedule-group", parameter("Name"), tags=("Tags", "list")),
    },
    deletions={"DeleteSchedule": "schedule", "DeleteScheduleGroup": "schedule-group"},
    other_names=_names,
    of_arn=by_type(
        {
            "schedule": ("schedule", lambda name: name if "/" in name else f"default/{name}"),
            "schedule-group": ("schedule-group", str),
        }
    ),
)
