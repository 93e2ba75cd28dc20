"""Nothing is lost: many messages through a queue, a table's stream and a data stream, while things go wrong.

One message in a hundred cannot be processed at all, one invocation in a hundred fails for no reason, and execution
environments are killed at random while they work. In the end each message has been processed at least once, or lies in
the dead-letter queue (of the queue) or was told to the on-failure destination (of the streams). The lab's clock is
moved until nothing is left to do.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import boto3

from lambdalab.lab import start
from lambdalab.runtime import LogLine
from tools.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.lab import Lab
    from lambdalab.runtime import Event

MESSAGES = 10_000
KILL_EVERY_S = 0.2
ROUNDS = 200
"""Minutes of the lab's clock, at most, until all must be quiet."""
ACCOUNT = "us-east-1:123456789012"

WORKER = """
import base64, json, random, time

def name_of(record):
    if "body" in record:
        return record["body"]
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return record["dynamodb"]["Keys"]["id"]["S"]

def handler(event, context):
    names = [name_of(record) for record in event["Records"]]
    good = [name for name in names if not name.startswith("bad")]
    if random.random() < 0.01:
        raise RuntimeError("one invocation in a hundred")
    print("DONE " + json.dumps(good))
    time.sleep(0.01 * random.random())  # time enough to be killed after the work, and before Lambda hears of it
    return REPORT
"""
NAMES_FAILURES = """{"batchItemFailures": [
        {"itemIdentifier": r["messageId"] if "messageId" in r else r["kinesis"]["sequenceNumber"]}
        for r, name in zip(event["Records"], names) if name.startswith("bad")
    ]}"""
RAISES = """None

_handler = handler
def handler(event, context):
    if any(name_of(record).startswith("bad") for record in event["Records"]):
        raise ValueError("cannot be processed")
    return _handler(event, context)
"""
_NAME = re.compile(r"(?:bad|good)-\d+")


@dataclass
class Count:
    """What became of the messages of one source."""

    source: str
    sent: set[str]
    times: dict[str, int] = field(default_factory=dict)
    """How often each was processed."""
    given_up: set[str] = field(default_factory=set)
    """In the dead-letter queue, or told to the destination."""
    killed: int = 0
    calls: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> set[str]:
        """Neither."""
        return self.sent - set(self.times) - self.given_up

    @property
    def both(self) -> set[str]:
        """Processed, and given up all the same: a batch failed after it had been printed."""
        return set(self.times) & self.given_up


def soak() -> Iterator[Figure]:
    """The full soak: a line for each count."""
    for count in run(MESSAGES):
        yield Figure(f"soak, {count.source}: messages", len(count.sent), "")
        yield Figure(f"soak, {count.source}: processed", len(count.times), "")
        yield Figure(f"soak, {count.source}: given up", len(count.given_up - set(count.times)), "")
        yield Figure(f"soak, {count.source}: lost", len(count.lost), "", limit=0)
        yield Figure(f"soak, {count.source}: more than once", sum(n > 1 for n in count.times.values()), "")
        yield Figure(f"soak, {count.source}: environments killed", count.killed, "")
        yield Figure(f"soak, {count.source}: calls", count.calls, "")
        yield Figure(f"soak, {count.source}", count.seconds, "s")


def run(messages: int, seed: int = 1) -> Iterator[Count]:
    """Send so many through each source, one source after the other."""
    lab = start()
    try:
        for source in (_queue, _table, _stream):
            lab.reset()
            with _Watch(lab, random.Random(seed)) as watch:
                names = [f"{'bad' if number % 100 == 7 else 'good'}-{number}" for number in range(messages)]
                count = source(lab, names, watch)
            count.times, count.killed, count.calls = watch.times, watch.killed, watch.calls
            count.seconds = watch.seconds
            yield count
    finally:
        lab.stop()


class _Watch:
    """Counts what functions print, and kills their processes meanwhile."""

    def __init__(self, lab: Lab, dice: random.Random) -> None:
        self.times: dict[str, int] = {}
        self.killed = self.calls = 0
        self.seconds = 0.0
        self._lab, self._dice = lab, dice
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        lab.engine.subscribe(self._hear)

    def __enter__(self) -> _Watch:
        self._began = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.seconds = time.perf_counter() - self._began

    def _hear(self, event: Event) -> None:
        if self._over.is_set():
            return
        if isinstance(event, LogLine) and event.message.startswith("DONE "):
            names = _NAME.findall(event.message)
            with self._lock:
                self.calls += 1
                for name in names:
                    self.times[name] = self.times.get(name, 0) + 1

    def _kill(self) -> None:
        while not self._over.wait(KILL_EVERY_S):
            pools = list(self._lab.engine._pools.values())
            members = [member for pool in pools for member in (*pool._busy, *pool._idle)]
            processes = [getattr(member.environment, "_process", None) for member in members]
            pids = [process.pid for process in processes if process is not None]
            if pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._dice.choice(pids), signal.SIGKILL)
                    self.killed += 1


def _queue(lab: Lab, names: list[str], watch: _Watch) -> Count:
    sqs = boto3.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{ACCOUNT}:dead", "maxReceiveCount": 5}
    url = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": json.dumps(policy)})["QueueUrl"]
    _function(lab, NAMES_FAILURES)
    _map(f"arn:aws:sqs:{ACCOUNT}:jobs", FunctionResponseTypes=["ReportBatchItemFailures"])
    for part in _parts(names, 10):
        entries = [{"Id": str(number), "MessageBody": name} for number, name in enumerate(part)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def left() -> int:
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return sum(int(value) for value in found.values())

    _go_on(lab, lambda: left() == 0)
    return Count("SQS", set(names), given_up=set(_bodies(dead)))


def _table(lab: Lab, names: list[str], watch: _Watch) -> Count:
    dynamodb, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    stream = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]
    _function(lab, RAISES)
    _map_stream(stream)
    for part in _parts(names, 25):
        dynamodb.batch_write_item(
            RequestItems={"orders": [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in part]}
        )
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    written: list[tuple[int, str]] = []
    while found := streams.get_records(ShardIterator=iterator):
        iterator = found["NextShardIterator"]
        records = [record["dynamodb"] for record in found["Records"]]
        written += [(int(record["SequenceNumber"]), record["Keys"]["id"]["S"]) for record in records]
        if not records:
            break
    return _of_stream(lab, "DynamoDB Streams", names, {shard["ShardId"]: written}, "DDBStreamBatchInfo", watch)


def _stream(lab: Lab, names: list[str], watch: _Watch) -> Count:
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=4)
    _function(lab, NAMES_FAILURES)
    _map_stream(
        f"arn:aws:kinesis:{ACCOUNT}:stream/clicks",
        ParallelizationFactor=2,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    written: dict[str, list[tuple[int, str]]] = {}
    for part in _parts(names, 500):
        records = [{"Data": name.encode(), "PartitionKey": name} for name in part]
        answers = kinesis.put_records(StreamName="clicks", Records=records)["Records"]
        for name, answer in zip(part, answers, strict=True):
            written.setdefault(answer["ShardId"], []).append((int(answer["SequenceNumber"]), name))
    return _of_stream(lab, "Kinesis", names, written, "KinesisBatchInfo", watch)


def _of_stream(
    lab: Lab, source: str, names: list[str], written: dict[str, list[tuple[int, str]]], info: str, watch: _Watch
) -> Count:
    """Wait until each record is accounted for; `written` has their sequence numbers, by shard."""
    count = Count(source, set(names))
    failures = boto3.client("sqs").get_queue_url(QueueName="failures")["QueueUrl"]

    def all_there() -> bool:
        for body in _bodies(failures):
            told = json.loads(body)[info]
            first, last = int(told["startSequenceNumber"]), int(told["endSequenceNumber"])
            inside = [name for number, name in written[told["shardId"]] if first <= number <= last]
            count.given_up.update(inside)
        return count.sent <= set(watch.times) | count.given_up

    _go_on(lab, all_there)
    return count


def _go_on(lab: Lab, done: Callable[[], bool]) -> None:
    """Move the clock until all is done."""
    for _ in range(ROUNDS):
        lab.settle(timeout=300)
        if done():
            return
        lab.clock.advance(minutes=1)


def _bodies(url: str) -> list[str]:
    """What is in a queue, taken out of it."""
    sqs = boto3.client("sqs")
    bodies: list[str] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        bodies += [message["Body"] for message in found]
        entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(found)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return bodies


def _function(lab: Lab, report: str) -> None:
    statement = {"Effect": "Allow", "Action": ["sqs:*", "kinesis:*", "dynamodb:*"], "Resource": "*"}
    role = lab.role("soak", {"Version": "2012-10-17", "Statement": [statement]})
    with TemporaryDirectory() as folder:
        source = Path(folder, "app.py")
        source.write_text(WORKER.replace("REPORT", report))
        code = {"ZipFile": lab.package(source)}
    boto3.client("lambda").create_function(
        FunctionName="worker", Runtime="python3.13", Handler="app.handler", Role=role, Code=code, Timeout=10
    )


def _map(source: str, **settings: Any) -> None:
    boto3.client("lambda").create_event_source_mapping(FunctionName="worker", EventSourceArn=source, **settings)


def _map_stream(source: str, **settings: Any) -> None:
    boto3.client("sqs").create_queue(QueueName="failures")
    _map(
        source,
        StartingPosition="TRIM_HORIZON",
        BatchSize=100,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=3,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:{ACCOUNT}:failures"}},
        **settings,
    )


def _parts(names: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(names), size):
        yield names[first : first + size]
