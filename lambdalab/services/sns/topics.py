"""Amazon SNS: a message to a topic goes to each subscriber whose filter wants it: functions and queues.

    Publish ─▶ topic ─▶ subscription ─▶ filter policy ─▶ function (asynchronously) · queue
                                                    └─ refused ─▶ the subscription's dead-letter queue, or nobody

A function's policy and a queue's policy must let SNS in. What is refused once (no such function, no permission) SNS
does not try again; it goes to the queue of the subscription's RedrivePolicy, and nobody is told if there is none.
What Lambda has accepted is Lambda's: its retries, and its own dead-letter queue.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html

moto keeps topics and subscriptions. E-mail, SMS, HTTP and phones get nothing.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint import request_context as requests
from lambdalab.moto_patches import Patch

from . import payloads
from .filter_policies import ATTRIBUTES, InvalidPolicy, check_policy, passes

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

SERVICE = "sns.amazonaws.com"
_MOST_RAW_ATTRIBUTES = 10
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")


class _Refused(Exception):
    """A subscriber that SNS cannot reach."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Where a message goes to a subscriber, and what subscriptions are told."""
    sns = _Sns(lab)
    backend = ("moto.sns.models", "SNSBackend")
    return (
        Patch(
            "moto.sns.models",
            "Subscription",
            "publish",
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
            sns.published,
            "moto runs functions in the publisher's thread, with made-up fields, and asks nobody's policy",
        ),
        Patch(
            *backend,
            "subscribe",
            ("self", "topic_arn", "endpoint", "protocol"),
            _subscribed,
            "moto lets functions subscribe to FIFO topics, and takes any text for a function's ARN",
        ),
        Patch(
            *backend,
            "set_subscription_attributes",
            ("self", "arn", "name", "value"),
            _attribute_set,
            "moto takes any RedrivePolicy, and changes the scope of a filter without looking at it",
        ),
        Patch(
            *backend,
            "_validate_filter_policy",
            ("self", "value", "scope"),
            _policy_checked,
            "moto's check of filter policies knows few of SNS's tests",
        ),
    )


class _Sns:
    """What SNS does in a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab

    def published(self, original: Callable[..., None]) -> Callable[..., None]:
        """A message to one subscriber."""

        def publish(
            subscription: Any,
            message: str,
            message_id: str,
            subject: str | None = None,
            message_attributes: dict[str, Any] | None = None,
            group_id: str | None = None,
            deduplication_id: str | None = None,
            message_structure: str | None = None,
        ) -> None:
            if subscription.protocol not in ("lambda", "sqs"):
                return  # moto would send what goes to a URL, and nothing leaves this machine
            if message_structure == "json":
                message = subscription._parse_message_structure(message, subscription.protocol)
            attributes = {
                name: {"Type": each["Type"], "Value": _text(each["Value"])}
                for name, each in (message_attributes or {}).items()
            }
            scope = subscription.attributes.get("FilterPolicyScope") or ATTRIBUTES
            if not passes(subscription._filter_policy or {}, scope, attributes, message):
                return
            notification = payloads.Notification(
                subscription.topic.arn,
                subscription.arn,
                message_id,
                message,
                self._lab.clock.time(),
                subject,
                attributes,
                str(getattr(subscription.topic, "signature_version", None) or "1"),
            )
            try:
                if subscription.protocol == "lambda":
                    self._to_function(subscription, notification)
                else:
                    self._to_queue(subscription, notification, group_id, deduplication_id)
            except _Refused:
                self._to_dead_letters(subscription, notification, group_id, deduplication_id)

        return publish

    def _to_function(self, subscription: Any, notification: payloads.Notification) -> None:
        try:
            self._lab.delivery.push(
                SERVICE,
                subscription.endpoint,
                payloads.event(notification),
                source_arn=notification.topic_arn,
                account=subscription.account_id,
                trace=requests.current().trace,
            )
        except (NotAllowed, NoSuchFunction) as problem:
            raise _Refused from problem

    def _to_queue(
        self,
        subscription: Any,
        notification: payloads.Notification,
        group_id: str | None,
        deduplication_id: str | None,
    ) -> None:
        raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
        if raw and len(notification.attributes) > _MOST_RAW_ATTRIBUTES:
            raise _Refused
        body = notification.message if raw else payloads.envelope(notification)
        attributes = payloads.raw_attributes(notification) if raw else {}
        self._send(subscription.endpoint, notification, body, attributes, group_id, deduplication_id)

    def _to_dead_letters(
        self,
        subscription: Any,
        notification: payloads.Notification,
        group_id: str | None,
        deduplication_id: str | None,
    ) -> None:
        """The queue must let SNS in as well; if it does not, the message is lost."""
        queue = _dead_letter_queue(subscription)
        if queue:
            try:
                self._send(queue, notification, payloads.envelope(notification), {}, group_id, deduplication_id)
            except _Refused:
                return

    def _send(
        self,
        queue_arn: str,
        notification: payloads.Notification,
        body: str,
        attributes: dict[str, Any],
        group_id: str | None,
        deduplication_id: str | None,
    ) -> None:
        from moto.sqs.models import sqs_backends

        account = notification.topic_arn.split(":")[4]
        topic = notification.topic_arn
        if not destinations.exists(queue_arn, account) or not self._lab.enforcement.service_may(
            SERVICE, "sqs:SendMessage", queue_arn, topic, account
        ):
            raise _Refused
        _, _, _, region, owner, name = queue_arn.split(":", 5)
        fifo = name.endswith(".fifo")
        sqs_backends[owner][region].send_message(
            name,
            body,
            message_attributes=attributes,
            deduplication_id=deduplication_id if fifo else None,
            group_id=group_id if fifo else None,
            validate_group_id=False,
        )


def _text(value: Any) -> str:
    """An attribute's value as events have it: of a Number as it was written, of a Binary in base64."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _dead_letter_queue(subscription: Any) -> str | None:
    policy = subscription.attributes.get("RedrivePolicy")
    return json.loads(policy)["deadLetterTargetArn"] if policy else None


# What subscriptions are told ----------------------------------------------------------------------------------------


def _subscribed(original: Callable[..., Any]) -> Callable[..., Any]:
    def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol == "lambda":
            topic = backend.get_topic(topic_arn)
            if str(topic.fifo_topic).lower() == "true":
                raise _invalid("Invalid protocol type: lambda")
            if not _FUNCTION.fullmatch(endpoint):
                raise _invalid("Lambda endpoint ARN")
        return original(backend, topic_arn, endpoint, protocol)

    return subscribe


def _attribute_set(original: Callable[..., None]) -> Callable[..., None]:
    def set_subscription_attributes(backend: Any, arn: str, name: str, value: Any) -> None:
        if name == "RedrivePolicy" and value:
            _check_redrive(value)
        if name == "FilterPolicyScope":
            if value not in (ATTRIBUTES, "MessageBody"):
                raise _invalid(
                    f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
                )
            subscription = backend.subscriptions.get(arn)
            if subscription is not None and subscription._filter_policy:
                _check(json.dumps(subscription._filter_policy), value)
        original(backend, arn, name, value)

    return set_subscription_attributes


def _policy_checked(original: Callable[..., None]) -> Callable[..., None]:
    def validate(backend: Any, value: Any, scope: str | None) -> None:
        _check(json.dumps(value, separators=(",", ":")), scope or ATTRIBUTES)

    return validate


def _check(policy: str, scope: str) -> None:
    try:
        check_policy(policy, scope)
    except InvalidPolicy as problem:
        raise _invalid(str(problem)) from None


def _check_redrive(value: str) -> None:
    try:
        target = json.loads(value)["deadLetterTargetArn"]
    except (ValueError, KeyError, TypeError):
        raise _invalid("RedrivePolicy: failed to parse JSON.") from None
    if destinations.service_of(str(target)) != "sqs":
        raise _invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")


def _invalid(what: str) -> Exception:
    from moto.sns.exceptions import SNSInvalidParameter

    error: Exception = SNSInvalidParameter(f"Invalid parameter: {what}")
    return error
