"""EventBridge Scheduler: one schedule, one target, and a role that may call it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from lambdalab.delivery.destinations import Unavailable
from lambdalab.services.sqs import destination as sqs_destination

from ..conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab


@pytest.fixture
def scheduler(lab: Lab, client: Callable[[str], Any]) -> Any:
    return client("scheduler")


@pytest.fixture
def role(client: Callable[[str], Any]) -> Callable[..., str]:
    """Makes a role for Scheduler that allows some actions on everything."""

    def make(*actions: str, name: str = "caller", service: str = "scheduler.amazonaws.com", **condition: Any) -> str:
        iam = client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"} | condition
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]["Arn"]
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(made)

    return make


@pytest.fixture
def schedule(scheduler: Any) -> Callable[..., Any]:
    """Makes a schedule."""

    def make(expression: str, target: dict[str, Any], **more: Any) -> Any:
        said = {"Name": "tick", "FlexibleTimeWindow": {"Mode": "OFF"}} | more
        return scheduler.create_schedule(ScheduleExpression=expression, Target=target, **said)["ScheduleArn"]

    return make


@pytest.fixture
def queue(lab: Lab, client: Callable[[str], Any]) -> Callable[..., tuple[str, Callable[[], list[Any]]]]:
    """Makes a queue: its ARN, and what takes its messages."""
    sqs = client("sqs")

    def make(name: str = "inbox", **attributes: str) -> tuple[str, Callable[[], list[Any]]]:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

        def messages() -> list[Any]:
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            for each in found.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            return list(found.get("Messages", []))

        return f"arn:aws:sqs:{HERE}:{name}", messages

    return make


def at(lab: Lab, **later: float) -> str:
    """A time of the lab's clock, as at(…) has it, in UTC."""
    return f"at({datetime.fromtimestamp(lab.clock.time(), UTC) + timedelta(**later):%Y-%m-%dT%H:%M:%S})"


@pytest.mark.source("EventBridge Scheduler", "a function, with the schedule's role")
def test_a_function_is_called_with_the_role_and_needs_no_permission(
    lab: Lab, schedule: Callable[..., Any], function: Callable[..., Any], role: Callable[..., str]
) -> None:
    remembers = function()
    arn = schedule(at(lab, hours=1), {"Arn": remembers.arn, "RoleArn": role("lambda:InvokeFunction")})
    assert remembers.events() == []
    lab.clock.advance(hours=2)
    [event] = remembers.events()
    assert {name: value for name, value in event.items() if name not in ("id", "time")} == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "region": "us-east-1",
        "resources": [arn],
        "detail": "{}",
    }


@pytest.mark.source("EventBridge Scheduler", "input with context attributes")
def test_the_input_can_say_what_scheduler_knows(
    lab: Lab, schedule: Callable[..., Any], function: Callable[..., Any], role: Callable[..., str]
) -> None:
    remembers = function()
    said = {
        name: f"<aws.scheduler.{name}>" for name in ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    }
    expression = at(lab, hours=1)
    target = {"Arn": remembers.arn, "RoleArn": role("lambda:InvokeFunction"), "Input": json.dumps(said)}
    arn = schedule(expression, target)
    lab.clock.advance(hours=2)
    [event] = remembers.events()
    assert len(event.pop("execution-id")) == 16
    assert event == {"schedule-arn": arn, "scheduled-time": expression[3:-1] + "Z", "attempt-number": "1"}


@pytest.mark.source("EventBridge Scheduler", "a rate begins at once, or at its start date")
def test_a_rate_begins_at_once(
    lab: Lab, schedule: Callable[..., Any], role: Callable[..., str], queue: Callable[..., Any]
) -> None:
    inbox, messages = queue()
    target = {"Arn": inbox, "RoleArn": role("sqs:SendMessage"), "Input": "x"}
    schedule("rate(1 hour)", target)
    lab.settle()
    assert len(messages()) == 1
    lab.clock.advance(minutes=150)
    assert len(messages()) == 2
    now = datetime.fromtimestamp(lab.clock.time(), UTC)
    schedule("rate(1 day)", target, Name="later", StartDate=now + timedelta(hours=10), EndDate=now + timedelta(days=2))
    lab.clock.advance(days=5)
    assert len(messages()) >= 10  # the hourly one goes on


@pytest.mark.source("EventBridge Scheduler", "start and end dates, ActionAfterCompletion")
def test_a_schedule_that_is_over_is_deleted_if_it_says_so(
    lab: Lab, scheduler: Any, schedule: Callable[..., Any], role: Callable[..., str], queue: Callable[..., Any]
) -> None:
    inbox, messages = queue()
    target = {"Arn": inbox, "RoleArn": role("sqs:SendMessage"), "Input": "<aws.scheduler.scheduled-time>"}
    now = datetime.fromtimestamp(lab.clock.time(), UTC).replace(microsecond=0)
    dates = {"StartDate": now + timedelta(hours=10), "EndDate": now + timedelta(days=3)}
    schedule("rate(1 day)", target, ActionAfterCompletion="DELETE", **dates)
    schedule(at(lab, minutes=5), target, Name="stays")
    lab.clock.advance(days=3, hours=1)
    due = [now + timedelta(hours=10 + 24 * day) for day in range(3)]
    assert sorted(each["Body"] for each in messages())[1:] == [f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in due]
    with pytest.raises(ClientError, match="Schedule tick does not exist"):
        scheduler.get_schedule(Name="tick")
    assert scheduler.get_schedule(Name="stays")["State"] == "ENABLED"


@pytest.mark.source("EventBridge Scheduler", "at, rate and cron with time zones")
def test_cron_is_on_the_wall_s_time(
    lab: Lab, schedule: Callable[..., Any], role: Callable[..., str], queue: Callable[..., Any]
) -> None:
    inbox, messages = queue()
    target = {"Arn": inbox, "RoleArn": role("sqs:SendMessage"), "Input": "<aws.scheduler.scheduled-time>"}
    schedule("cron(0 9 * * ? *)", target, ScheduleExpressionTimezone="Asia/Tokyo")
    lab.clock.advance(days=2)
    found = [datetime.fromisoformat(each["Body"]).astimezone(ZoneInfo("Asia/Tokyo")) for each in messages()]
    assert [(each.hour, each.minute) for each in found] == [(9, 0)] * 2


@pytest.mark.source("EventBridge Scheduler", "flexible time windows")
def test_a_flexible_window_is_kept(
    lab: Lab, schedule: Callable[..., Any], function: Callable[..., Any], role: Callable[..., str]
) -> None:
    remembers = function()
    target = {"Arn": remembers.arn, "RoleArn": role("lambda:InvokeFunction")}
    schedule(at(lab, minutes=10), target, FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30})
    lab.clock.advance(minutes=10)
    assert remembers.events() == []
    lab.clock.advance(minutes=31)
    assert len(remembers.events()) == 1


@pytest.mark.source("EventBridge Scheduler", "disable, update, delete")
def test_what_is_changed_counts(
    lab: Lab, scheduler: Any, schedule: Callable[..., Any], role: Callable[..., str], queue: Callable[..., Any]
) -> None:
    inbox, messages = queue()
    target = {"Arn": inbox, "RoleArn": role("sqs:SendMessage"), "Input": "x"}
    schedule(at(lab, hours=1), target)
    off = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    scheduler.update_schedule(Name="tick", ScheduleExpression=at(lab, hours=1), State="DISABLED", **off)
    lab.clock.advance(hours=2)
    assert messages() == []
    scheduler.update_schedule(Name="tick", ScheduleExpression=at(lab, hours=1), **off)
    lab.clock.advance(hours=2)
    assert len(messages()) == 1
    scheduler.create_schedule_group(Name="group")
    schedule(at(lab, hours=1), target, GroupName="group")
    scheduler.delete_schedule(Name="tick")
    scheduler.delete_schedule_group(Name="group")
    lab.clock.advance(hours=2)
    assert messages() == []


@pytest.mark.source("EventBridge Scheduler", "dead-letter queue")
def test_what_the_role_does_not_allow_ends_in_the_queue(
    lab: Lab,
    schedule: Callable[..., Any],
    function: Callable[..., Any],
    role: Callable[..., str],
    queue: Callable[..., Any],
) -> None:
    remembers = function()
    dead, messages = queue("dead")
    expression = at(lab, minutes=5)
    target = {
        "Arn": remembers.arn,
        "RoleArn": role("sqs:SendMessage"),
        "Input": '{"n": 1}',
        "DeadLetterConfig": {"Arn": dead},
    }
    arn = schedule(expression, target)
    lab.clock.advance(minutes=6)
    assert remembers.events() == []
    [message] = messages()
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == '{"n": 1}'
    assert len(said.pop("EXECUTION_ID")) == 16
    assert remembers.arn in said.pop("ERROR_MESSAGE")
    assert said == {
        "ERROR_CODE": "AccessDeniedException",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": expression[3:-1] + "Z",
        "SCHEDULE_ARN": arn,
        "TARGET_ARN": remembers.arn,
    }


@pytest.mark.source("EventBridge Scheduler", "retry policy")
def test_retries_are_counted(
    lab: Lab,
    schedule: Callable[..., Any],
    role: Callable[..., str],
    queue: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = sqs_destination.send
    inbox, _ = queue()
    dead, messages = queue("dead")

    def unavailable(arn: str, *args: Any) -> None:
        if arn == inbox:
            raise Unavailable("Service Unavailable")
        right(arn, *args)

    target = {
        "Arn": inbox,
        "RoleArn": role("sqs:SendMessage"),
        "Input": "<aws.scheduler.attempt-number>",
        "DeadLetterConfig": {"Arn": dead},
        "RetryPolicy": {"MaximumRetryAttempts": 2},
    }
    schedule(at(lab, minutes=5), target)
    monkeypatch.setattr(sqs_destination, "send", unavailable)
    lab.clock.advance(hours=1)
    [message] = messages()
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (said["EXHAUSTED_RETRY_CONDITION"], said["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "2")
    assert message["Body"] == "3"


@pytest.mark.source("EventBridge Scheduler", "universal target: lambda:invoke")
@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
def test_a_universal_target_is_a_call(
    lab: Lab, schedule: Callable[..., Any], function: Callable[..., Any], role: Callable[..., str], kind: str
) -> None:
    remembers = function()
    said = {"FunctionName": "remembers", "InvocationType": kind, "Payload": '{"n": 2}'}
    arn = "arn:aws:scheduler:::aws-sdk:lambda:invoke"
    target = {"Arn": arn, "RoleArn": role("lambda:InvokeFunction"), "Input": json.dumps(said)}
    schedule(at(lab, minutes=5), target)
    lab.clock.advance(minutes=6)
    assert remembers.events() == [{"n": 2}]


@pytest.mark.source("EventBridge Scheduler", "universal target: lambda:invoke")
def test_a_universal_target_that_is_throttled_is_tried_again(
    lab: Lab,
    client: Callable[[str], Any],
    schedule: Callable[..., Any],
    function: Callable[..., Any],
    role: Callable[..., str],
) -> None:
    remembers = function()
    client("lambda").put_function_concurrency(FunctionName="remembers", ReservedConcurrentExecutions=0)
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke",
        "RoleArn": role("lambda:InvokeFunction"),
        "Input": json.dumps({"FunctionName": "remembers", "Payload": '{"n": 2}'}),
    }
    schedule(at(lab, minutes=5), target)
    lab.clock.advance(minutes=6)
    assert remembers.events() == []
    client("lambda").delete_function_concurrency(FunctionName="remembers")
    lab.clock.advance(minutes=10)
    assert remembers.events() == [{"n": 2}]


@pytest.mark.source("EventBridge Scheduler", "universal target: lambda:invoke")
def test_a_universal_target_that_lacks_a_parameter_goes_to_the_dead_letter_queue(
    lab: Lab, schedule: Callable[..., Any], role: Callable[..., str], queue: Callable[..., Any]
) -> None:
    dead, messages = queue("dead")
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke",
        "RoleArn": role("lambda:InvokeFunction", "sqs:SendMessage"),
        "Input": "{}",
        "DeadLetterConfig": {"Arn": dead},
    }
    schedule(at(lab, minutes=5), target)
    lab.clock.advance(minutes=6)
    [message] = messages()
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (said["ERROR_CODE"], said["ERROR_MESSAGE"]) == ("ValidationException", "The input has no FunctionName.")


@pytest.mark.source("EventBridge Scheduler", "targets: SQS, SNS, Kinesis, an event bus")
@pytest.mark.parametrize("universally", [False, True])
def test_queues_topics_and_streams(
    lab: Lab,
    client: Callable[[str], Any],
    schedule: Callable[..., Any],
    role: Callable[..., str],
    queue: Callable[..., Any],
    universally: bool,
) -> None:
    sns, kinesis = client("sns"), client("kinesis")
    inbox, messages = queue("news")
    policy = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "*", "Resource": inbox}
    client("sqs").set_queue_attributes(
        QueueUrl=client("sqs").get_queue_url(QueueName="news")["QueueUrl"],
        Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})},
    )
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox, Attributes={"RawMessageDelivery": "true"})
    kinesis.create_stream(StreamName="numbers", ShardCount=1)
    stream = f"arn:aws:kinesis:{HERE}:stream/numbers"
    by_role = {"RoleArn": role("sqs:SendMessage", "sns:Publish", "kinesis:PutRecord")}
    if universally:
        sdk = "arn:aws:scheduler:::aws-sdk:"
        url = client("sqs").get_queue_url(QueueName="news")["QueueUrl"]
        targets = [
            {"Arn": sdk + "sqs:sendMessage", "Input": json.dumps({"QueueUrl": url, "MessageBody": "one"})},
            {"Arn": sdk + "sns:publish", "Input": json.dumps({"TopicArn": topic, "Message": "two"})},
            {
                "Arn": sdk + "kinesis:putRecord",
                "Input": json.dumps({"StreamName": "numbers", "PartitionKey": "k", "Data": "three"}),
            },
        ]
    else:
        targets = [
            {"Arn": inbox, "Input": "one"},
            {"Arn": topic, "Input": "two"},
            {"Arn": stream, "Input": "three", "KinesisParameters": {"PartitionKey": "k"}},
        ]
    for number, target in enumerate(targets):
        schedule(at(lab, minutes=5), target | by_role, Name=f"to-{number}")
    lab.clock.advance(minutes=6)
    assert sorted(each["Body"] for each in messages()) == ["one", "two"]
    shard = kinesis.get_shard_iterator(
        StreamName="numbers", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=shard)["Records"]
    assert (record["PartitionKey"], record["Data"]) == ("k", b"three")


@pytest.mark.source("EventBridge Scheduler", "targets: SQS, SNS, Kinesis, an event bus")
def test_other_targets(
    lab: Lab,
    client: Callable[[str], Any],
    schedule: Callable[..., Any],
    function: Callable[..., Any],
    role: Callable[..., str],
) -> None:
    remembers = function()
    events = client("events")
    rule = events.put_rule(Name="r", EventPattern='{"source": ["nightly"]}')["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": remembers.arn, "InputPath": "$.detail"}])
    remembers.allow("events.amazonaws.com", rule)
    bus = f"arn:aws:events:{HERE}:event-bus/default"
    allowed = role("events:PutEvents")
    target = {"Arn": bus, "RoleArn": allowed, "Input": '{"n": 1}'}
    schedule(at(lab, minutes=5), target | {"EventBridgeParameters": {"DetailType": "x", "Source": "nightly"}})
    said = {"Entries": [{"Source": "nightly", "DetailType": "x", "Detail": '{"n": 2}'}]}
    universal = {"Arn": "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", "RoleArn": allowed}
    schedule(at(lab, minutes=6), universal | {"Input": json.dumps(said)}, Name="universal")
    lab.clock.advance(minutes=7)
    assert remembers.events() == [{"n": 1}, {"n": 2}]


@pytest.mark.source("EventBridge Scheduler", "what is refused")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ScheduleExpression": "rate(5 seconds)"}, r"Invalid Schedule Expression rate\(5 seconds\)\."),
        ({"ScheduleExpression": "at(tomorrow)"}, r"Invalid Schedule Expression at\(tomorrow\)\."),
        ({"ScheduleExpressionTimezone": "Europe/Nowhere"}, "Invalid Schedule Expression Timezone Europe/Nowhere"),
        ({"GroupName": "nowhere"}, r"Schedule group nowhere does not exist\."),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "Invalid FlexibleTimeWindow"),
    ],
)
def test_what_is_refused(
    schedule: Callable[..., Any], role: Callable[..., str], change: dict[str, Any], message: str
) -> None:
    target = {"Arn": f"arn:aws:sqs:{HERE}:x", "RoleArn": role()}
    expression = change.pop("ScheduleExpression", "rate(1 hour)")
    with pytest.raises(ClientError, match=message):
        schedule(expression, target, **change)


@pytest.mark.source("EventBridge Scheduler", "a role that Scheduler cannot assume")
def test_the_role_must_trust_scheduler(schedule: Callable[..., Any], role: Callable[..., str]) -> None:
    words = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role"
    of_schedule = {"ArnLike": {"aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule/default/*"}}
    of_group = {"ArnLike": {"aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/default"}}
    target = {"Arn": f"arn:aws:sqs:{HERE}:x"}
    for wrong in (
        role(name="events", service="events.amazonaws.com"),
        role(name="schedule", Condition=of_schedule),
        f"arn:aws:iam::{ACCOUNT}:role/gone",
    ):
        with pytest.raises(ClientError, match=words):
            schedule("rate(1 hour)", target | {"RoleArn": wrong})
    schedule("rate(1 hour)", target | {"RoleArn": role(name="group", Condition=of_group)})


@pytest.mark.differs(
    "EventBridge Scheduler",
    "universal targets",
    "lambda:invoke, sqs:sendMessage, sns:publish, eventbridge:putEvents, kinesis:putRecord",
)
def test_targets_that_the_lab_does_not_know_are_refused_in_words(
    schedule: Callable[..., Any], role: Callable[..., str]
) -> None:
    sender = role()
    for arn in ("arn:aws:scheduler:::aws-sdk:ec2:stopInstances", f"arn:aws:states:{HERE}:stateMachine:x"):
        with pytest.raises(ClientError, match="The lab does not"):
            schedule("rate(1 hour)", {"Arn": arn, "RoleArn": sender})
