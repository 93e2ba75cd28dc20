"""Functions that call themselves through a service, in the server and in the page: who is stopped, and who is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.delivery.events import EventDropped
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from .conftest import Account

HERE = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{HERE}:function:hello"
HOW_OFTEN = """
import boto3
def handler(event, context):
    print("ran")
    {again}
"""


def circle(account: Account, again: str, *actions: str) -> None:
    """A function that does `again` each time it runs."""
    role = account.lab.role("circle", allowing(*actions, resource="*"))
    account.create(HOW_OFTEN.format(again=again), Role=role)


def let_in(account: Account, service: str) -> None:
    account.client("lambda").add_permission(
        FunctionName="hello", StatementId="x", Action="lambda:InvokeFunction", Principal=service
    )


def runs(account: Account) -> int:
    account.lab.settle()
    logs = account.client("logs").filter_log_events(logGroupName="/aws/lambda/hello", filterPattern="ran")
    return len(logs["events"])


def with_s3(account: Account) -> Any:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="photos")
    circle(account, "boto3.client('s3').put_object(Bucket='photos', Key='copy', Body=b'')", "s3:PutObject")
    let_in(account, "s3.amazonaws.com")
    return s3


@pytest.mark.source("Amazon S3", "recursive loops stopped")
def test_s3_and_the_event_goes_to_the_dead_letter_queue(account: Account) -> None:
    s3 = with_s3(account)
    account.client("iam").put_role_policy(
        RoleName="circle", PolicyName="letters", PolicyDocument=json.dumps(allowing("sqs:SendMessage", resource="*"))
    )
    account.client("lambda").update_function_configuration(
        FunctionName="hello", DeadLetterConfig={"TargetArn": account.queue()}
    )
    rule = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    s3.put_object(Bucket="photos", Key="first", Body=b"")
    assert runs(account) == 16
    [letter] = account.messages()
    assert json.loads(letter["Body"])["Records"][0]["s3"]["object"]["key"] == "copy"
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "RecursiveInvocationException"
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "400"
    dropped = [event for event in account.events if isinstance(event, EventDropped)]
    assert [(event.condition, event.attempts) for event in dropped] == [("RecursiveInvocationException", 0)]


@pytest.mark.source("Amazon SNS", "recursive loops stopped")
def test_sns(account: Account) -> None:
    topic = account.client("sns").create_topic(Name="news")["TopicArn"]
    circle(account, f"boto3.client('sns').publish(TopicArn='{topic}', Message='x')", "sns:Publish")
    let_in(account, "sns.amazonaws.com")
    account.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    account.client("sns").publish(TopicArn=topic, Message="x")
    assert runs(account) == 16


@pytest.mark.source("Amazon SQS", "recursive loops stopped")
def test_sqs(account: Account) -> None:
    queue = account.queue()
    url = account.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    send = f"boto3.client('sqs').send_message(QueueUrl='{url}', MessageBody='x')"
    circle(account, send, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    account.client("lambda").create_event_source_mapping(FunctionName="hello", EventSourceArn=queue, BatchSize=1)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert runs(account) == 16


def test_through_several_services(account: Account) -> None:
    """S3 tells a topic, the topic tells the function, the function writes to S3."""
    s3 = with_s3(account)
    policy = allowing("sns:Publish", resource="*")
    policy["Statement"][0]["Principal"] = {"Service": "s3.amazonaws.com"}
    sns = account.client("sns")
    topic = sns.create_topic(Name="news", Attributes={"Policy": json.dumps(policy)})["TopicArn"]
    account.client("lambda").add_permission(
        FunctionName="hello", StatementId="y", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    rule = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    notification = {"TopicConfigurations": [rule]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=notification)
    assert runs(account) == 16, "S3's test message was enough to begin with"
    s3.put_object(Bucket="photos", Key="first", Body=b"")
    assert runs(account) == 32


def test_each_upload_is_a_chain_of_its_own(account: Account) -> None:
    s3 = with_s3(account)
    rule = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
    rule["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}  # type: ignore[assignment]
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    for number in range(20):
        s3.put_object(Bucket="photos", Key=f"in/{number}", Body=b"")
    assert runs(account) == 20, "what is written elsewhere calls nobody"


def test_a_function_that_may_goes_on_until_it_ends_itself(account: Account) -> None:
    account.client("s3").create_bucket(Bucket="photos")
    again = "number = len(event['Records'][0]['s3']['object']['key'])\n"
    again += "    if number < 20: boto3.client('s3').put_object(Bucket='photos', Key='x' * (number + 1), Body=b'')"
    circle(account, again, "s3:PutObject")
    let_in(account, "s3.amazonaws.com")
    account.client("lambda").put_function_recursion_config(FunctionName="hello", RecursiveLoop="Allow")
    rule = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
    account.client("s3").put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    account.client("s3").put_object(Bucket="photos", Key="x", Body=b"")
    assert runs(account) == 20


@pytest.mark.source("EventBridge", "recursive loops are not stopped")
def test_a_chain_through_eventbridge_is_not_seen(account: Account) -> None:
    """Lambda's documentation names SQS, SNS, S3 and Lambda itself. The function ends this one itself."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="photos")
    again = "number = len(event['detail']['object']['key'])\n"
    again += "    if number < 20: boto3.client('s3').put_object(Bucket='photos', Key='x' * (number + 1), Body=b'')"
    circle(account, again, "s3:PutObject")
    let_in(account, "events.amazonaws.com")
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = account.client("events")
    events.put_rule(Name="photos", EventPattern='{"source": ["aws.s3"], "detail-type": ["Object Created"]}')
    events.put_targets(Rule="photos", Targets=[{"Id": "1", "Arn": FUNCTION}])
    s3.put_object(Bucket="photos", Key="x", Body=b"")
    assert runs(account) == 20


def test_what_was_stopped_is_counted(account: Account) -> None:
    """CloudWatch's RecursiveInvocationsDropped."""
    topic = account.client("sns").create_topic(Name="news")["TopicArn"]
    circle(account, f"boto3.client('sns').publish(TopicArn='{topic}', Message='x')", "sns:Publish")
    let_in(account, "sns.amazonaws.com")
    account.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    account.client("sns").publish(TopicArn=topic, Message="x")
    assert runs(account) == 16
    now = datetime.now(UTC)
    points = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="RecursiveInvocationsDropped",
        Dimensions=[{"Name": "FunctionName", "Value": "hello"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) == 1
