"""CloudWatch Logs: what is written to a log group goes to its subscribers, if it is of their filter patterns.

    PutLogEvents, or a function that logs ─▶ log group ─▶ filter pattern ─▶ function (asynchronously) · stream · group

A group has two subscriptions at most. The log group of the very function that would be called is refused, because
each call would make another; two functions that read each other's logs are not noticed, by AWS neither.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.moto_patches import Patch

from . import payloads
from .filter_patterns import InvalidPattern, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_MODELS = "moto.logs.models"
_MOST_FILTERS = 2


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Where log events go to subscribers, what subscriptions are told, and what FilterLogEvents finds."""
    logs = _Logs(lab)
    return (
        Patch(
            _MODELS,
            "LogStream",
            "_send_log_events",
            ("self", "service", "destination_arn", "filter_name", "log_events"),
            logs.written,
            "moto sends every subscriber everything, whatever its filter, and runs functions in the writer's thread",
        ),
        Patch(
            _MODELS,
            "LogsBackend",
            "put_subscription_filter",
            ("self", "log_group_name", "filter_name", "filter_pattern", "destination_arn", "role_arn"),
            logs.subscribed,
            "moto subscribes functions whether their policy lets CloudWatch Logs in or not, and to any pattern",
        ),
        Patch(
            _MODELS,
            "LogGroup",
            "put_subscription_filter",
            ("self", "filter_name", "filter_pattern", "destination_arn", "role_arn"),
            _replaced,
            "moto does not let one of two subscriptions be changed",
        ),
        Patch(
            _MODELS,
            "SubscriptionFilter",
            "to_json",
            ("self",),
            _described,
            "moto names a role where there is none",
        ),
        Patch(
            _MODELS,
            "LogEvent",
            "to_filter_dict",
            ("self",),
            _with_id,
            "moto's ids are small numbers; those of CloudWatch Logs have 56 digits",
        ),
        Patch(
            _MODELS,
            "LogsBackend",
            "filter_log_events",
            (
                "self",
                "log_group_name",
                "log_stream_names",
                "start_time",
                "end_time",
                "limit",
                "next_token",
                "filter_pattern",
                "interleaved",
            ),
            _searched,
            "a pattern that is none is refused also where there is nothing to find",
        ),
        Patch(
            "moto.logs",
            "models",
            "EventMessageFilter",
            ("pattern",),
            lambda original: _Filter,
            "moto knows terms and phrases; any other pattern finds everything",
        ),
    )


class _Filter:
    """Stands in for moto's."""

    def __init__(self, pattern: str | None) -> None:
        self._test = _read(pattern or "")

    def matches(self, message: str) -> bool:
        """Whether a message is of the pattern."""
        return self._test(message)


class _Logs:
    """What CloudWatch Logs does in a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab

    def written(self, original: Callable[..., None]) -> Callable[..., None]:
        """Log events, for one subscriber."""

        def send(
            stream: Any, service: str, destination_arn: str, filter_name: str, log_events: list[dict[str, Any]]
        ) -> None:
            group = stream.log_group
            wants = compiled(group.subscription_filters[filter_name].filter_pattern or "")
            events = [
                {**each, "id": payloads.event_id(each["timestamp"], each["id"])}
                for each in log_events
                if wants(each["message"])
            ]
            if not events:
                return
            if service != "lambda":
                original(stream, service, destination_arn, filter_name, events)
                return
            found = payloads.data(stream.account_id, group.name, stream.log_stream_name, [filter_name], events)
            source = _source(stream.region, stream.account_id, group.name)
            with contextlib.suppress(NoSuchFunction, NotAllowed):
                name = self._name(destination_arn, source, stream.account_id, stream.region)
                self._lab.delivery.push(
                    name, destination_arn, payloads.event(found), source_arn=source, account=stream.account_id
                )

        return send

    def subscribed(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """PutSubscriptionFilter."""

        def put(
            backend: Any,
            log_group_name: str,
            filter_name: str,
            filter_pattern: str,
            destination_arn: str,
            role_arn: str,
        ) -> Any:
            from moto.logs.exceptions import InvalidParameterException

            _read(filter_pattern or "")
            if ":lambda:" in destination_arn:
                self._check_function(backend, log_group_name, destination_arn)
            elif ":kinesis:" in destination_arn and not role_arn:
                raise InvalidParameterException("destinationArn for vendor kinesis cannot be used without roleArn")
            return original(backend, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)

        return put

    def _check_function(self, backend: Any, group: str, function_arn: str) -> None:
        from moto.logs.exceptions import InvalidParameterException, LogsClientError

        if function_arn.split(":")[4] != backend.account_id:
            raise LogsClientError(
                "AccessDeniedException",
                "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create "
                "cross account lambda triggers.",
            )
        if group == _log_group_of(function_arn):
            raise InvalidParameterException(
                "The log group provided is reserved for the function logs of the destination function."
            )
        source = _source(backend.region_name, backend.account_id, group)
        try:
            self._name(function_arn, source, backend.account_id, backend.region_name)
        except NotAllowed:
            raise InvalidParameterException(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            ) from None

    def _name(self, function_arn: str, source: str, account: str, region: str) -> str:
        """The name by which a function's policy lets Logs in: its own, or, in older permissions, that of its Region."""
        for name in ("logs.amazonaws.com", f"logs.{region}.amazonaws.com"):
            if self._lab.delivery.allowed(name, function_arn, source_arn=source, account=account):
                return name
        raise NotAllowed(function_arn)


def _source(region: str, account: str, group: str) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{group}:*"


def _log_group_of(function_arn: str) -> str:
    """Where a function logs to; by its name, if there is none."""
    from moto.awslambda.models import lambda_backends

    from lambdalab.services.lambda_.functions.engine_function import log_group

    _, _, _, region, account, _, name = function_arn.split(":")[:7]
    try:
        return log_group(lambda_backends[account][region].get_function(name))
    except Exception:
        return f"/aws/lambda/{name}"


def _read(pattern: str) -> Callable[[str], bool]:
    from moto.logs.exceptions import InvalidParameterException

    try:
        return compiled(pattern)
    except InvalidPattern as problem:
        raise InvalidParameterException(str(problem)) from None


def _searched(original: Callable[..., Any]) -> Callable[..., Any]:
    def filter_log_events(
        backend: Any,
        log_group_name: str,
        log_stream_names: list[str],
        start_time: int,
        end_time: int,
        limit: int | None,
        next_token: str | None,
        filter_pattern: str,
        interleaved: bool,
    ) -> Any:
        _read(filter_pattern or "")
        return original(
            backend,
            log_group_name,
            log_stream_names,
            start_time,
            end_time,
            limit,
            next_token,
            filter_pattern,
            True,  # AWS has ignored `interleaved` since 2019: lines of all streams come in the order of their times
        )

    return filter_log_events


def _replaced(original: Callable[..., None]) -> Callable[..., None]:
    def put(group: Any, filter_name: str, filter_pattern: str, destination_arn: str, role_arn: str) -> None:
        from moto.logs.exceptions import LimitExceededException

        known = group.subscription_filters.get(filter_name)
        if known is not None:
            known.update(filter_pattern, destination_arn, role_arn)
        elif len(group.subscription_filters) >= _MOST_FILTERS:
            raise LimitExceededException
        else:
            original(group, filter_name, filter_pattern, destination_arn, role_arn)

    return put


def _described(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def to_json(subscription: Any) -> dict[str, Any]:
        found = {name: value for name, value in original(subscription).items() if value is not None}
        return {**found, "applyOnTransformedLogs": False}

    return to_json


def _with_id(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def to_filter_dict(event: Any) -> dict[str, Any]:
        return {**original(event), "eventId": payloads.event_id(event.timestamp, event.event_id)}

    return to_filter_dict
