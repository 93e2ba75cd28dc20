"""Amazon SNS: a message to a topic reaches functions and queues, or a dead-letter queue."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ..conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    Clients = Callable[[str], Any]

TOPIC = f"arn:aws:sns:{HERE}:news"


@pytest.fixture
def sns(client: Clients) -> Any:
    """A client, and a topic "news"."""
    client("sns").create_topic(Name="news")
    return client("sns")


@pytest.fixture
def subscriber(sns: Any, function: Callable[..., Any]) -> Any:
    """A function that has subscribed, and lets SNS in."""
    remembers = function()
    remembers.allow("sns.amazonaws.com", TOPIC)
    remembers.subscription = sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=remembers.arn)["SubscriptionArn"]
    return remembers


def queue(client: Clients, name: str, *, let_in: bool = True, **attributes: str) -> str:
    """Makes a queue that takes messages from the topic; its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    statement |= {"Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}}}
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})} if let_in else {}
    client("sqs").create_queue(QueueName=name, Attributes={**policy, **attributes})
    return f"arn:aws:sqs:{HERE}:{name}"


def received(client: Clients, name: str) -> list[dict[str, Any]]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages", [])
    return found


def messages(remembers: Any) -> list[dict[str, Any]]:
    return [event["Records"][0]["Sns"] for event in remembers.events()]


# To functions ------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon SNS", "to a function, asynchronously")
def test_a_function_gets_what_was_published(sns: Any, subscriber: Any) -> None:
    attributes = {
        "kind": {"DataType": "String", "StringValue": "news"},
        "price": {"DataType": "Number", "StringValue": "1.50"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00x"},
    }
    number = sns.publish(TopicArn=TOPIC, Message="grüß", Subject="s", MessageAttributes=attributes)["MessageId"]
    [event] = subscriber.events()
    record = event["Records"][0]
    assert record["EventSubscriptionArn"] == subscriber.subscription
    told = record["Sns"]
    assert (told["Type"], told["MessageId"], told["TopicArn"]) == ("Notification", number, TOPIC)
    assert (told["Message"], told["Subject"]) == ("grüß", "s")
    assert told["MessageAttributes"] == {
        "kind": {"Type": "String", "Value": "news"},
        "price": {"Type": "Number", "Value": "1.50"},
        "bytes": {"Type": "Binary", "Value": "AHg="},
    }
    assert told["UnsubscribeUrl"].endswith(subscriber.subscription)


@pytest.mark.source("Amazon SNS", "one message an event")
def test_each_message_is_an_event_of_its_own(sns: Any, subscriber: Any) -> None:
    entries = [{"Id": str(number), "Message": str(number)} for number in range(3)]
    sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    assert sorted(told["Message"] for told in messages(subscriber)) == ["0", "1", "2"]
    assert {told["Subject"] for told in messages(subscriber)} == {None}
    assert all(uuid.UUID(told["MessageId"]) for told in messages(subscriber))


def test_each_protocol_may_get_words_of_its_own(sns: Any, subscriber: Any) -> None:
    sns.publish(TopicArn=TOPIC, Message='{"default": "d", "lambda": "l"}', MessageStructure="json")
    sns.publish(TopicArn=TOPIC, Message='{"default": "d"}', MessageStructure="json")
    assert sorted(told["Message"] for told in messages(subscriber)) == ["d", "l"]


@pytest.mark.source("Amazon SNS", "to a function, asynchronously")
def test_a_publisher_does_not_wait_and_lambda_tries_again(
    client: Clients, sns: Any, function: Callable[..., Any]
) -> None:
    fails = function("fails", "def handler(event, context):\n    raise ValueError('no')")
    fails.allow("sns.amazonaws.com", TOPIC)
    target = queue(client, "letters", let_in=False)
    client("iam").attach_role_policy(RoleName="fails-role", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    client("lambda").put_function_event_invoke_config(
        FunctionName="fails", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": target}}
    )
    sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=fails.arn)
    sns.publish(TopicArn=TOPIC, Message="x")
    fails._lab.settle()
    [letter] = received(client, "letters")
    assert json.loads(letter["Body"])["requestPayload"]["Records"][0]["Sns"]["Message"] == "x"


@pytest.mark.source("Amazon SNS", "permission of the function")
def test_without_permission_a_message_is_lost_and_nobody_is_told(sns: Any, function: Callable[..., Any]) -> None:
    remembers = function()
    sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=remembers.arn)
    assert sns.publish(TopicArn=TOPIC, Message="lost")["MessageId"]
    remembers.allow("sns.amazonaws.com", TOPIC)
    sns.publish(TopicArn=TOPIC, Message="arrives")
    assert [told["Message"] for told in messages(remembers)] == ["arrives"]


@pytest.mark.source("Amazon SNS", "FIFO topics refuse functions")
def test_a_fifo_topic_takes_no_function(client: Clients, function: Callable[..., Any]) -> None:
    topic = client("sns").create_topic(Name="n.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with pytest.raises(ClientError) as caught:
        client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function().arn)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"
    assert "lambda" in caught.value.response["Error"]["Message"]


def test_what_is_no_function_cannot_subscribe(sns: Any) -> None:
    with pytest.raises(ClientError, match="Lambda endpoint ARN"):
        sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=f"arn:aws:sqs:{HERE}:q")


@pytest.mark.differs("Amazon SNS", "e-mail, SMS, HTTP", "nobody gets anything")
def test_what_would_leave_the_machine_goes_nowhere(sns: Any, subscriber: Any) -> None:
    for protocol, endpoint in (("https", "https://example.com/hook"), ("email", "ada@example.com")):
        sns.subscribe(TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint)
    sns.publish(TopicArn=TOPIC, Message="x")
    assert [told["Message"] for told in messages(subscriber)] == ["x"]


# Filters -----------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon SNS", "filter policies (MessageAttributes)")
def test_a_subscriber_gets_what_its_filter_wants(sns: Any, subscriber: Any) -> None:
    sns.set_subscription_attributes(
        SubscriptionArn=subscriber.subscription,
        AttributeName="FilterPolicy",
        AttributeValue='{"kind": [{"prefix": "sport"}], "price": [{"numeric": ["<", 10]}]}',
    )
    for kind, price in (("sports", "9.99"), ("sports", "10"), ("weather", "1")):
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "price": {"DataType": "Number", "StringValue": price},
        }
        sns.publish(TopicArn=TOPIC, Message=f"{kind} {price}", MessageAttributes=attributes)
    sns.publish(TopicArn=TOPIC, Message="none")
    assert [told["Message"] for told in messages(subscriber)] == ["sports 9.99"]


@pytest.mark.source("Amazon SNS", "filter policies (MessageBody)")
def test_a_filter_may_look_into_the_body(client: Clients, sns: Any) -> None:
    target = queue(client, "wants")
    attributes = {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"order": {"total": [{"numeric": [">", 100]}]}}'}
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=target, Attributes=attributes)
    for body in ('{"order": {"total": 101}}', '{"order": {"total": 1}}', "101"):
        sns.publish(TopicArn=TOPIC, Message=body)
    assert [json.loads(each["Body"])["Message"] for each in received(client, "wants")] == ['{"order": {"total": 101}}']


@pytest.mark.source("Amazon SNS", "filter policies are checked")
def test_a_filter_that_is_none_is_refused(sns: Any, subscriber: Any) -> None:
    def put(name: str, value: str) -> str:
        with pytest.raises(ClientError) as caught:
            sns.set_subscription_attributes(
                SubscriptionArn=subscriber.subscription, AttributeName=name, AttributeValue=value
            )
        assert caught.value.response["Error"]["Code"] == "InvalidParameter"
        return str(caught.value.response["Error"]["Message"])

    message = put("FilterPolicy", '{"key":[{"wrong-operator":true}]}')
    assert message.startswith("Invalid parameter: FilterPolicy: Unrecognized match type wrong-operator")
    assert "nested" in put("FilterPolicy", '{"a": {"b": ["c"]}}')
    assert "FilterPolicyScope" in put("FilterPolicyScope", "Everything")


# To queues ---------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon SNS", "to a queue, in an envelope")
def test_a_queue_gets_an_envelope(client: Clients, sns: Any) -> None:
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=queue(client, "q"))
    attributes = {"kind": {"DataType": "String", "StringValue": "news"}}
    number = sns.publish(TopicArn=TOPIC, Message="m", Subject="s", MessageAttributes=attributes)["MessageId"]
    [message] = received(client, "q")
    body = json.loads(message["Body"])
    assert (body["Type"], body["MessageId"], body["TopicArn"]) == ("Notification", number, TOPIC)
    assert (body["Message"], body["Subject"]) == ("m", "s")
    assert body["MessageAttributes"] == {"kind": {"Type": "String", "Value": "news"}}
    assert "MessageAttributes" not in message


@pytest.mark.source("Amazon SNS", "to a queue, raw")
def test_a_queue_may_want_the_message_as_it_is(client: Clients, sns: Any) -> None:
    for name, raw in (("raw", "true"), ("wrapped", "false")):
        sns.subscribe(
            TopicArn=TOPIC, Protocol="sqs", Endpoint=queue(client, name), Attributes={"RawMessageDelivery": raw}
        )
    attributes = {
        "kind": {"DataType": "String", "StringValue": "news"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00x"},
    }
    sns.publish(TopicArn=TOPIC, Message="m", MessageAttributes=attributes)
    [message] = received(client, "raw")
    assert message["Body"] == "m"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "news"
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00x"
    assert json.loads(received(client, "wrapped")[0]["Body"])["Message"] == "m"


@pytest.mark.source("Amazon SNS", "permission of the queue")
def test_a_queue_must_let_the_topic_in(client: Clients, sns: Any) -> None:
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=queue(client, "closed", let_in=False))
    sns.publish(TopicArn=TOPIC, Message="lost")
    assert received(client, "closed") == []


def test_fifo_to_fifo_keeps_the_group(client: Clients) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="n.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})
    arn = topic["TopicArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}],
    }
    policy["Statement"][0] |= {"Action": "sqs:SendMessage", "Resource": "*"}  # type: ignore[index]
    more = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "Policy": json.dumps(policy)}
    client("sqs").create_queue(QueueName="q.fifo", Attributes=more)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HERE}:q.fifo")
    sns.publish(TopicArn=arn, Message="m", MessageGroupId="g")
    assert json.loads(received(client, "q.fifo")[0]["Body"])["Message"] == "m"


# Dead letters ------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon SNS", "dead-letter queue of a subscription")
@pytest.mark.parametrize("why", ["permission", "function"])
def test_what_lambda_refuses_goes_to_the_subscriptions_dead_letter_queue(
    client: Clients, sns: Any, subscriber: Any, why: str
) -> None:
    dead = queue(client, "dead")
    sns.set_subscription_attributes(
        SubscriptionArn=subscriber.subscription,
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": dead}),
    )
    if why == "permission":
        client("lambda").remove_permission(FunctionName="remembers", StatementId="sns")
    else:
        client("lambda").delete_function(FunctionName="remembers")
    sns.publish(TopicArn=TOPIC, Message="m", Subject="s")
    [letter] = received(client, "dead")
    body = json.loads(letter["Body"])
    assert (body["Type"], body["Message"], body["Subject"]) == ("Notification", "m", "s")


def test_a_queue_that_is_gone_has_a_dead_letter_queue_too(client: Clients, sns: Any) -> None:
    dead = json.dumps({"deadLetterTargetArn": queue(client, "dead")})
    gone = f"arn:aws:sqs:{HERE}:gone"
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=gone, Attributes={"RedrivePolicy": dead})
    sns.publish(TopicArn=TOPIC, Message="m")
    assert json.loads(received(client, "dead")[0]["Body"])["Message"] == "m"


def test_a_dead_letter_queue_that_does_not_let_sns_in_gets_nothing(client: Clients, sns: Any) -> None:
    dead = json.dumps({"deadLetterTargetArn": queue(client, "dead", let_in=False)})
    gone = f"arn:aws:lambda:{HERE}:function:gone"
    sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=gone, Attributes={"RedrivePolicy": dead})
    sns.publish(TopicArn=TOPIC, Message="m")
    assert received(client, "dead") == []


@pytest.mark.parametrize("policy", ["x", "{}", '{"deadLetterTargetArn": "x"}', "[]"])
def test_a_redrive_policy_names_a_queue(sns: Any, subscriber: Any, policy: str) -> None:
    with pytest.raises(ClientError, match="Invalid parameter: RedrivePolicy: "):
        sns.set_subscription_attributes(
            SubscriptionArn=subscriber.subscription, AttributeName="RedrivePolicy", AttributeValue=policy
        )


# Circles -----------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon SNS", "recursive loops stopped")
def test_a_function_that_publishes_to_the_topic_that_calls_it_is_stopped(
    client: Clients, sns: Any, function: Callable[..., Any]
) -> None:
    code = f"""
import boto3, json
def handler(event, context):
    print("EVENT " + json.dumps(event))
    boto3.client("sns").publish(TopicArn="{TOPIC}", Message=event["Records"][0]["Sns"]["Message"] + "x")
"""
    remembers = function(code=code, policies=("arn:aws:iam::aws:policy/AmazonSNSFullAccess",), Timeout=20)
    remembers.allow("sns.amazonaws.com", TOPIC)
    sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=remembers.arn)
    sns.publish(TopicArn=TOPIC, Message="x")
    assert sorted(told["Message"] for told in messages(remembers)) == ["x" * length for length in range(1, 17)]


def test_the_account_is_in_the_arns(sns: Any, subscriber: Any) -> None:
    sns.publish(TopicArn=TOPIC, Message="x")
    assert messages(subscriber)[0]["TopicArn"].split(":")[4] == ACCOUNT
