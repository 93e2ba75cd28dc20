"""Topics: their subscriptions, and the dead-letter queues of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.wiring import labels
from lambdalab.wiring.arn_resources import called, end
from lambdalab.wiring.model import Resource, Way
from lambdalab.wiring.scope import listed, pages
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.wiring.reading import Reading
    from lambdalab.wiring.scope import Aws


def _topics(reading: Reading) -> None:
    client = reading.aws("sns")
    for name in reading.names("topic"):
        arn = reading.arn("sns", name)
        with reading.looking("sns", name):
            found = list(pages(client, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn))
            for each in sorted(found, key=lambda each: (each["Protocol"], each["Endpoint"])):
                topic, _ = end(arn)
                attributes: dict[str, str] = {}
                if each["SubscriptionArn"].startswith("arn:"):  # else "PendingConfirmation"
                    response = client.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])
                    attributes = response["Attributes"]
                if each["Protocol"] in ("lambda", "sqs", "firehose"):
                    reading.push(topic, each["Endpoint"], _subscription(attributes))
                else:
                    subscriber = Resource(f"{arn} {each['Endpoint']}", each["Protocol"], "subscriber")
                    reading.draft.arrow(topic, subscriber, Way.ASYNCHRONOUS, _subscription(attributes))
                if dead := labels.inside(attributes.get("RedrivePolicy"), "deadLetterTargetArn"):
                    reading.result(topic, dead, f"given up: {end(each['Endpoint'])[0].name}")


def _subscription(attributes: dict[str, str]) -> Iterator[str]:
    if policy := attributes.get("FilterPolicy"):
        where = "body" if attributes.get("FilterPolicyScope") == "MessageBody" else "attributes"
        yield f"{where} {labels.pattern(policy)}"
    else:
        yield "every message"
    if attributes.get("RawMessageDelivery") == "true":
        yield "raw"


def _names(aws: Aws) -> list[str]:
    return [arn.rpartition(":")[2] for arn in listed(aws("sns"), "list_topics", "Topics", "TopicArn")]


WIRING = ServiceWiring(called("SNS topic"), readers=(Reader(21, _topics),), lists={"topic": _names})
