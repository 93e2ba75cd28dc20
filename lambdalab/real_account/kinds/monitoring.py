"""Log groups and alarms: Amazon CloudWatch."""

from __future__ import annotations

from typing import Any

from .kind import Aws, Kind, Tags, deleted_by, flat, if_there, is_there, pages


def log_group(aws: Aws, name: str) -> dict[str, Any] | None:
    """What CloudWatch says of this log group, if there is one."""
    for group in pages(aws("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            return dict(group)
    return None


def _log_group_tags(aws: Aws, name: str) -> Tags:
    group = log_group(aws, name) or {}
    arn = str(group["arn"]).removesuffix(":*")
    return dict(aws("logs").list_tags_for_resource(resourceArn=arn)["tags"])


def _alarm(aws: Aws, name: str) -> Any:
    answer = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return (answer.get("MetricAlarms") or answer.get("CompositeAlarms") or [None])[0]


def _delete_alarm(aws: Aws, name: str) -> None:
    with if_there():
        aws("cloudwatch").delete_alarms(AlarmNames=[name])


def _alarm_tags(aws: Aws, name: str) -> Tags:
    arn = _alarm(aws, name)["AlarmArn"]
    return flat(aws("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"])


ALARM = Kind(
    "alarm",
    "cloudwatch",
    is_there(_alarm),
    _delete_alarm,
    _alarm_tags,
    cost="a little every month that it exists",
)
LOG_GROUP = Kind(
    "log-group",
    "logs",
    is_there(log_group),
    deleted_by("logs", "delete_log_group", "logGroupName"),  # streams, filters and subscriptions go with it
    _log_group_tags,
    cost="what is logged",
)
