"""EventBridge: what is put on a bus reaches the targets of the rules that want it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.delivery.destinations import Unavailable
from lambdalab.services.sqs import destination as sqs_destination

from ..conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

ORDERS = {"source": ["shop.orders"]}


@pytest.fixture
def events(client: Callable[[str], Any]) -> Any:
    return client("events")


@pytest.fixture
def rule(events: Any) -> Callable[..., str]:
    """Makes a rule with one target; its ARN."""

    def make(
        arn: str, *, name: str = "orders", bus: str = "default", target: dict[str, Any] | None = None, **more: Any
    ) -> str:
        said = {"EventPattern": json.dumps(ORDERS)} | more
        made = events.put_rule(Name=name, EventBusName=bus, **said)["RuleArn"]
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "t", "Arn": arn, **(target or {})}])
        return str(made)

    return make


def put(events: Any, detail: Any = None, **more: Any) -> Any:
    entry = {"Source": "shop.orders", "DetailType": "placed", "Detail": json.dumps({} if detail is None else detail)}
    [answer] = events.put_events(Entries=[entry | more])["Entries"]
    return answer


class Queue:
    """A queue that EventBridge may send to."""

    def __init__(self, client: Callable[[str], Any], name: str = "inbox", *, allow: bool = True, **attributes: str):
        self._sqs = client("sqs")
        self.arn = f"arn:aws:sqs:{HERE}:{name}"
        policy = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": self.arn,
            },
        }
        if allow:
            attributes["Policy"] = json.dumps(policy)
        self.url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def messages(self) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return list(answer.get("Messages", []))

    def bodies(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages()]


@pytest.fixture
def queue(lab: Lab, client: Callable[[str], Any]) -> Callable[..., Queue]:
    return lambda name="inbox", **more: Queue(client, name, **more)


# Functions ------------------------------------------------------------------------------------------------------


@pytest.mark.source("EventBridge", "custom events to a function")
def test_a_function_gets_the_event(
    lab: Lab, events: Any, rule: Callable[..., str], function: Callable[..., Any]
) -> None:
    remembers = function()
    remembers.allow("events.amazonaws.com", rule(remembers.arn))
    answer = put(events, {"total": 12.5, "who": "Zoë"}, Resources=["order/1"])
    [event] = remembers.events()
    now = datetime.fromtimestamp(lab.clock.time(), UTC)
    assert abs(now - datetime.fromisoformat(event["time"])).total_seconds() < 60
    assert event == {
        "version": "0",
        "id": answer["EventId"],
        "detail-type": "placed",
        "source": "shop.orders",
        "account": ACCOUNT,
        "time": event["time"],
        "region": "us-east-1",
        "resources": ["order/1"],
        "detail": {"total": 12.5, "who": "Zoë"},
    }


@pytest.mark.source("EventBridge", "a rule's pattern decides")
def test_only_what_matches(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    rule(inbox.arn, EventPattern=json.dumps({"detail": {"total": [{"numeric": [">", 10]}]}}))
    for total in (5, 10, 11):
        put(events, {"total": total})
    put(events, {"other": 1})
    assert [event["detail"] for event in inbox.bodies()] == [{"total": 11}]


@pytest.mark.source("EventBridge", "a disabled rule")
def test_a_disabled_rule_sees_nothing(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    rule(inbox.arn, State="DISABLED")
    put(events)
    events.enable_rule(Name="orders")
    put(events, {"n": 2})
    events.disable_rule(Name="orders")
    put(events)
    assert [event["detail"] for event in inbox.bodies()] == [{"n": 2}]


@pytest.mark.source("EventBridge", "the function's permission")
def test_without_permission_the_event_ends_in_the_dead_letter_queue(
    events: Any, rule: Callable[..., str], function: Callable[..., Any], queue: Callable[..., Queue]
) -> None:
    remembers, dead = function(), queue("dead")
    arn = rule(remembers.arn, target={"DeadLetterConfig": {"Arn": dead.arn}})
    put(events, {"n": 1})
    assert remembers.events() == []
    [message] = dead.messages()
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "RULE_ARN": arn,
        "TARGET_ARN": remembers.arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{remembers.arn}",
        "RETRY_ATTEMPTS": "0",
    }


@pytest.mark.source("EventBridge", "dead-letter queues")
def test_what_is_not_there_any_more(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    dead = queue("dead")
    rule(f"arn:aws:lambda:{HERE}:function:gone", target={"DeadLetterConfig": {"Arn": dead.arn}})
    put(events)
    [message] = dead.messages()
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


@pytest.mark.source("EventBridge", "dead-letter queues need a policy")
def test_a_dead_letter_queue_that_does_not_let_eventbridge_in_gets_nothing(
    events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    dead = queue("dead", allow=False)
    rule(f"arn:aws:lambda:{HERE}:function:gone", target={"DeadLetterConfig": {"Arn": dead.arn}})
    put(events)
    assert dead.messages() == []


@pytest.mark.source("EventBridge", "retry policy")
@pytest.mark.parametrize(
    ("policy", "condition", "retries"),
    [
        ({"MaximumRetryAttempts": 3}, "MaximumRetryAttempts", "3"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0"),
    ],
)
def test_what_may_still_work_is_tried_again(
    lab: Lab,
    events: Any,
    rule: Callable[..., str],
    queue: Callable[..., Queue],
    monkeypatch: pytest.MonkeyPatch,
    policy: dict[str, int],
    condition: str,
    retries: str,
) -> None:
    right = sqs_destination.send
    inbox, dead = queue(), queue("dead")

    def unavailable(arn: str, *args: Any) -> None:
        if arn == inbox.arn:
            raise Unavailable("Service Unavailable")
        right(arn, *args)

    rule(inbox.arn, target={"DeadLetterConfig": {"Arn": dead.arn}, "RetryPolicy": policy})
    monkeypatch.setattr(sqs_destination, "send", unavailable)
    put(events)
    lab.clock.advance(hours=1)
    [message] = dead.messages()
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (said["EXHAUSTED_RETRY_CONDITION"], said["RETRY_ATTEMPTS"]) == (condition, retries)
    assert (said["ERROR_CODE"], said["ERROR_MESSAGE"]) == ("ERROR_FROM_TARGET", "Service Unavailable")


def test_a_retry_that_works_delivers(
    lab: Lab, events: Any, rule: Callable[..., str], queue: Callable[..., Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    right, failures = sqs_destination.send, iter([True, True])

    def unavailable(*args: Any) -> None:
        if next(failures, False):
            raise Unavailable("Service Unavailable")
        right(*args)

    inbox = queue()
    rule(inbox.arn)
    monkeypatch.setattr(sqs_destination, "send", unavailable)
    put(events, {"n": 1})
    assert inbox.bodies() == []
    lab.clock.advance(seconds=10)
    assert [event["detail"] for event in inbox.bodies()] == [{"n": 1}]


@pytest.mark.source("EventBridge", "a function that fails is Lambda's to retry")
def test_a_function_that_fails_is_no_failure_of_delivery(
    lab: Lab, events: Any, rule: Callable[..., str], function: Callable[..., Any], queue: Callable[..., Queue]
) -> None:
    fails, dead = (
        function("fails", "def handler(event, context):\n    print('EVENT ' + '1')\n    raise ValueError"),
        queue("dead"),
    )
    fails.allow("events.amazonaws.com", rule(fails.arn, target={"DeadLetterConfig": {"Arn": dead.arn}}))
    put(events)
    lab.settle()
    lab.clock.advance(minutes=10)
    assert len(fails.events()) == 3
    assert dead.messages() == []


# Other targets --------------------------------------------------------------------------------------------------


@pytest.mark.source("EventBridge", "targets: SQS")
def test_a_queue_needs_a_policy(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    closed, opened = queue("closed", allow=False), queue("opened")
    rule(closed.arn, name="one")
    rule(opened.arn, name="two")
    put(events, {"n": 1})
    assert closed.messages() == []
    assert [event["detail"] for event in opened.bodies()] == [{"n": 1}]


@pytest.mark.source("EventBridge", "targets: SQS FIFO")
def test_a_fifo_queue_gets_the_group_of_the_target(
    events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    fifo = queue("inbox.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    rule(fifo.arn, target={"SqsParameters": {"MessageGroupId": "orders"}})
    put(events, {"n": 1})
    [message] = fifo.messages()
    assert message["Attributes"]["MessageGroupId"] == "orders"


@pytest.mark.source("EventBridge", "targets: SNS")
def test_a_topic_needs_a_policy(
    events: Any, rule: Callable[..., str], queue: Callable[..., Queue], client: Callable[[str], Any]
) -> None:
    sns, inbox = client("sns"), queue()
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"RawMessageDelivery": "true"})
    client("sqs").set_queue_attributes(
        QueueUrl=inbox.url,
        Attributes={"Policy": json.dumps(_allows("sns.amazonaws.com", "sqs:SendMessage", inbox.arn))},
    )
    rule(topic)
    put(events, {"n": 1})
    assert inbox.messages() == []
    policy = _allows("events.amazonaws.com", "sns:Publish", topic)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    put(events, {"n": 2})
    assert [event["detail"] for event in inbox.bodies()] == [{"n": 2}]


def _allows(service: str, action: str | list[str], resource: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.source("EventBridge", "targets: CloudWatch Logs")
def test_a_log_group_needs_a_policy_of_the_account(
    events: Any, rule: Callable[..., str], client: Callable[[str], Any]
) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/events/orders")
    group = f"arn:aws:logs:{HERE}:log-group:/aws/events/orders"
    rule(group)
    put(events, {"n": 1})
    logs.put_resource_policy(
        policyName="events",
        policyDocument=json.dumps(
            _allows(
                "events.amazonaws.com",
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                f"arn:aws:logs:{HERE}:log-group:/aws/events/*:*",
            )
        ),
    )
    put(events, {"n": 2})
    found = logs.filter_log_events(logGroupName="/aws/events/orders")["events"]
    assert [json.loads(each["message"])["detail"] for each in found] == [{"n": 2}]


def _role(client: Callable[[str], Any], action: str, resource: str, service: str = "events.amazonaws.com") -> str:
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    made = iam.create_role(
        RoleName="sender", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    iam.put_role_policy(RoleName="sender", PolicyName="p", PolicyDocument=json.dumps(policy))
    return str(made)


@pytest.mark.source("EventBridge", "targets: Kinesis")
def test_a_stream_needs_a_role(events: Any, rule: Callable[..., str], client: Callable[[str], Any]) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    stream = f"arn:aws:kinesis:{HERE}:stream/orders"
    with pytest.raises(ClientError, match=f"RoleArn is required for target {stream}"):
        rule(stream)
    role = _role(client, "kinesis:PutRecord", stream)
    rule(stream, target={"RoleArn": role, "KinesisParameters": {"PartitionKeyPath": "$.detail.who"}})
    put(events, {"who": "ada"})
    shard = kinesis.get_shard_iterator(
        StreamName="orders", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=shard)["Records"]
    assert record["PartitionKey"] == "ada"
    assert json.loads(record["Data"])["detail"] == {"who": "ada"}


@pytest.mark.source("EventBridge", "targets: another bus")
def test_a_bus_passes_on_to_another_and_circles_end(
    events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    inbox = queue()
    other = events.create_event_bus(Name="other")["EventBusArn"]
    rule(other, name="on")
    rule(f"arn:aws:events:{HERE}:event-bus/default", name="back", bus="other")
    rule(inbox.arn, name="in", bus="other")
    answer = put(events)
    assert [event["id"] for event in inbox.bodies()] == [answer["EventId"]]


@pytest.mark.source("EventBridge", "input transformer")
def test_a_target_gets_what_it_asks_for(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    transformer = {
        "InputPathsMap": {"n": "$.detail.n"},
        "InputTemplate": '{"count": <n>, "by": "<aws.events.rule-name>"}',
    }
    rule(inbox.arn, target={"InputTransformer": transformer})
    put(events, {"n": 3})
    assert inbox.bodies() == [{"count": 3, "by": "orders"}]
    rule(inbox.arn, target={"InputPath": "$.detail"})
    put(events, {"n": 4})
    assert inbox.bodies() == [{"n": 4}]
    rule(inbox.arn, target={"Input": '{"always": true}'})
    put(events)
    assert inbox.bodies() == [{"always": True}]


def test_a_template_that_makes_no_json_is_not_delivered(
    events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    inbox, dead = queue(), queue("dead")
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"said": "<n>"}'}
    rule(inbox.arn, target={"InputTransformer": transformer, "DeadLetterConfig": {"Arn": dead.arn}})
    put(events, {"n": 'a "quote"'})
    assert inbox.messages() == []
    assert dead.messages()[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "INVALID_JSON"


def test_a_new_bucket_is_no_event(
    lab: Lab, client: Callable[[str], Any], rule: Callable[..., str], function: Callable[..., Any]
) -> None:
    remembers = function()
    pattern = json.dumps({"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}})
    remembers.allow("events.amazonaws.com", rule(remembers.arn, EventPattern=pattern))
    client("s3").create_bucket(Bucket="new")
    assert remembers.events() == []


# PutEvents ------------------------------------------------------------------------------------------------------


@pytest.mark.source("EventBridge", "PutEvents: what is refused")
def test_entries_are_refused_one_by_one(events: Any) -> None:
    good = {"Source": "a", "DetailType": "b", "Detail": "{}"}
    answer = events.put_events(
        Entries=[
            good,
            {"DetailType": "b", "Detail": "{}"},
            {"Source": "a", "Detail": "{}"},
            {"Source": "a", "DetailType": "b"},
            good | {"Detail": "{"},
            good | {"Detail": "[1]"},
            good | {"Detail": '{"a": NaN}'},
            good | {"Source": "aws.s3"},
        ]
    )
    assert answer["FailedEntryCount"] == 7
    assert [(each.get("ErrorCode"), each.get("ErrorMessage")) for each in answer["Entries"]] == [
        (None, None),
        ("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."),
        ("InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."),
        ("MalformedDetail", "Detail is malformed."),
        ("MalformedDetail", "Detail is malformed."),
        ("MalformedDetail", "Detail is malformed."),
        ("NotAuthorizedForSourceException", "Not authorized for the source."),
    ]
    assert "EventId" in answer["Entries"][0]


@pytest.mark.source("EventBridge", "PutEvents: 1 MB, ten entries")
def test_a_request_has_ten_entries_and_a_megabyte_at_most(events: Any) -> None:
    entry = {"Source": "a", "DetailType": "b", "Detail": json.dumps({"x": "a" * 300_000})}
    events.put_events(Entries=[entry] * 3)
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        events.put_events(Entries=[entry] * 4)
    with pytest.raises(ClientError, match="Member must have length less than or equal to 10"):
        events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}] * 11)


def test_an_event_may_say_when_it_happened(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    rule(inbox.arn)
    put(events, Time=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert inbox.bodies()[0]["time"] == "2020-01-02T03:04:05Z"


def test_a_bus_that_is_not_there_swallows_events(events: Any) -> None:
    assert "EventId" in put(events, EventBusName="nowhere")


@pytest.mark.source("EventBridge", "custom event buses")
def test_buses_are_apart(events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    arn = events.create_event_bus(Name="shop")["EventBusArn"]
    rule(inbox.arn, bus="shop")
    put(events, {"n": 1})
    put(events, {"n": 2}, EventBusName="shop")
    put(events, {"n": 3}, EventBusName=arn)
    assert [event["detail"]["n"] for event in inbox.bodies()] == [2, 3]
    with pytest.raises(ClientError, match="cannot be deleted since it has rules"):
        events.delete_event_bus(Name="shop")
    events.update_event_bus(Name="shop", Description="orders")
    assert events.describe_event_bus(Name="shop")["Description"] == "orders"


# Rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.source("EventBridge", "event patterns: what is wrong, in AWS's words")
def test_what_is_no_pattern_is_told(events: Any) -> None:
    with pytest.raises(ClientError) as refused:
        events.put_rule(Name="r", EventPattern='{"source": "x"}')
    assert refused.value.response["Error"] == {
        "Code": "InvalidEventPatternException",
        "Message": 'Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)'
        '"{"source": "x"}"; line: 1, column: 13]',
    }


@pytest.mark.source("EventBridge", "TestEventPattern")
def test_a_pattern_can_be_tried(events: Any) -> None:
    event = {
        "id": "1",
        "source": "shop",
        "detail-type": "x",
        "account": ACCOUNT,
        "region": "us-east-1",
        "time": "2026-11-23T09:00:00Z",
        "resources": [],
        "detail": {},
    }
    assert events.test_event_pattern(EventPattern='{"source": ["shop"]}', Event=json.dumps(event))["Result"] is True
    assert events.test_event_pattern(EventPattern='{"source": ["x"]}', Event=json.dumps(event))["Result"] is False
    with pytest.raises(ClientError, match=r"Parameter Event is not valid\."):
        events.test_event_pattern(EventPattern='{"source": ["shop"]}', Event="no event")
    with pytest.raises(ClientError, match="Unrecognized match type"):
        events.test_event_pattern(EventPattern='{"source": [{"x": 1}]}', Event=json.dumps(event))


@pytest.mark.differs("EventBridge", "other targets", "refused in words, by PutTargets")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "nonsense"}, "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format."),
        ({"Arn": f"arn:aws:batch:{HERE}:job-queue/x"}, "The lab does not deliver events to batch."),
        ({"Arn": f"arn:aws:sqs:{HERE}:x.fifo"}, "SqsParameters must be specified for target: t."),
        ({"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HERE}:x.fifo"}}, "A FIFO queue cannot be used"),
        ({"Input": "{}", "InputPath": "$.a"}, "Only one of Input, InputPath, or InputTransformer must be provided"),
    ],
)
def test_targets_that_are_refused(events: Any, rule: Callable[..., str], target: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        rule(f"arn:aws:sqs:{HERE}:x", target=target)


def test_a_rule_has_five_targets_at_most(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=json.dumps(ORDERS))
    targets = [{"Id": str(n), "Arn": f"arn:aws:sqs:{HERE}:q{n}"} for n in range(6)]
    with pytest.raises(ClientError, match="The requested resource exceeds the maximum number allowed"):
        events.put_targets(Rule="r", Targets=targets)


# Schedules ------------------------------------------------------------------------------------------------------


@pytest.mark.source("EventBridge", "schedules on the lab's clock")
def test_a_rate_fires_each_at_its_own_time(
    lab: Lab, events: Any, rule: Callable[..., str], function: Callable[..., Any]
) -> None:
    remembers = function()
    arn = rule(remembers.arn, name="tick", EventPattern="", ScheduleExpression="rate(5 minutes)")
    remembers.allow("events.amazonaws.com", arn)
    began = lab.clock.time()
    lab.clock.advance(minutes=16)
    found = remembers.events()
    assert [round((datetime.fromisoformat(each["time"]).timestamp() - began) / 60) for each in found] == [5, 10, 15]
    assert [(each["source"], each["detail-type"], each["resources"], each["detail"]) for each in found] == [
        ("aws.events", "Scheduled Event", [arn], {})
    ] * 3


@pytest.mark.source("EventBridge", "schedules: disable, change, delete")
def test_a_schedule_ends_with_its_rule(
    lab: Lab, events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    inbox = queue()
    rule(inbox.arn, name="tick", EventPattern="", ScheduleExpression="rate(1 hour)")
    lab.clock.advance(minutes=61)
    assert len(inbox.messages()) == 1
    events.disable_rule(Name="tick")
    lab.clock.advance(hours=3)
    assert inbox.messages() == []
    events.enable_rule(Name="tick")
    lab.clock.advance(minutes=61)
    assert len(inbox.messages()) == 1
    events.put_rule(Name="tick", ScheduleExpression="rate(2 hours)")
    lab.clock.advance(minutes=61)
    assert inbox.messages() == []
    lab.clock.advance(minutes=61)
    assert len(inbox.messages()) == 1
    events.remove_targets(Rule="tick", Ids=["t"])
    events.delete_rule(Name="tick")
    lab.clock.advance(days=1)
    assert inbox.messages() == []


@pytest.mark.source("EventBridge", "schedules: cron")
def test_cron_fires_at_full_minutes(lab: Lab, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    rule(inbox.arn, name="daily", EventPattern="", ScheduleExpression="cron(30 7 * * ? *)")
    lab.clock.advance(days=3)
    assert [event["time"][11:] for event in inbox.bodies()] == ["07:30:00Z"] * 3


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "cron(* * * * *)", "every day"])
def test_what_is_no_schedule(events: Any, expression: str) -> None:
    with pytest.raises(ClientError, match=r"Parameter ScheduleExpression is not valid\."):
        events.put_rule(Name="r", ScheduleExpression=expression)


@pytest.mark.differs(
    "EventBridge", "schedules on the lab's clock", "at most 1,500 times in one advance(), then a warning"
)
def test_a_schedule_that_would_take_minutes_is_cut_short(
    lab: Lab, events: Any, rule: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdalab.services.events import schedule_timers

    fired = []
    monkeypatch.setattr(schedule_timers, "MOST", 20)
    rule(f"arn:aws:sqs:{HERE}:nowhere", name="tick", EventPattern="", ScheduleExpression="rate(1 minute)")
    from lambdalab.services.events.deliveries import Deliveries

    monkeypatch.setattr(Deliveries, "deliver", lambda self, delivery, retries=0: fired.append(lab.clock.time()))
    with pytest.warns(UserWarning, match=r"was due 1,440 times .* ran it 20 times, and left out the last 1,420"):
        lab.clock.advance(days=1)
    assert len(fired) == 20
    lab.clock.advance(minutes=2)
    assert len(fired) == 22


def test_a_reset_forgets_schedules(lab: Lab, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    rule(f"arn:aws:sqs:{HERE}:inbox", name="tick", EventPattern="", ScheduleExpression="rate(1 minute)")
    lab.reset()
    inbox = queue()
    lab.clock.advance(minutes=5)
    assert inbox.messages() == []


def test_a_rule_of_an_account_that_was_emptied_meanwhile_does_not_fire(
    lab: Lab, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    from moto.events.models import events_backends

    rule(f"arn:aws:sqs:{HERE}:inbox", name="tick", EventPattern="", ScheduleExpression="rate(1 minute)")
    ticking = events_backends[ACCOUNT]["us-east-1"].event_buses["default"].rules["tick"].lab_schedule_timer
    lab.reset()
    inbox = queue()
    ticking.fire(lab.clock.time())
    assert inbox.messages() == []


# Archives -------------------------------------------------------------------------------------------------------

DEFAULT_BUS = f"arn:aws:events:{HERE}:event-bus/default"


def _replay(lab: Lab, events: Any, **destination: Any) -> Any:
    now = datetime.fromtimestamp(lab.clock.time(), UTC)
    events.start_replay(
        ReplayName="again",
        EventSourceArn=f"arn:aws:events:{HERE}:archive/all",
        EventStartTime=datetime(2026, 1, 1, tzinfo=UTC),
        EventEndTime=now,
        Destination={"Arn": DEFAULT_BUS, **destination},
    )
    lab.settle()
    return events.describe_replay(ReplayName="again")


@pytest.mark.source("EventBridge", "archive and replay")
def test_what_an_archive_kept_comes_again(
    lab: Lab, events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    inbox = queue()
    pattern = json.dumps({"detail": {"n": [{"numeric": [">", 1]}]}})
    events.create_archive(ArchiveName="all", EventSourceArn=DEFAULT_BUS, EventPattern=pattern)
    answers = [put(events, {"n": n}) for n in (1, 2, 3)]
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 2
    rule(inbox.arn)
    lab.clock.advance(minutes=1)
    replay = _replay(lab, events)
    assert replay["State"] == "COMPLETED"
    found = inbox.bodies()
    assert [(each["id"], each["detail"], each["replay-name"]) for each in found] == [
        (answers[1]["EventId"], {"n": 2}, "again"),
        (answers[2]["EventId"], {"n": 3}, "again"),
    ]
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 2  # a replay is not kept again
    assert replay["EventLastReplayedTime"] <= replay["EventEndTime"]


@pytest.mark.source("EventBridge", "replay to some rules only")
def test_a_replay_can_name_rules(lab: Lab, events: Any, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    one, two = queue("one"), queue("two")
    events.create_archive(ArchiveName="all", EventSourceArn=DEFAULT_BUS)
    put(events)
    rule(one.arn, name="one")
    _replay(lab, events, FilterArns=[rule(two.arn, name="two")])
    assert (len(one.messages()), len(two.messages())) == (0, 1)


def test_a_replay_goes_by_the_time_that_events_say(
    lab: Lab, events: Any, rule: Callable[..., str], queue: Callable[..., Queue]
) -> None:
    inbox = queue()
    events.create_archive(ArchiveName="all", EventSourceArn=DEFAULT_BUS)
    for day in (2, 1):
        put(events, {"day": day}, Time=datetime(2026, 2, day, tzinfo=UTC))
    put(events, {"day": 0}, Time=datetime(2025, 12, 31, tzinfo=UTC))
    rule(inbox.arn)
    _replay(lab, events)
    assert [event["detail"]["day"] for event in inbox.bodies()] == [1, 2]


@pytest.mark.source("EventBridge", "an archive's retention")
def test_an_archive_forgets_after_its_days(lab: Lab, events: Any) -> None:
    events.create_archive(ArchiveName="all", EventSourceArn=DEFAULT_BUS, RetentionDays=2)
    put(events)
    lab.clock.advance(days=1)
    put(events)
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 2
    lab.clock.advance(days=1, minutes=1)
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


@pytest.mark.source("EventBridge", "events of AWS's services")
def test_services_events_reach_the_default_bus(lab: Lab, rule: Callable[..., str], queue: Callable[..., Queue]) -> None:
    inbox = queue()
    rule(inbox.arn, EventPattern=json.dumps({"source": ["aws.s3"]}))
    lab._parts.service_events.send(
        source="aws.s3",
        detail_type="Object Created",
        detail={"bucket": {"name": "photos"}},
        resources=["arn:aws:s3:::photos"],
        account=ACCOUNT,
        region="us-east-1",
        now=lab.clock.time(),
    )
    assert [event["detail-type"] for event in inbox.bodies()] == ["Object Created"]
