"""What SNS delivers: to a function an event with one record, to a queue an envelope, or the message as it is.

The signature has the form of Amazon's own, and cannot be verified: the lab does not have the private key for the
certificate that SigningCertURL names, and nothing leaves this machine to fetch that.
https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Notification:
    """A message on its way to one subscriber."""

    topic_arn: str
    subscription_arn: str
    message_id: str
    message: str
    time: float
    subject: str | None = None
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    """{name: {"Type": "String", "Value": "…"}}; of a Binary, the value in base64."""
    signature_version: str = "1"

    @property
    def region(self) -> str:
        """The topic's."""
        return self.topic_arn.split(":")[3]

    @property
    def timestamp(self) -> str:
        """2019-01-02T12:45:07.000Z."""
        return datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def signature(self) -> str:
        """As long as one of Amazon's and the same for the same message, but made with no key."""
        text = "\n".join((self.message, self.message_id, self.subject or "", self.timestamp, self.topic_arn))
        return base64.b64encode(hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(256)).decode()

    @property
    def certificate_url(self) -> str:
        """Where Amazon's certificate would be."""
        return f"https://sns.{self.region}.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem"

    @property
    def unsubscribe_url(self) -> str:
        """Where a subscriber could unsubscribe."""
        query = f"Action=Unsubscribe&SubscriptionArn={self.subscription_arn}"
        return f"https://sns.{self.region}.amazonaws.com/?{query}"


def event(notification: Notification) -> dict[str, Any]:
    """What a function gets: always one record, with a Subject even if it is null."""
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": notification.subscription_arn,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": notification.message_id,
                    "TopicArn": notification.topic_arn,
                    "Subject": notification.subject,
                    "Message": notification.message,
                    "Timestamp": notification.timestamp,
                    "SignatureVersion": notification.signature_version,
                    "Signature": notification.signature,
                    "SigningCertUrl": notification.certificate_url,
                    "UnsubscribeUrl": notification.unsubscribe_url,
                    "MessageAttributes": notification.attributes,
                },
            }
        ]
    }


def envelope(notification: Notification, *, sequence_number: str | None = None) -> str:
    """What a queue gets: the notification as text. Subject and MessageAttributes are there if there are any."""
    found: dict[str, Any] = {"Type": "Notification", "MessageId": notification.message_id}
    if sequence_number:
        found["SequenceNumber"] = sequence_number
    found["TopicArn"] = notification.topic_arn
    if notification.subject is not None:
        found["Subject"] = notification.subject
    found |= {
        "Message": notification.message,
        "Timestamp": notification.timestamp,
        "SignatureVersion": notification.signature_version,
        "Signature": notification.signature,
        "SigningCertURL": notification.certificate_url,
        "UnsubscribeURL": notification.unsubscribe_url,
    }
    if notification.attributes:
        found["MessageAttributes"] = notification.attributes
    return json.dumps(found, indent=2, separators=(",", " : "), ensure_ascii=False)


def raw_attributes(notification: Notification) -> dict[str, tuple[str, str]]:
    """The attributes of a message that is delivered raw: {name: (data type, value)}."""
    return {name: (each["Type"], each["Value"]) for name, each in notification.attributes.items()}
