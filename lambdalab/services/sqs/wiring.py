"""Queues and their dead-letter queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.wiring import labels
from lambdalab.wiring.arn_resources import called
from lambdalab.wiring.scope import listed
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from lambdalab.wiring.reading import Reading
    from lambdalab.wiring.scope import Aws


def _queues(reading: Reading) -> None:
    client = reading.aws("sqs")
    for name in reading.names("queue"):
        with reading.looking("sqs", name):
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            response = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
            policy = (response.get("Attributes") or {}).get("RedrivePolicy")
            if dead := labels.inside(policy, "deadLetterTargetArn"):
                most = labels.inside(policy, "maxReceiveCount")
                case = f"after {most} {'receive' if most == '1' else 'receives'}"
                reading.result(reading.resource("sqs", name), dead, case)


def _names(aws: Aws) -> list[str]:
    return [url.rpartition("/")[2] for url in listed(aws("sqs"), "list_queues", "QueueUrls")]


WIRING = ServiceWiring(called("SQS queue"), readers=(Reader(40, _queues),), lists={"queue": _names})
