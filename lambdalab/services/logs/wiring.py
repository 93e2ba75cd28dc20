"""Log groups and their subscription filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.wiring.arn_resources import Named
from lambdalab.wiring.scope import listed
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from lambdalab.wiring.reading import Reading


def _named(resource: str) -> Named:
    name = resource.removeprefix("log-group:").removesuffix(":*")
    return Named("log group", name, f"log-group:{name}")


def _log_groups(reading: Reading) -> None:
    for name in reading.names("log-group"):
        with reading.looking("logs", name):
            found = reading.aws("logs").describe_subscription_filters(logGroupName=name)["subscriptionFilters"]
            for each in sorted(found, key=lambda each: str(each["filterName"])):
                group = reading.resource("logs", f"log-group:{name}")
                words = [f"filter {each['filterName']}", each.get("filterPattern") or "every line"]
                reading.push(group, each["destinationArn"], words)


WIRING = ServiceWiring(
    _named,
    readers=(Reader(24, _log_groups),),
    lists={"log-group": lambda aws: listed(aws("logs"), "describe_log_groups", "logGroups", "logGroupName")},
)
