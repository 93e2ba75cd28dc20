"""What SNS delivers, compared with the samples that AWS publishes."""

from __future__ import annotations

import base64
import json

import pytest

from lambdalab.services.sns import payloads as sns
from tests.lambdalab.shapes import shape

NOTIFICATION = sns.Notification(
    "arn:aws:sns:us-east-1:123456789012:news",
    "arn:aws:sns:us-east-1:123456789012:news:21be56ed-a058-49f5-8c98-aedd2564c486",
    "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
    "grüß",
    0.5,
    "a subject",
    {"Test": {"Type": "String", "Value": "x"}, "TestBinary": {"Type": "Binary", "Value": "eA=="}},
)
SAMPLE = {
    "Records": [
        {
            "EventSource": "str",
            "EventVersion": "str",
            "EventSubscriptionArn": "str",
            "Sns": {
                "Type": "str",
                "MessageId": "str",
                "TopicArn": "str",
                "Subject": "str",
                "Message": "str",
                "Timestamp": "str",
                "SignatureVersion": "str",
                "Signature": "str",
                "SigningCertUrl": "str",
                "UnsubscribeUrl": "str",
                "MessageAttributes": {
                    "Test": {"Type": "str", "Value": "str"},
                    "TestBinary": {"Type": "str", "Value": "str"},
                },
            },
        }
    ]
}


@pytest.mark.source("Amazon SNS", "the event's form")
def test_a_function_gets_the_published_sample() -> None:
    event = sns.event(NOTIFICATION)
    assert shape(event) == SAMPLE
    record = event["Records"][0]
    assert list(record["Sns"]) == list(SAMPLE["Records"][0]["Sns"])  # type: ignore[call-overload]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["Sns"]["Timestamp"] == "1970-01-01T00:00:00.500Z"


def test_without_a_subject_it_is_null_for_a_function_and_not_there_for_a_queue() -> None:
    plain = sns.Notification("arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:1:t:s", "id", "m", 0)
    assert sns.event(plain)["Records"][0]["Sns"]["Subject"] is None
    assert sns.event(plain)["Records"][0]["Sns"]["MessageAttributes"] == {}
    assert list(json.loads(sns.envelope(plain))) == [
        *("Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion"),
        *("Signature", "SigningCertURL", "UnsubscribeURL"),
    ]
    assert plain.certificate_url.startswith("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-")


@pytest.mark.source("Amazon SNS", "to a queue, in an envelope")
def test_the_envelope_is_text_as_sns_writes_it() -> None:
    text = sns.envelope(NOTIFICATION)
    assert text.startswith('{\n  "Type" : "Notification",\n  "MessageId" : "95df01b4-')
    assert json.loads(text)["MessageAttributes"] == NOTIFICATION.attributes
    assert json.loads(text)["Message"] == "grüß"


@pytest.mark.differs("Amazon SNS", "the signature", "has the form of Amazon's, and cannot be verified")
def test_the_signature_has_the_form_of_one() -> None:
    assert len(base64.b64decode(NOTIFICATION.signature)) == 256
    other = sns.Notification(NOTIFICATION.topic_arn, NOTIFICATION.subscription_arn, "other", "grüß", 0.5, "a subject")
    assert other.signature != NOTIFICATION.signature


def test_raw_attributes_are_those_of_a_queue() -> None:
    assert sns.raw_attributes(NOTIFICATION) == {
        "Test": ("String", "x"),
        "TestBinary": ("Binary", "eA=="),
    }
