"""SQS: batches, failures, what comes back and when, and where it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.delivery.events import BatchEnded, BatchRetried, BatchStarted, RecordsFiltered

from .conftest import REMEMBERS, REPORTER

if TYPE_CHECKING:
    from .conftest import Wiring

SQS = "Amazon SQS"


@pytest.mark.source(SQS, "messages are deleted when the function has returned")
def test_messages_reach_the_function_in_one_batch_and_are_deleted(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    wiring.send(*"abcdefghij")
    assert wiring.batches() == [list("abcdefghij")]
    assert wiring.left() == 0


@pytest.mark.source(SQS, "messages that were there before the mapping")
def test_messages_sent_before_the_mapping_are_read_too(wiring: Wiring) -> None:
    wiring.function()
    queue = wiring.queue()
    wiring.send("early")
    wiring.map(queue)
    assert wiring.got() == ["early"]


@pytest.mark.source(SQS, "batch size")
def test_a_batch_is_no_larger_than_the_mapping_says(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue(), BatchSize=4)
    wiring.send(*"abcdefghij")
    assert sorted(map(len, wiring.batches())) == [2, 4, 4]


@pytest.mark.source(SQS, "an error brings the whole batch back after the visibility timeout")
def test_after_an_error_all_messages_become_visible_again_after_the_visibility_timeout(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    wiring.send("good", "poison")
    assert wiring.batches() == [["good", "poison"]]
    assert wiring.left() == 2
    wiring.later(seconds=29)
    assert len(wiring.batches()) == 1
    wiring.later(seconds=2)
    assert wiring.batches() == [["good", "poison"]] * 2


@pytest.mark.source(SQS, "dead-letter queue of the queue (redrive)")
def test_after_max_receive_count_deliveries_messages_are_in_the_dead_letter_queue(wiring: Wiring) -> None:
    wiring.function(REMEMBERS + '    raise ValueError("no")\n')
    wiring.map(wiring.queue_with_dead_letters(3))
    wiring.send("poison")
    wiring.later(minutes=5)
    counts = [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in wiring.events()]
    assert counts == ["1", "2", "3"]
    assert (wiring.left("jobs"), wiring.left("dead")) == (0, 1)


@pytest.mark.source(SQS, "dead-letter queue of the queue (redrive)")
def test_a_message_from_a_dead_letter_queue_names_its_source_queue(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue_with_dead_letters(1))
    wiring.function(REMEMBERS, "undertaker")
    wiring.map("arn:aws:sqs:us-east-1:123456789012:dead", "undertaker")
    wiring.send("poison")
    wiring.later(minutes=1)
    [event] = wiring.events("undertaker")
    attributes = event["Records"][0]["attributes"]
    assert attributes["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:123456789012:jobs"
    assert wiring.left("dead") == 0


@pytest.mark.source(SQS, "FIFO: deduplication, also of what has been processed")
def test_a_fifo_queue_drops_what_it_has_seen_within_five_minutes(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue("jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true"))
    for _ in range(2):
        wiring.send("once", queue="jobs.fifo", MessageGroupId="a")
        wiring.later(minutes=1)
    assert wiring.got() == ["once"]
    wiring.later(minutes=5)
    wiring.send("once", queue="jobs.fifo", MessageGroupId="a")
    assert wiring.got() == ["once", "once"]


@pytest.mark.source(SQS, "retention: a message that is too old is gone")
def test_an_unprocessed_message_is_gone_after_the_retention_period(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue(MessageRetentionPeriod="3600"))
    wiring.send("poison")
    wiring.later(minutes=50)
    assert wiring.left() == 1
    wiring.later(minutes=15)
    assert wiring.left() == 0


@pytest.mark.source(SQS, "partial batch responses")
def test_only_the_messages_that_the_function_reports_become_visible_again(wiring: Wiring) -> None:
    wiring.function(REPORTER)
    wiring.map(wiring.queue_with_dead_letters(2), FunctionResponseTypes=["ReportBatchItemFailures"])
    wiring.send("a", "bad 1", "b", "bad 2")
    wiring.later(seconds=31)
    assert wiring.batches() == [["a", "bad 1", "b", "bad 2"], ["bad 1", "bad 2"]]
    wiring.later(seconds=31)
    assert (wiring.left("jobs"), wiring.left("dead")) == (0, 2)
    assert [(event.records, event.failed) for event in wiring.told(BatchEnded)] == [(4, 2), (2, 2)]


@pytest.mark.source(SQS, "without ReportBatchItemFailures a batchItemFailures answer is a success")
def test_without_report_batch_item_failures_the_answer_is_ignored(wiring: Wiring) -> None:
    wiring.function(REPORTER)
    wiring.map(wiring.queue())
    wiring.send("bad")
    wiring.later(minutes=5)
    assert wiring.batches() == [["bad"]]
    assert wiring.left() == 0


@pytest.mark.source(SQS, "batching window")
def test_a_batch_waits_for_more_until_its_window_is_over(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue(), BatchSize=100, MaximumBatchingWindowInSeconds=20)
    wiring.send("a")
    wiring.later(seconds=10)
    wiring.send("b")
    assert wiring.batches() == []
    wiring.later(seconds=11)
    assert wiring.batches() == [["a", "b"]]


@pytest.mark.source(SQS, "batching window")
def test_a_full_batch_does_not_wait_for_its_window(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue(), BatchSize=3, MaximumBatchingWindowInSeconds=300)
    wiring.send(*"abcd")
    assert wiring.batches() == [["a", "b", "c"]]


@pytest.mark.source(SQS, "a batch is no larger than an invocation may be, 6 MB")
def test_a_batch_is_split_where_its_event_would_be_too_large(wiring: Wiring) -> None:
    wiring.function('def handler(event, context): print("GOT", [len(r["body"]) for r in event["Records"]])')
    wiring.map(wiring.queue(), BatchSize=100, MaximumBatchingWindowInSeconds=10)
    for _ in range(7):
        wiring.send("x" * 1_000_000)
    wiring.later(seconds=11)
    assert sorted(map(len, wiring.batches())) == [1, 6]


@pytest.mark.source(SQS, "delayed messages")
def test_a_delayed_message_is_read_when_its_delay_is_over(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    wiring.send("late", DelaySeconds=60)
    assert wiring.got() == []
    wiring.later(seconds=61)
    assert wiring.got() == ["late"]


@pytest.mark.source(SQS, "filters delete what they do not let pass")
def test_messages_that_match_no_filter_are_deleted(wiring: Wiring) -> None:
    wiring.function()
    pattern = json.dumps({"body": {"state": ["paid"]}})
    wiring.map(wiring.queue(), FilterCriteria={"Filters": [{"Pattern": pattern}]})
    paid = json.dumps({"state": "paid"})
    wiring.send(paid, json.dumps({"state": "open"}), "no JSON at all")
    assert wiring.got() == [paid]
    assert wiring.left() == 0
    assert sum(event.records for event in wiring.told(RecordsFiltered)) == 2


@pytest.mark.source(SQS, "FIFO: order within a message group")
def test_a_group_of_a_fifo_queue_waits_for_its_failed_message(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue_with_dead_letters(2, "jobs.fifo", ContentBasedDeduplication="true"), BatchSize=1)
    wiring.send("poison", "a2", queue="jobs.fifo", MessageGroupId="a")
    wiring.send("b1", "b2", queue="jobs.fifo", MessageGroupId="b")
    assert wiring.got() == ["b1", "b2", "poison"]
    wiring.later(seconds=31)
    assert "a2" not in wiring.got()
    wiring.later(seconds=31)
    assert wiring.got() == ["a2", "b1", "b2", "poison", "poison"]
    assert wiring.left("dead.fifo") == 1


@pytest.mark.source(SQS, "FIFO: order within a message group")
def test_messages_of_a_group_come_in_their_order_whatever_the_batch(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue("jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true"), BatchSize=2)
    sent = [f"{number:02}" for number in range(9)]
    wiring.send(*sent, queue="jobs.fifo", MessageGroupId="a")
    assert [body for batch in wiring.batches() for body in batch] == sent


@pytest.mark.source(SQS, "throttling: the batch is tried again until its messages show up in the queue")
def test_a_throttled_batch_is_retried_without_counting_as_a_delivery(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.client("lambda").put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=0)
    wiring.map(wiring.queue())
    wiring.send("a")
    assert wiring.events() == []
    assert [event.wait_s for event in wiring.told(BatchRetried)] == [1]
    wiring.client("lambda").delete_function_concurrency(FunctionName="worker")
    wiring.later(seconds=2)
    [event] = wiring.events()
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"
    assert wiring.left() == 0


@pytest.mark.source(SQS, "throttling: the batch is tried again until its messages show up in the queue")
def test_a_batch_that_is_throttled_for_longer_is_delivered_again_by_the_queue(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.client("lambda").put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=0)
    wiring.map(wiring.queue_with_dead_letters(2))
    wiring.send("a")
    wiring.later(minutes=2)
    assert wiring.events() == []
    assert wiring.left("dead") == 1


@pytest.mark.source(SQS, "maximum concurrency")
def test_no_more_batches_run_at_once_than_the_mapping_says(wiring: Wiring) -> None:
    wiring.function("import time\ndef handler(event, context): time.sleep(0.1)")
    wiring.map(wiring.queue(), BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    wiring.send(*"abcdefgh")
    wiring.account.lab.settle()
    running = most = 0
    for event in wiring.account.lab.events():
        running += isinstance(event, BatchStarted) - isinstance(event, BatchEnded)
        most = max(most, running)
    assert most == (2 if wiring.account.kind == "server" else 1)


@pytest.mark.source(SQS, "disable, enable, delete")
def test_a_disabled_mapping_does_not_read_and_reads_what_is_there_when_it_is_enabled(wiring: Wiring) -> None:
    wiring.function()
    mapping = wiring.map(wiring.queue(), Enabled=False)
    wiring.send("a")
    assert wiring.got() == []
    wiring.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert wiring.got() == ["a"]
    wiring.client("lambda").delete_event_source_mapping(UUID=mapping)
    wiring.send("b")
    assert wiring.got() == ["a"]
    assert wiring.left() == 1


@pytest.mark.source(SQS, "the function's role is asked at each read")
def test_a_role_that_loses_its_permission_reads_nothing_more_until_it_has_it_again(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    iam = wiring.client("iam")
    [name] = iam.list_role_policies(RoleName="worker-role")["PolicyNames"]
    policy = iam.get_role_policy(RoleName="worker-role", PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName="worker-role", PolicyName=name)
    wiring.send("a")
    assert wiring.got() == []
    iam.put_role_policy(RoleName="worker-role", PolicyName=name, PolicyDocument=json.dumps(policy))
    wiring.later(minutes=2)
    assert wiring.got() == ["a"]


def test_settle_does_not_wait_for_a_message_that_always_fails(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    wiring.send("poison")
    wiring.account.lab.settle(timeout=10)
    assert wiring.left() == 1


@pytest.mark.source(SQS, "a function that feeds its own queue is stopped")
def test_a_function_that_sends_to_its_own_queue_is_stopped_after_sixteen_invocations(wiring: Wiring) -> None:
    queue = wiring.queue_with_dead_letters(1)
    source = """
import boto3, os
sqs = boto3.client("sqs", region_name="us-east-1")
def handler(event, context):
    print('GOT ["again"]')
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")
"""
    wiring.function(source, Environment={"Variables": {"QUEUE": wiring.urls["jobs"]}})
    wiring.map(queue)
    wiring.send("first")
    assert len(wiring.batches()) == 16
    wiring.later(minutes=1)
    assert (wiring.left("jobs"), wiring.left("dead")) == (0, 1)


def test_reset_ends_all_mappings(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue())
    wiring.send("poison")
    wiring.account.lab.reset()
    wiring.function()
    wiring.queue()
    wiring.send("a")
    wiring.later(minutes=5)
    assert wiring.got() == []


def _keys(value: Any) -> Any:
    """The form of a document: names and types."""
    if isinstance(value, dict):
        return {name: _keys(inner) for name, inner in value.items()}
    return [_keys(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.mark.source(SQS, "the event, key by key")
def test_the_event_has_the_documented_form(wiring: Wiring) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: of a FIFO queue, and with a message attribute."""
    wiring.function(REMEMBERS)
    wiring.map(wiring.queue("jobs.fifo", FifoQueue="true"))
    wiring.client("sqs").send_message(
        QueueUrl=wiring.urls["jobs.fifo"],
        MessageBody="Test message.",
        MessageGroupId="1",
        MessageDeduplicationId="fdcd8ff0",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "test"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x01\x02"},
        },
    )
    [event] = wiring.events()
    [record] = event["Records"]
    assert record["messageAttributes"] == {
        "kind": {"stringValue": "test", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "raw": {"binaryValue": "AQI=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert record["body"] == "Test message."
    assert record["md5OfBody"] == "e4e68fb7bd0e697a0ae8f1bb342846b3"
    record["messageAttributes"] = {}
    assert _keys(event) == {
        "Records": [
            {
                "messageId": "str",
                "receiptHandle": "str",
                "body": "str",
                "attributes": {
                    "ApproximateReceiveCount": "str",
                    "SentTimestamp": "str",
                    "SequenceNumber": "str",
                    "MessageGroupId": "str",
                    "SenderId": "str",
                    "MessageDeduplicationId": "str",
                    "ApproximateFirstReceiveTimestamp": "str",
                },
                "messageAttributes": {},
                "md5OfMessageAttributes": "str",
                "md5OfBody": "str",
                "eventSource": "str",
                "eventSourceARN": "str",
                "awsRegion": "str",
            }
        ]
    }
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:jobs.fifo"
