"""The three items. Each has come through a few times before its journey is recorded: environments are warm."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

import lambdalab

from .journey import Journey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from .recorder import Recorder

WARM_UPS = 3
HANDLER = 'def handler(event, context):\n    return {"statusCode": 200, "body": "Hello"}\n'
MAY_POLL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": "*",
        }
    ],
}


def walk(recorder: Recorder, wanted: Collection[str]) -> Iterator[Journey]:
    """Record the journeys that are wanted, one after the other, in a lab of their own."""
    with recorder.installed(), lambdalab.start() as lab:
        lambda_ = boto3.client("lambda")
        arn = _function(lab, lambda_)

        def invoke() -> None:
            lambda_.invoke(FunctionName="walk", Payload=b"{}")["Payload"].read()

        if "invoke" in wanted:
            yield _journey(recorder, lab, "Invoke", invoke)
        if "sqs" in wanted:
            send = _queue(lambda_)

            def message() -> None:
                send()
                lab.settle()

            yield _journey(recorder, lab, "SQS message", message)
        if "http-api" in wanted:
            yield _journey(recorder, lab, "HTTP API request", _api(lab, lambda_, arn))


def _journey(recorder: Recorder, lab: Any, name: str, item: Callable[[], None]) -> Journey:
    for _ in range(WARM_UPS):
        item()
        lab.settle()
    with recorder.recording() as calls:
        item()
    return Journey(name, list(calls))


def _function(lab: Any, lambda_: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "app.py")
        source.write_text(HANDLER, encoding="utf-8")
        package = lab.package(str(source))
    arn: str = lambda_.create_function(
        FunctionName="walk",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=lab.role("walk", MAY_POLL),
        Handler="app.handler",
        Code={"ZipFile": package},
    )["FunctionArn"]
    return arn


def _queue(lambda_: Any) -> Callable[[], None]:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="walk")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lambda_.create_event_source_mapping(EventSourceArn=queue, FunctionName="walk")
    return lambda: sqs.send_message(QueueUrl=url, MessageBody="Hello")


def _api(lab: Any, lambda_: Any, arn: str) -> Callable[[], None]:
    api = boto3.client("apigatewayv2").create_api(Name="walk", ProtocolType="HTTP", Target=arn)
    lambda_.add_permission(
        FunctionName="walk",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    url = lab.url(f"{api['ApiEndpoint']}/hello")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request() -> None:
        with contextlib.closing(opener.open(url)) as answer:
            if answer.read() != b"Hello":
                raise RuntimeError(f"{url} did not answer as its function does: the journey would mean nothing")

    return request
