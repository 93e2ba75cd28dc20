"""The door into moto's SNS: topics and subscriptions, as moto keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.sns.exceptions import SNSException, SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription, sns_backends

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class StoredTopic(Protocol):
    """A topic."""

    arn: str
    fifo_topic: Any
    """Whether it is a FIFO topic: a boolean, or "true"."""


class StoredSubscription(Protocol):
    """A subscription."""

    arn: str
    account_id: str
    protocol: str
    """ "lambda", "sqs" …"""
    endpoint: str
    """The ARN of the function or queue."""
    topic: StoredTopic
    attributes: dict[str, Any]
    """RawMessageDelivery, FilterPolicyScope, RedrivePolicy …"""
    _filter_policy: dict[str, Any] | None

    def _parse_message_structure(self, message: str, protocol: str) -> str: ...


class Account(Protocol):
    """moto's SNS of an account and Region."""

    subscriptions: dict[str, StoredSubscription]

    def get_topic(self, arn: str) -> StoredTopic:
        """NotFound if there is none."""


class InvalidMessage(Exception):
    """SNS does not take this message; the text says why."""


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "Subscription.publish". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    return Patch("moto.sns.models", owner, attribute, parameters, replacement, why)


def exists(arn: str) -> bool:
    """Whether there is this topic."""
    return arn in _account(arn).topics


def publish(arn: str, message: str, subject: str | None, attributes: Mapping[str, Mapping[str, str]]) -> None:
    """Publish, to a topic that is there. `attributes`: {name: {"Type": …, "Value": …}}. InvalidMessage."""
    try:
        _account(arn).publish(message, arn, subject=subject, message_attributes=attributes)
    except SNSException as problem:
        raise InvalidMessage(str(problem)) from None


def filter_policy(subscription: StoredSubscription) -> dict[str, Any]:
    """The filter policy; empty if there is none."""
    return subscription._filter_policy or {}


def message_for_protocol(subscription: StoredSubscription, message: str) -> str:
    """Of a message with MessageStructure=json, the text for this subscription's protocol."""
    return subscription._parse_message_structure(message, subscription.protocol)


def signature_version(topic: StoredTopic) -> str:
    """ "1" or "2". moto sets the attribute when a caller does."""
    return str(getattr(topic, "signature_version", None) or "1")


def policy_of(region: str, account: str, name: str) -> Any:
    """A topic's policy."""
    topic = _find_topic(region, account, name)
    return topic.policy if topic else None


def tags_of(region: str, account: str, name: str) -> Mapping[str, str]:
    """A topic's tags."""
    topic = _find_topic(region, account, name)
    return topic._tags or {} if topic else {}


def invalid_parameter(what: str) -> Exception:
    """The error InvalidParameter."""
    error: Exception = SNSInvalidParameter(f"Invalid parameter: {what}")
    return error


def misfits() -> Iterator[str]:
    """What moto does not have, as this room uses it."""
    scratch = SNSBackend("us-east-1", "123456789012")
    topic = scratch.create_topic("probe")
    subscription = Subscription("123456789012", topic, "arn:aws:sqs:us-east-1:123456789012:probe", "sqs")
    yield from missing(scratch, "topics", "subscriptions", "get_topic", "publish")
    yield from missing(topic, "arn", "fifo_topic", "policy", "_tags")
    yield from missing(
        subscription,
        *("arn", "account_id", "protocol", "endpoint", "topic", "attributes"),
        *("_filter_policy", "_parse_message_structure"),
    )


def _find_topic(region: str, account: str, name: str) -> Any:
    return sns_backends[account][region].topics.get(f"arn:aws:sns:{region}:{account}:{name}")


def _account(arn: str) -> Any:
    _, _, _, region, account, _ = arn.split(":", 5)
    return sns_backends[account][region]
