"""Subscribe and SetSubscriptionAttributes: what SNS accepts, beyond what moto checks.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations

from . import backend
from .filter_policies import ATTRIBUTES, BODY, InvalidPolicy, check_policy

if TYPE_CHECKING:
    from collections.abc import Callable

_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")


def created(original: Callable[..., Any]) -> Callable[..., Any]:
    """Subscribe: functions only to standard topics, and by their ARN."""

    def subscribe(account: backend.Account, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol == "lambda":
            topic = account.get_topic(topic_arn)
            if str(topic.fifo_topic).lower() == "true":
                raise backend.invalid_parameter("Invalid protocol type: lambda")
            if not _FUNCTION.fullmatch(endpoint):
                raise backend.invalid_parameter("Lambda endpoint ARN")
        return original(account, topic_arn, endpoint, protocol)

    return subscribe


def attribute_set(original: Callable[..., None]) -> Callable[..., None]:
    """SetSubscriptionAttributes: a redrive policy names a queue, and a filter policy must be valid in its new scope."""

    def set_subscription_attributes(account: backend.Account, arn: str, name: str, value: Any) -> None:
        if name == "RedrivePolicy" and value:
            _check_redrive(value)
        if name == "FilterPolicyScope":
            if value not in (ATTRIBUTES, BODY):
                raise backend.invalid_parameter(
                    f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
                )
            subscription = account.subscriptions.get(arn)
            if subscription is not None and (policy := backend.filter_policy(subscription)):
                _check(json.dumps(policy), value)
        original(account, arn, name, value)

    return set_subscription_attributes


def filter_policy_checked(original: Callable[..., None]) -> Callable[..., None]:
    """A new filter policy."""

    def validate(account: backend.Account, value: Any, scope: str | None) -> None:
        _check(json.dumps(value, separators=(",", ":")), scope or ATTRIBUTES)

    return validate


def dead_letter_queue(subscription: backend.StoredSubscription) -> str | None:
    """The ARN in its redrive policy."""
    policy = subscription.attributes.get("RedrivePolicy")
    return json.loads(policy)["deadLetterTargetArn"] if policy else None


def _check(policy: str, scope: str) -> None:
    try:
        check_policy(policy, scope)
    except InvalidPolicy as problem:
        raise backend.invalid_parameter(str(problem)) from None


def _check_redrive(value: str) -> None:
    try:
        target = json.loads(value)["deadLetterTargetArn"]
    except (ValueError, KeyError, TypeError):
        raise backend.invalid_parameter("RedrivePolicy: failed to parse JSON.") from None
    if destinations.service_of(str(target)) != "sqs":
        raise backend.invalid_parameter("RedrivePolicy: deadLetterTargetArn is an invalid arn")
