"""A function that calls itself in a circle is stopped, unless it may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.delivery.recursion import traced
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

CALLS_ITSELF = """
import json, os, boto3
def handler(event, context):
    print("ran", os.environ["_X_AMZN_TRACE_ID"])
    if event["left"]:
        boto3.client("lambda").invoke(
            FunctionName=context.function_name,
            InvocationType="Event",
            Payload=json.dumps({"left": event["left"] - 1}),
        )
"""
MAY_INVOKE = allowing("lambda:InvokeFunction", "sqs:SendMessage")


@pytest.fixture
def runs(lab: Lab, client: Callable[[str], Any]) -> Callable[[], list[str]]:
    """The trace headers of the function's invocations so far."""

    def headers() -> list[str]:
        lab.settle()
        events = client("logs").filter_log_events(logGroupName="/aws/lambda/hello")["events"]
        return [event["message"].split()[1] for event in events if event["message"].startswith("ran ")]

    return headers


def test_it_is_stopped_before_the_seventeenth_time_and_the_event_goes_to_the_destination(
    lab: Lab,
    client: Callable[[str], Any],
    create: Callable[..., Any],
    aws_lambda: Any,
    runs: Callable[[], list[str]],
) -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="stopped")["QueueUrl"]
    create(CALLS_ITSELF, Role=lab.role("r", MAY_INVOKE))
    aws_lambda.put_function_event_invoke_config(
        FunctionName="hello",
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:stopped"}},
    )
    aws_lambda.invoke(FunctionName="hello", InvocationType="Event", Payload=b'{"left": 99}')
    headers = runs()
    assert len(headers) == 16
    assert len({header.split(";")[0] for header in headers}) == 1, "one trace"
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestPayload"] == {"left": 83}
    assert record["requestContext"]["condition"] == "RecursiveInvocationException"
    assert record["requestContext"]["approximateInvokeCount"] == 0


def test_two_chains_are_two(
    lab: Lab, create: Callable[..., Any], aws_lambda: Any, runs: Callable[[], list[str]]
) -> None:
    create(CALLS_ITSELF, Role=lab.role("r", MAY_INVOKE))
    for _ in range(2):
        aws_lambda.invoke(FunctionName="hello", InvocationType="Event", Payload=b'{"left": 9}')
    assert len(runs()) == 20


def test_a_function_that_may_goes_on(
    lab: Lab, create: Callable[..., Any], aws_lambda: Any, runs: Callable[[], list[str]]
) -> None:
    create(CALLS_ITSELF, Role=lab.role("r", MAY_INVOKE))
    assert aws_lambda.get_function_recursion_config(FunctionName="hello")["RecursiveLoop"] == "Terminate"
    answer = aws_lambda.put_function_recursion_config(FunctionName="hello", RecursiveLoop="Allow")
    assert answer["RecursiveLoop"] == "Allow"
    assert aws_lambda.get_function_recursion_config(FunctionName="hello")["RecursiveLoop"] == "Allow"
    aws_lambda.invoke(FunctionName="hello", InvocationType="Event", Payload=b'{"left": 19}')
    assert len(runs()) == 20


def test_who_waits_is_told(lab: Lab, create: Callable[..., Any], aws_lambda: Any) -> None:
    create("handler = lambda event, context: 1")
    arn, header = "arn:aws:lambda:us-east-1:123456789012:function:hello", None
    for _ in range(15):
        header = traced(header, arn, 0)

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = header

    aws_lambda.meta.events.register("before-call.lambda.Invoke", add, unique_id="chain")
    try:
        assert aws_lambda.invoke(FunctionName="hello")["Payload"].read() == b"1", "the sixteenth"
        header = traced(header, arn, 0)
        with pytest.raises(ClientError) as caught:
            aws_lambda.invoke(FunctionName="hello")
    finally:
        aws_lambda.meta.events.unregister("before-call.lambda.Invoke", unique_id="chain")
    assert caught.value.response["Error"]["Code"] == "RecursiveInvocationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_who_takes_a_stream_is_told_too(create: Callable[..., Any], aws_lambda: Any) -> None:
    create("handler = lambda event, context: 1")
    arn, header = "arn:aws:lambda:us-east-1:123456789012:function:hello", None
    for _ in range(16):
        header = traced(header, arn, 0)

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = header

    event = "before-call.lambda.InvokeWithResponseStream"
    aws_lambda.meta.events.register(event, add, unique_id="chain")
    try:
        with pytest.raises(ClientError) as caught:
            aws_lambda.invoke_with_response_stream(FunctionName="hello")
    finally:
        aws_lambda.meta.events.unregister(event, unique_id="chain")
    assert caught.value.response["Error"]["Code"] == "RecursiveInvocationException"


@pytest.mark.parametrize("wanted", ["Sometimes", ""])
def test_there_are_two_settings(create: Callable[..., Any], aws_lambda: Any, wanted: str) -> None:
    create()
    with pytest.raises(ClientError) as caught:
        aws_lambda.put_function_recursion_config(FunctionName="hello", RecursiveLoop=wanted)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("operation", ["get", "put"])
def test_of_a_function_that_is_not_there(aws_lambda: Any, operation: str) -> None:
    more = {"RecursiveLoop": "Allow"} if operation == "put" else {}
    with pytest.raises(ClientError) as caught:
        getattr(aws_lambda, f"{operation}_function_recursion_config")(FunctionName="gone", **more)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
