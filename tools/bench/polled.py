"""How fast messages go from a queue to a function, ten in a batch, beside a loop that does the same by hand.

The loop is what one writes without an event source mapping: receive ten messages, invoke the function with them, delete
them; five at once, as Lambda begins. Each of the three is a call through boto3 to the lab's server, where the lab's own
pollers have none to make.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import boto3

from lambdalab.lab import start
from tools.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.lab import Lab

MESSAGES = 5_000
AT_ONCE = 5
_QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"


def messages() -> Iterator[Figure]:
    """Fill a queue; then let a mapping empty it, and then a loop."""
    with start() as lab:
        _prepare(lab)
        mapping = boto3.client("lambda").create_event_source_mapping(
            FunctionName="worker", EventSourceArn=_QUEUE, BatchSize=10, Enabled=False
        )["UUID"]
        _fill(20 * AT_ONCE)
        _enable(lab, mapping, True)  # environments are warm from here on
        _enable(lab, mapping, False)
        _fill(MESSAGES)
        began = time.perf_counter()
        _enable(lab, mapping, True)
        yield Figure("SQS to function, batches of 10, messages a second", MESSAGES / (time.perf_counter() - began), "")
        boto3.client("lambda").delete_event_source_mapping(UUID=mapping)
        _fill(MESSAGES)
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as callers:
            done = sum(callers.map(_by_hand, [boto3.Session() for _ in range(AT_ONCE)]))
        if done != MESSAGES:
            raise RuntimeError(f"the loop saw {done} messages of {MESSAGES}: the figure would mean nothing")
        seconds = time.perf_counter() - began
        yield Figure("the same by hand: receive, invoke, delete", MESSAGES / seconds, "")


def _by_hand(session: boto3.Session) -> int:
    sqs, aws_lambda = session.client("sqs"), session.client("lambda")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    done = 0
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        event: dict[str, Any] = {"Records": [{"messageId": each["MessageId"], "body": each["Body"]} for each in found]}
        aws_lambda.invoke(FunctionName="worker", Payload=json.dumps(event))
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(found)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        done += len(found)
    return done


def _enable(lab: Lab, mapping: str, enabled: bool) -> None:
    boto3.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=enabled)
    lab.settle(timeout=300)


def _fill(count: int) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    for first in range(0, count, 10):
        entries = [{"Id": str(number), "MessageBody": f"message {first + number}"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def _prepare(lab: Lab) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": _QUEUE}
    role = lab.role("bench", {"Version": "2012-10-17", "Statement": [statement]})
    with TemporaryDirectory() as folder:
        source = Path(folder, "app.py")
        source.write_text("def handler(event, context): return len(event['Records'])\n")
        code = {"ZipFile": lab.package(source)}
    boto3.client("lambda").create_function(
        FunctionName="worker", Runtime="python3.13", Handler="app.handler", Role=role, Code=code
    )
    boto3.client("sqs").create_queue(QueueName="jobs")
