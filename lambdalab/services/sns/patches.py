"""Every change to moto's SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import backend, subscriptions
from .topics import Topics

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """How messages get to subscribers, and what subscriptions may say."""
    return (
        backend.replace(
            "Subscription.publish",
            (
                "self",
                "message",
                "message_id",
                "subject",
                "message_attributes",
                "group_id",
                "deduplication_id",
                "message_structure",
            ),
            Topics(lab).published,
            "moto runs functions in the publisher's thread, with made-up fields, and checks nobody's policy",
        ),
        backend.replace(
            "SNSBackend.subscribe",
            ("self", "topic_arn", "endpoint", "protocol"),
            subscriptions.created,
            "moto lets functions subscribe to FIFO topics, and takes any text for a function's ARN",
        ),
        backend.replace(
            "SNSBackend.set_subscription_attributes",
            ("self", "arn", "name", "value"),
            subscriptions.attribute_set,
            "moto takes any RedrivePolicy, and changes the scope of a filter policy without checking the policy again",
        ),
        backend.replace(
            "SNSBackend._validate_filter_policy",
            ("self", "value", "scope"),
            subscriptions.filter_policy_checked,
            "moto's check of filter policies knows few of SNS's operators",
        ),
    )
