"""Where events end: destinations, dead-letter queues, and the operations that configure them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.delivery.events import DeliveryFailed

from .conftest import TO_DESTINATIONS
from .test_asynchronous import FAIL, SAY, refusal

if TYPE_CHECKING:
    from .conftest import Account

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"


def to(side: str, arn: str) -> dict[str, Any]:
    return {"DestinationConfig": {side: {"Destination": arn}}}


def test_a_success_is_recorded_in_a_queue(account: Account) -> None:
    account.create("def handler(event, context): return {'got': event}")
    account.configure(**to("OnSuccess", account.queue()))
    request_id = account.send({"a": 1})
    account.lab.settle()
    [record] = account.records()
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{ARN}:$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"a": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"got": {"a": 1}},
    }


def test_a_failure_is_recorded_when_the_retries_are_exhausted(account: Account) -> None:
    account.create(FAIL)
    account.configure(**to("OnFailure", account.queue()))
    account.send()
    account.lab.clock.advance(minutes=3)
    [record] = account.records()
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_a_topic_gets_the_record_as_its_message(account: Account) -> None:
    topic = account.client("sns").create_topic(Name="topic")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.queue())
    account.create()
    account.configure(**to("OnSuccess", topic))
    account.send("x")
    account.lab.settle()
    [notification] = account.records()
    assert json.loads(notification["Message"])["responsePayload"] == "x"


def test_a_function_gets_the_record_as_its_event(account: Account) -> None:
    other = account.create("def handler(event, context): print(event['responsePayload'])", "other")
    account.create()
    account.configure(**to("OnSuccess", other))
    account.send("x")
    account.lab.settle()
    assert account.said("other") == ["x"]


def test_an_event_bus_gets_the_record_as_the_detail_of_an_event(account: Account) -> None:
    events = account.client("events")
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["lambda"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": account.queue()}])
    account.create()
    account.configure(**to("OnSuccess", bus))
    account.send("x")
    account.lab.settle()
    [event] = account.records()
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [bus, f"{ARN}:$LATEST"]
    assert event["detail"]["responsePayload"] == "x"


def test_a_bucket_gets_failures_as_objects(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="failures")
    account.create(FAIL)
    account.configure(MaximumRetryAttempts=0, **to("OnFailure", "arn:aws:s3:::failures"))
    account.send("x")
    account.lab.settle()
    [found] = s3.list_objects_v2(Bucket="failures", Prefix="aws/lambda/async/hello/")["Contents"]
    record = json.loads(s3.get_object(Bucket="failures", Key=found["Key"])["Body"].read())
    assert record["requestPayload"] == "x"


def test_an_alias_has_a_configuration_of_its_own(account: Account) -> None:
    account.create()
    aws = account.client("lambda")
    aws.publish_version(FunctionName="hello")
    aws.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    account.configure(Qualifier="live", **to("OnSuccess", account.queue()))
    account.send("unqualified")
    account.send("qualified", Qualifier="live")
    account.lab.settle()
    [record] = account.records()
    assert record["requestContext"]["functionArn"] == f"{ARN}:live"
    assert record["responseContext"]["executedVersion"] == "1"


def test_a_dead_letter_queue_gets_the_event_itself_and_the_error_in_attributes(account: Account) -> None:
    account.create(FAIL, DeadLetterConfig={"TargetArn": account.queue()})
    request_id = account.send({"a": 1})
    account.lab.clock.advance(minutes=3)
    [message] = account.messages()
    assert json.loads(message["Body"]) == {"a": 1}
    attributes = message["MessageAttributes"]
    assert {name: (value["DataType"], value["StringValue"]) for name, value in attributes.items()} == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no"),
    }


def test_a_dead_letter_queue_is_returned_changed_and_removed(account: Account) -> None:
    account.create(SAY, DeadLetterConfig={"TargetArn": account.queue("a")})
    aws = account.client("lambda")
    get, update = aws.get_function_configuration, aws.update_function_configuration
    assert get(FunctionName="hello")["DeadLetterConfig"] == {"TargetArn": account.queue("a")}
    update(FunctionName="hello", DeadLetterConfig={"TargetArn": account.queue("b")})
    assert get(FunctionName="hello")["DeadLetterConfig"] == {"TargetArn": account.queue("b")}
    update(FunctionName="hello", DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in get(FunctionName="hello")


def test_a_record_that_cannot_be_delivered_is_told_of(account: Account) -> None:
    account.create()
    account.configure(**to("OnSuccess", account.queue()))
    sqs = account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="queue")["QueueUrl"])
    account.send()
    account.lab.settle()
    assert isinstance(account.events[-1], DeliveryFailed)


# The operations ---------------------------------------------------------------------------------------------------


def test_put_replaces_and_update_changes(account: Account) -> None:
    account.create()
    aws = account.client("lambda")
    account.configure(MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    account.configure(MaximumRetryAttempts=2)
    got = aws.get_function_event_invoke_config(FunctionName="hello")
    assert "MaximumEventAgeInSeconds" not in got
    aws.update_function_event_invoke_config(FunctionName="hello", MaximumEventAgeInSeconds=120)
    got = aws.get_function_event_invoke_config(FunctionName="hello")
    assert (got["MaximumRetryAttempts"], got["MaximumEventAgeInSeconds"]) == (2, 120)
    assert got["FunctionArn"] == f"{ARN}:$LATEST"
    assert got["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}


def test_all_are_listed_in_pages_and_deleted(account: Account) -> None:
    account.create()
    aws = account.client("lambda")
    aws.publish_version(FunctionName="hello")
    for qualifier in ("$LATEST", "1"):
        account.configure(Qualifier=qualifier, MaximumRetryAttempts=0)
    first = aws.list_function_event_invoke_configs(FunctionName="hello", MaxItems=1)
    rest = aws.list_function_event_invoke_configs(FunctionName="hello", Marker=first["NextMarker"])
    found = [config["FunctionArn"] for page in (first, rest) for config in page["FunctionEventInvokeConfigs"]]
    assert found == [f"{ARN}:$LATEST", f"{ARN}:1"]
    aws.delete_function_event_invoke_config(FunctionName="hello", Qualifier="1")
    assert len(aws.list_function_event_invoke_configs(FunctionName="hello")["FunctionEventInvokeConfigs"]) == 1


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_what_was_never_configured_is_not_found(account: Account, operation: str) -> None:
    account.create()
    call = getattr(account.client("lambda"), f"{operation}_function_event_invoke_config")
    assert refusal(lambda: call(FunctionName="hello")) == (
        404,
        "ResourceNotFoundException",
        f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig",
    )


@pytest.mark.parametrize(("name", "value"), [("MaximumRetryAttempts", 3), ("MaximumEventAgeInSeconds", 21601)])
def test_values_out_of_range_are_refused(account: Account, name: str, value: int) -> None:
    account.create()
    status, code, message = refusal(lambda: account.configure(**{name: value}))
    assert (status, code) == (400, "ValidationException")
    assert f"at '{name[0].lower()}{name[1:]}' failed to satisfy constraint" in message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "You must specify at least one of error handling or destination setting."),
        (to("OnSuccess", ARN), "You can't specify the function as a destination for itself."),
        (to("OnFailure", f"{ARN}2"), f"The destination ARN {ARN}2 is invalid."),
        (
            to("OnSuccess", "arn:aws:s3:::bucket"),
            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::bucket), "
            "onFailure=null) is invalid.",
        ),
    ],
)
def test_destinations_that_cannot_be_are_refused(account: Account, settings: dict[str, Any], message: str) -> None:
    account.create()
    assert refusal(lambda: account.configure(**settings)) == (400, "InvalidParameterValueException", message)


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:queue", "SendMessage"),
        ("arn:aws:sns:us-east-1:123456789012:topic", "Publish"),
        ("arn:aws:lambda:us-east-1:123456789012:function:other", "InvokeFunction"),
        ("arn:aws:events:us-east-1:123456789012:event-bus/default", "PutEvents"),
        ("arn:aws:s3:::failures", "PutObject"),
    ],
)
def test_a_destination_that_the_role_cannot_write_to_is_refused(account: Account, arn: str, action: str) -> None:
    account.queue()
    account.client("sns").create_topic(Name="topic")
    account.client("s3").create_bucket(Bucket="failures")
    account.create(name="other")
    account.create(Role=account.lab.role("mute"))
    words = f"The function's execution role does not have permissions to call {action} on {arn}"
    told = refusal(lambda: account.configure(**to("OnFailure", arn)))
    assert told == (400, "InvalidParameterValueException", words)


def test_a_record_that_the_role_may_not_send_any_more_is_lost(account: Account) -> None:
    """On AWS, the metrics DestinationDeliveryFailures and DeadLetterErrors count such records."""
    other = account.create("def handler(event, context): print('told')", "other")
    role = account.lab.role("sender", TO_DESTINATIONS)
    account.create(FAIL, Role=role, DeadLetterConfig={"TargetArn": account.queue()})
    account.configure(MaximumRetryAttempts=0, **to("OnFailure", other))
    account.send()
    account.lab.settle()
    used = {action for each in account.lab.permissions_used("hello")["Statement"] for action in each["Action"]}
    assert {"sqs:SendMessage", "lambda:InvokeFunction"} < used
    assert len(account.messages()) == len(account.said("other")) == 1

    account.client("iam").delete_role_policy(RoleName="sender", PolicyName="sender")
    account.send()
    account.lab.settle()
    lost = [event for event in account.events if isinstance(event, DeliveryFailed)]
    assert [event.kind for event in lost] == ["OnFailure", "DeadLetter"]
    assert "the function's role may not call InvokeFunction" in lost[0].problem
    assert account.messages() == []
    assert len(account.said("other")) == 1
