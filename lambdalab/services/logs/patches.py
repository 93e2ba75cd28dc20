"""Every change to moto's CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import backend, log_events, subscriptions

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """How log events get to subscribers, what subscriptions may say, and what FilterLogEvents finds."""
    logs = subscriptions.Subscriptions(lab)
    return (
        backend.replace(
            "LogStream._send_log_events",
            ("self", "service", "destination_arn", "filter_name", "log_events"),
            logs.written,
            "moto sends every subscriber everything, whatever its filter, and runs functions in the writer's thread",
        ),
        backend.replace(
            "LogsBackend.put_subscription_filter",
            ("self", "log_group_name", "filter_name", "filter_pattern", "destination_arn", "role_arn"),
            logs.subscribed,
            "moto subscribes functions whose policy does not allow CloudWatch Logs, and takes any pattern",
        ),
        backend.replace(
            "LogGroup.put_subscription_filter",
            ("self", "filter_name", "filter_pattern", "destination_arn", "role_arn"),
            subscriptions.replaced,
            "moto does not let one of two subscriptions be changed",
        ),
        backend.replace(
            "SubscriptionFilter.to_json",
            ("self",),
            subscriptions.described,
            "moto names a role where there is none",
        ),
        backend.replace(
            "LogEvent.to_filter_dict",
            ("self",),
            log_events.with_id,
            "moto's ids are small numbers; those of CloudWatch Logs have 56 digits",
        ),
        backend.replace(
            "LogsBackend.filter_log_events",
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
            log_events.searched,
            "an invalid pattern is an error even where there is nothing to find",
        ),
        backend.replace(
            "models.EventMessageFilter",
            ("pattern",),
            lambda original: log_events.Filter,
            "moto knows terms and phrases; any other pattern finds everything",
        ),
    )
