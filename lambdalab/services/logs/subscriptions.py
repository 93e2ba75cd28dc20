"""CloudWatch Logs: what is written to a log group goes to its subscribers, if it matches their filter patterns.

    PutLogEvents, or a function that logs ─▶ log group ─▶ filter pattern ─▶ function (asynchronously) · stream · group

A group has at most two subscriptions. The log group of the very function that would be invoked is refused, because
each invocation would cause another; two functions that read each other's logs are not detected, and neither does AWS
detect them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from lambdalab import rooms
from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.services.lambda_.functions.engine_function import log_group

from . import backend, payloads
from .log_events import matcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.services.parts import LabParts

    from .backend import Account, StoredFilter, StoredGroup, StoredStream

_MOST_FILTERS = 2


class Subscriptions:
    """All subscriptions of a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab
        self._checks = {"lambda": self._check_function, "kinesis": self._check_stream}

    def written(self, original: Callable[..., None]) -> Callable[..., None]:
        """Log events, for one subscriber."""

        def send(
            stream: StoredStream, service: str, destination_arn: str, filter_name: str, log_events: list[dict[str, Any]]
        ) -> None:
            group = stream.log_group
            matches = matcher(group.subscription_filters[filter_name].filter_pattern)
            events = [
                {**each, "id": payloads.event_id(each["timestamp"], each["id"])}
                for each in log_events
                if matches(each["message"])
            ]
            if not events:
                return
            if service != "lambda":
                original(stream, service, destination_arn, filter_name, events)
                return
            found = payloads.data(stream.account_id, group.name, stream.log_stream_name, [filter_name], events)
            source = _source(stream.region, stream.account_id, group.name)
            with contextlib.suppress(NoSuchFunction, NotAllowed):
                principal = self._principal(destination_arn, source, stream.account_id, stream.region)
                self._lab.service_invocation.invoke_asynchronously(
                    principal, destination_arn, payloads.event(found), source_arn=source, account=stream.account_id
                )

        return send

    def subscribed(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """PutSubscriptionFilter."""

        def put(
            account: Account,
            log_group_name: str,
            filter_name: str,
            filter_pattern: str,
            destination_arn: str,
            role_arn: str,
        ) -> Any:
            matcher(filter_pattern)
            if check := self._checks.get(destinations.service_of(destination_arn)):
                check(account, log_group_name, destination_arn, role_arn)
            return original(account, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)

        return put

    def _check_stream(self, account: Account, group: str, stream_arn: str, role_arn: str) -> None:
        if not role_arn:
            raise backend.invalid_parameter("destinationArn for vendor kinesis cannot be used without roleArn")

    def _check_function(self, account: Account, group: str, function_arn: str, role_arn: str) -> None:
        if function_arn.split(":")[4] != account.account_id:
            raise backend.access_denied(
                "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create "
                "cross account lambda triggers."
            )
        if group == _log_group_of(function_arn):
            raise backend.invalid_parameter(
                "The log group provided is reserved for the function logs of the destination function."
            )
        source = _source(account.region_name, account.account_id, group)
        try:
            self._principal(function_arn, source, account.account_id, account.region_name)
        except NotAllowed:
            raise backend.invalid_parameter(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            ) from None

    def _principal(self, function_arn: str, source: str, account: str, region: str) -> str:
        """The principal that a function's policy allows: CloudWatch Logs, or, in older permissions, the Region's."""
        for name in ("logs.amazonaws.com", f"logs.{region}.amazonaws.com"):
            if self._lab.service_invocation.may_invoke(name, function_arn, source_arn=source, account=account):
                return name
        raise NotAllowed(function_arn)


def replaced(original: Callable[..., None]) -> Callable[..., None]:
    """PutSubscriptionFilter changes the subscription of the same name, or adds one if there is room."""

    def put(group: StoredGroup, filter_name: str, filter_pattern: str, destination_arn: str, role_arn: str) -> None:
        known = group.subscription_filters.get(filter_name)
        if known is not None:
            known.update(filter_pattern, destination_arn, role_arn)
        elif len(group.subscription_filters) >= _MOST_FILTERS:
            raise backend.limit_exceeded()
        else:
            original(group, filter_name, filter_pattern, destination_arn, role_arn)

    return put


def described(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A subscription in DescribeSubscriptionFilters."""

    def to_json(subscription: StoredFilter) -> dict[str, Any]:
        found = {name: value for name, value in original(subscription).items() if value is not None}
        return {**found, "applyOnTransformedLogs": False}

    return to_json


def _source(region: str, account: str, group: str) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{group}:*"


def _log_group_of(function_arn: str) -> str:
    """Where a function logs to; by its name, if there is no such function."""
    unqualified = function_arn.split(":")[:7]
    stored = rooms.part("lambda", "backend").find_function(":".join(unqualified))
    return log_group(stored) if stored is not None else f"/aws/lambda/{unqualified[6]}"
