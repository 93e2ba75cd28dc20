"""Publish: a message goes to each subscriber whose filter policy it matches: functions and queues.

    Publish ─▶ topic ─▶ subscription ─▶ filter policy ─▶ function (asynchronously) · queue
                                                    └─ refused ─▶ the subscription's dead-letter queue, or lost

A function's policy and a queue's policy must allow SNS. After a client error (no such function, no permission) SNS does
not retry: the message goes to the queue of the subscription's RedrivePolicy; without one it is lost, and nobody is
notified. What Lambda has accepted is Lambda's: its retries, and its own dead-letter queue.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html

moto keeps topics and subscriptions. Subscribers by e-mail, SMS, HTTP or phone get nothing.
"""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.records import Message
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint import request_context as requests

from . import backend, payloads
from .filter_policies import ATTRIBUTES, passes
from .subscriptions import dead_letter_queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.services.parts import LabParts

    from .backend import StoredSubscription

SERVICE = "sns.amazonaws.com"
_MOST_RAW_ATTRIBUTES = 10


class _Refused(Exception):
    """SNS cannot deliver to this subscriber."""


@dataclass(frozen=True)
class _Publication:
    """One message on its way to one subscriber."""

    notification: payloads.Notification
    group_id: str | None
    deduplication_id: str | None


class Topics:
    """All topics of a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab
        self._protocols = {"lambda": self._to_function, "sqs": self._to_queue}

    def published(self, original: Callable[..., None]) -> Callable[..., None]:
        """A message reaches one subscription."""

        def publish(
            subscription: StoredSubscription,
            message: str,
            message_id: str,
            subject: str | None = None,
            message_attributes: dict[str, Any] | None = None,
            group_id: str | None = None,
            deduplication_id: str | None = None,
            message_structure: str | None = None,
        ) -> None:
            if (deliver := self._protocols.get(subscription.protocol)) is None:
                return  # moto would send what goes to a URL, and nothing leaves this machine
            if message_structure == "json":
                message = backend.message_for_protocol(subscription, message)
            attributes = {
                name: {"Type": each["Type"], "Value": _text(each["Value"])}
                for name, each in (message_attributes or {}).items()
            }
            scope = subscription.attributes.get("FilterPolicyScope") or ATTRIBUTES
            if not passes(backend.filter_policy(subscription), scope, attributes, message):
                return
            notification = payloads.Notification(
                subscription.topic.arn,
                subscription.arn,
                message_id,
                message,
                self._lab.clock.time(),
                subject,
                attributes,
                backend.signature_version(subscription.topic),
            )
            publication = _Publication(notification, group_id, deduplication_id)
            try:
                deliver(subscription, publication)
            except _Refused:
                self._to_dead_letters(subscription, publication)

        return publish

    def _to_function(self, subscription: StoredSubscription, publication: _Publication) -> None:
        try:
            self._lab.service_invocation.invoke_asynchronously(
                SERVICE,
                subscription.endpoint,
                payloads.event(publication.notification),
                source_arn=publication.notification.topic_arn,
                account=subscription.account_id,
                trace=requests.current().trace,
            )
        except (NotAllowed, NoSuchFunction) as problem:
            raise _Refused from problem

    def _to_queue(self, subscription: StoredSubscription, publication: _Publication) -> None:
        notification = publication.notification
        if str(subscription.attributes.get("RawMessageDelivery")).lower() != "true":
            self._send(subscription.endpoint, publication, payloads.envelope(notification))
        elif len(notification.attributes) > _MOST_RAW_ATTRIBUTES:
            raise _Refused
        else:
            attributes = payloads.raw_attributes(notification)
            self._send(subscription.endpoint, publication, notification.message, attributes)

    def _to_dead_letters(self, subscription: StoredSubscription, publication: _Publication) -> None:
        """The queue's policy must allow SNS, too; if it does not, the message is lost."""
        if queue := dead_letter_queue(subscription):
            with contextlib.suppress(_Refused):
                self._send(queue, publication, payloads.envelope(publication.notification))

    def _send(
        self,
        queue_arn: str,
        publication: _Publication,
        body: str,
        attributes: dict[str, tuple[str, str]] | None = None,
    ) -> None:
        topic = publication.notification.topic_arn
        account = topic.split(":")[4]
        queue = destinations.of(queue_arn)
        needed = queue.required_access(queue_arn)
        if not queue.exists(queue_arn, account) or not self._lab.enforcement.service_may(
            SERVICE, needed.action, needed.resource, topic, account
        ):
            raise _Refused
        fifo = queue_arn.endswith(".fifo")
        message = Message(
            body,
            attributes or {},
            group_id=publication.group_id if fifo else None,
            deduplication_id=publication.deduplication_id if fifo else None,
        )
        try:
            queue.send(queue_arn, message, destinations.Sender(account, self._lab.queue))
        except destinations.CannotDeliver as problem:
            raise _Refused from problem


def _text(value: Any) -> str:
    """An attribute's value as events have it: of a Number as it was written, of a Binary in base64."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
