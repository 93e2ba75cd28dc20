"""Kinesis: shards, order, starting positions, and the event."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import REMEMBERS

if TYPE_CHECKING:
    from .conftest import Wiring

KINESIS = "Amazon Kinesis"
ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def stream(wiring: Wiring, shards: int = 1) -> str:
    wiring.client("kinesis").create_stream(StreamName="clicks", ShardCount=shards)
    return ARN


def put(wiring: Wiring, *texts: str, key: str | None = None) -> None:
    records = [{"Data": text.encode(), "PartitionKey": key or text} for text in texts]
    wiring.client("kinesis").put_records(StreamName="clicks", Records=records)


def got(wiring: Wiring) -> list[str]:
    """The data that the function got, in order."""
    records = [record for event in wiring.events() for record in event["Records"]]
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in records]


@pytest.mark.source(KINESIS, "tags of a new stream")
def test_a_stream_keeps_the_tags_that_it_is_created_with(wiring: Wiring) -> None:
    kinesis = wiring.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1, Tags={"team": "shop"})
    assert kinesis.list_tags_for_stream(StreamName="clicks")["Tags"] == [{"Key": "team", "Value": "shop"}]


@pytest.mark.source(KINESIS, "the event, key by key")
def test_the_event_has_the_documented_form(wiring: Wiring) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    wiring.function(REMEMBERS)
    wiring.map(stream(wiring), StartingPosition="LATEST")
    wiring.client("kinesis").put_record(StreamName="clicks", Data=b"Hello, this is a test.", PartitionKey="1")
    [event] = wiring.events()
    [record] = event["Records"]
    sequence = record["kinesis"]["sequenceNumber"]
    assert len(sequence) == 56
    assert abs(record["kinesis"].pop("approximateArrivalTimestamp") - time.time()) < 60
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": sequence,
            "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/worker-role",
        "awsRegion": "us-east-1",
        "eventSourceARN": ARN,
    }


@pytest.mark.source(KINESIS, "starting position: TRIM_HORIZON, LATEST, AT_TIMESTAMP")
@pytest.mark.parametrize(
    ("position", "seen"), [("TRIM_HORIZON", ["a", "b", "c"]), ("LATEST", ["c"]), ("AT_TIMESTAMP", ["b", "c"])]
)
def test_a_new_mapping_starts_at_its_starting_position(wiring: Wiring, position: str, seen: list[str]) -> None:
    wiring.function(REMEMBERS)
    stream(wiring)
    put(wiring, "a")
    wiring.later(minutes=10)
    now = wiring.account.lab.clock.time()
    put(wiring, "b")
    at = {"StartingPositionTimestamp": now - 60} if position == "AT_TIMESTAMP" else {}
    wiring.map(ARN, StartingPosition=position, **at)
    put(wiring, "c")
    assert got(wiring) == seen


@pytest.mark.source(KINESIS, "order per partition key, one batch of a shard at a time")
def test_records_of_a_key_come_in_order_and_shards_do_not_wait_for_each_other(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(stream(wiring, 3), StartingPosition="LATEST", BatchSize=5)
    for number in range(10):
        put(wiring, *(f"{key}{number}" for key in "abcdef"), key="x")
        for key in "abcdef":
            put(wiring, f"{key}.{number}", key=key)
    seen = got(wiring)
    for key in "abcdef":
        assert [text for text in seen if text.startswith(f"{key}.")] == [f"{key}.{number}" for number in range(10)]
    assert len(seen) == 120
    for event in wiring.events():
        assert len({record["eventID"].split(":")[0] for record in event["Records"]}) == 1
        assert len(event["Records"]) <= 5


@pytest.mark.source(KINESIS, "filters look into the data")
def test_filters_look_into_the_data_and_at_the_partition_key(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    filters = [{"Pattern": json.dumps(pattern)} for pattern in ({"data": {"n": [1]}}, {"partitionKey": ["wanted"]})]
    wiring.map(stream(wiring), StartingPosition="LATEST", FilterCriteria={"Filters": filters})
    put(wiring, '{"n": 1}', '{"n": 2}', "text", key="k")
    put(wiring, "any", key="wanted")
    assert got(wiring) == ['{"n": 1}', "any"]


@pytest.mark.source(KINESIS, "split shards: the parent's records first")
def test_after_a_split_records_go_to_the_children_and_the_parents_come_first(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    stream(wiring)
    put(wiring, *"abcd")
    kinesis = wiring.client("kinesis")
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    put(wiring, *"efghijkl")
    wiring.map(ARN, StartingPosition="TRIM_HORIZON")
    assert got(wiring)[:4] == list("abcd")
    assert sorted(got(wiring)) == list("abcdefghijkl")
    shards = {r["eventID"].split(":")[0] for event in wiring.events() for r in event["Records"]}
    assert shards == {f"shardId-00000000000{number}" for number in range(3)}


@pytest.mark.source(KINESIS, "GetRecords still works beside the mapping")
def test_callers_read_the_same_records(wiring: Wiring) -> None:
    stream(wiring)
    put(wiring, *"abc", key="k")
    kinesis = wiring.client("kinesis")
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator, Limit=2)
    assert [record["Data"] for record in answer["Records"]] == [b"a", b"b"]
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=answer["NextShardIterator"])["Records"]] == [b"c"]


@pytest.mark.source(KINESIS, "partial batch responses: the checkpoint is the first failure")
def test_after_a_partial_failure_the_batch_resumes_at_the_reported_sequence_number(wiring: Wiring) -> None:
    wiring.function(
        REMEMBERS
        + """
    bad = [r["kinesis"]["sequenceNumber"] for r in event["Records"] if r["kinesis"]["partitionKey"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}
"""
    )
    wiring.map(
        stream(wiring),
        StartingPosition="LATEST",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
    )
    put(wiring, "a", "bad", "c")
    wiring.later(minutes=1)
    assert got(wiring) == ["a", "bad", "c", "bad", "c"]


@pytest.mark.differs(KINESIS, "enhanced fan-out", "a consumer as an event source is refused (NotPartOfThisLab)")
def test_a_consumer_with_enhanced_fan_out_is_not_part_of_this_lab(wiring: Wiring) -> None:
    wiring.function()
    stream(wiring)
    consumer: Any = wiring.client("kinesis").register_stream_consumer(StreamARN=ARN, ConsumerName="fan")
    aws_lambda = wiring.client("lambda")
    with pytest.raises(aws_lambda.exceptions.ClientError, match="enhanced fan-out") as caught:
        wiring.map(consumer["Consumer"]["ConsumerARN"] + ":1", StartingPosition="LATEST")
    assert caught.value.response["Error"]["Code"] == "NotPartOfThisLab"
