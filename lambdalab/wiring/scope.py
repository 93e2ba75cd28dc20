"""Where to look: everything that there is, or what somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Look(Protocol):
    """Where to look."""

    account: str
    region: str

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind.

        Kinds: "function", "bucket", "topic", "queue", "log-group", "rule" (its name is BUS/NAME), "schedule"
        (GROUP/NAME), "rest-api" and "http-api" (their ids).
        """


class Listed:
    """Everything that there is."""

    def __init__(self, aws: Callable[[str], Any], account: str, region: str) -> None:
        self.account, self.region = account, region
        self._aws = aws

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind."""
        match kind:
            case "rule":
                buses = [bus["Name"] for bus in self._aws("events").list_event_buses()["EventBuses"]]
                return [f"{bus}/{name}" for bus in buses for name in self._all(kind, EventBusName=bus)]
            case "schedule":
                found = pages(self._aws("scheduler"), "list_schedules", "Schedules")
                return sorted(f"{each['GroupName']}/{each['Name']}" for each in found)
        return self._all(kind)

    def _all(self, kind: str, **parameters: str) -> list[str]:
        service, operation, items, name = _LISTS[kind]
        client = self._aws(service)
        if client.can_paginate(operation):
            found = list(pages(client, operation, items, **parameters))
        else:
            found = getattr(client, operation)(**parameters).get(items) or []
        names = sorted(str(each[name] if name else each) for each in found)
        return [each.rpartition(":" if kind == "topic" else "/")[2] for each in names] if kind in _LAST else names


_LISTS = {
    "function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "queue": ("sqs", "list_queues", "QueueUrls", ""),
    "log-group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "rest-api": ("apigateway", "get_rest_apis", "items", "id"),
    "http-api": ("apigatewayv2", "get_apis", "Items", "ApiId"),
    "rule": ("events", "list_rules", "Rules", "Name"),
}
_LAST = ("topic", "queue")
"""Kinds that are listed by what their name is the last part of."""


def pages(client: Any, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
    """Everything that a listing has, page by page."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(items) or ()
