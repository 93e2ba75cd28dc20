"""Services that invoke a function in their own name are let in by the function's policy, or not at all.

S3, SNS and CloudWatch Logs. Two of them try when they are configured, and refuse; SNS does not, and its messages are
lost. A permission that is taken away later loses events in silence. What reads from queues and streams does so with
the function's role, and needs no such permission.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.cloud.seams import Seam

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.cloud.seams import Change

    from .context import Context

_WHY = "moto invokes a function whether its policy allows that or not"


def seams(context: Context) -> tuple[Change, ...]:
    """Where these services are told of a function, and where they invoke it."""
    return (
        Seam(
            "moto.logs.models",
            "LogsBackend",
            "put_subscription_filter",
            ("self", "log_group_name", "filter_name", "filter_pattern", "destination_arn", "role_arn"),
            lambda original: _subscribe_to_logs(context, original),
            _WHY,
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaBackend",
            "send_log_event",
            ("self", "function_arn", "filter_name", "log_group_name", "log_stream_name", "log_events"),
            lambda original: _from_logs(context, original),
            _WHY,
        ),
    )


def _subscribe_to_logs(context: Context, original: Callable[..., Any]) -> Callable[..., Any]:
    def put(backend: Any, log_group_name: str, *args: Any, **more: Any) -> Any:
        from moto.logs.exceptions import InvalidParameterException

        function_arn = str(more["destination_arn"] if "destination_arn" in more else args[2])
        if ":lambda:" in function_arn and not _logs_may(context, backend, function_arn, log_group_name):
            raise InvalidParameterException(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            )
        return original(backend, log_group_name, *args, **more)

    return put


def _from_logs(context: Context, original: Callable[..., None]) -> Callable[..., None]:
    def send(
        backend: Any, function_arn: str, filter_name: str, log_group_name: str, log_stream_name: str, log_events: Any
    ) -> None:
        if _logs_may(context, backend, function_arn, log_group_name):
            original(backend, function_arn, filter_name, log_group_name, log_stream_name, log_events)

    return send


def _logs_may(context: Context, backend: Any, function_arn: str, group: str) -> bool:
    """Logs comes by its own name, or by that of its region, which older permissions have."""
    source = f"arn:aws:logs:{backend.region_name}:{backend.account_id}:log-group:{group}:*"
    return any(
        context.gate.may_invoke(name, function_arn, source, backend.account_id)
        for name in ("logs.amazonaws.com", f"logs.{backend.region_name}.amazonaws.com")
    )
