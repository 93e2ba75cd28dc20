"""Log groups in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    by_type,
    deleted_by,
    not_none,
    pages,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def log_group(aws: Aws, name: str) -> dict[str, Any] | None:
    """How CloudWatch describes this log group, if it exists."""
    for group in pages(aws("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            return dict(group)
    return None


def _tags(aws: Aws, name: str) -> Tags:
    group = log_group(aws, name) or {}
    arn = str(group["arn"]).removesuffix(":*")
    return dict(aws("logs").list_tags_for_resource(resourceArn=arn)["tags"])


ACCOUNT = ServiceResources(
    "logs",
    kinds=(
        Kind(
            "log-group",
            exists=not_none(log_group),
            delete=deleted_by("logs", "delete_log_group", "logGroupName"),  # with its streams and filters
            order=60,
            tags=_tags,
            cost="what is logged",
        ),
    ),
    creations={"CreateLogGroup": Creation("log-group", parameter("logGroupName"), tags=("tags", "map"))},
    parts=frozenset({"CreateLogStream"}),
    harmless=frozenset({"StartQuery", "StopQuery"}),
    deletions={"DeleteLogGroup": "log-group"},
    names=(
        NameIn("logGroupName", "log-group"),
        NameIn(
            "logGroupIdentifier",
            "log-group",
            lambda text: text.partition(":log-group:")[2].removesuffix(":*") or text,
        ),
    ),
    of_arn=by_type({"log-group": ("log-group", lambda name: name.removesuffix(":*"))}),
)
