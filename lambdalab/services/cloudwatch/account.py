"""Alarms in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    by_type,
    flat,
    if_exists,
    not_none,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _alarm(aws: Aws, name: str) -> Any:
    response = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return (response.get("MetricAlarms") or response.get("CompositeAlarms") or [None])[0]


def _delete(aws: Aws, name: str) -> None:
    with if_exists():
        aws("cloudwatch").delete_alarms(AlarmNames=[name])


def _tags(aws: Aws, name: str) -> Tags:
    arn = _alarm(aws, name)["AlarmArn"]
    return flat(aws("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"])


_CREATION = Creation("alarm", parameter("AlarmName"), tags=("Tags", "list"))

ACCOUNT = ServiceResources(
    "cloudwatch",
    kinds=(
        Kind(
            "alarm",
            exists=not_none(_alarm),
            delete=_delete,
            order=1,
            tags=_tags,
            cost="a little every month that it exists",
        ),
    ),
    creations={"PutMetricAlarm": _CREATION, "PutCompositeAlarm": _CREATION},
    harmless=frozenset({"PutMetricData"}),
    names=(NameIn("AlarmName", "alarm"),),
    other_names=lambda operation, parameters: [Named("alarm", name) for name in parameters.get("AlarmNames", ())],
    of_arn=by_type({"alarm": ("alarm", str)}),
)
