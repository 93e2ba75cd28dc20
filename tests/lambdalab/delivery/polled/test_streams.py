"""The poller of streams by itself, with a stream and a function that are made up: order, retries, halves, ages."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdalab import faults
from lambdalab.clock import Clock
from lambdalab.delivery.events import BatchRetried, BatchSplit, PollingFailed, RecordsDiscarded
from lambdalab.delivery.polled import (
    CannotPoll,
    Consumer,
    Credentials,
    Mapping,
    Pollers,
    Record,
    Shard,
    StreamPoller,
    StreamSource,
)
from lambdalab.delivery.records import Attempt

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from lambdalab.delivery.events import PolledEvent

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:worker"
GOOD = Attempt(200, b"null", "$LATEST")
BAD = Attempt(200, b"{}", "$LATEST", failed=True, error_type="ValueError")
THROTTLED = Attempt(429, failed=True, error_type="Throttled")
EVERY = "All streams"


class Clicks(StreamSource):
    """The stream's service."""

    batch_info = "KinesisBatchInfo"
    actions = ()


class Bench:
    """A stream, and a function whose answers `answer` gives; "bad" records make it fail."""

    def __init__(self, *, threads: bool, **settings: Any) -> None:
        self.clock = Clock(threads=threads)
        self.pollers = Pollers(threads=threads)
        self.clock.settle_with(self.pollers.settle)
        self.mapping: Mapping | None = Mapping("uuid", FUNCTION, ARN, batch_size=100, **settings)
        self.records: defaultdict[str, list[Record]] = defaultdict(list)
        self.parents: dict[str, tuple[str, ...]] = {"shard-0": ()}
        self.calls: list[list[str]] = []
        self.answer: Callable[[list[str]], Attempt] = lambda names: BAD if "bad" in names else GOOD
        self.failures: list[dict[str, Any]] = []
        self.problem: str | None = None
        self.broken = False
        self.retention_s = 86_400.0
        self.events: list[PolledEvent] = []
        self.pollers.subscribe(self.events.append)
        consumer = Consumer(
            uuid="uuid",
            name="clicks → worker",
            source_arn=ARN,
            source=Clicks(),
            mapping=lambda now: self.mapping,
            role=self,
            functions=self,
            destinations=self,
            clock=self.clock,
            pollers=self.pollers,
        )
        self.poller = StreamPoller(consumer, self, "KinesisBatchInfo")
        self.poller.begin()
        self.pollers.add("uuid", ARN, self.poller)

    # The stream

    def shards(self) -> Sequence[Shard]:
        if self.broken:
            raise ZeroDivisionError("a fault")
        return [
            Shard(name, parents, self.records[name][-1].position if self.records[name] else 0)
            for name, parents in self.parents.items()
        ]

    def read(self, shard: str, after: int, most: int, credentials: Credentials) -> Sequence[Record]:
        if self.problem:
            raise CannotPoll(self.problem)
        return [record for record in self.records[shard] if record.position > after][:most]

    def start(self, shard: Shard) -> int:
        return 0

    # The role

    role_arn = "arn:aws:iam::123456789012:role/worker"

    def assume(self) -> Bench:
        return self

    def require(self, *required: object) -> None:
        if self.problem:
            raise CannotPoll(self.problem)

    # The function

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        names = [record["name"] for record in json.loads(payload)["Records"]]
        self.calls.append(names)
        return self.answer(names)

    # The destination

    def send(self, mapping: Mapping, shard: str, failure: dict[str, Any], records: Sequence[Record]) -> None:
        self.failures.append(failure)

    # What tests do

    def put(self, *names: str, shard: str = "shard-0", key: str | None = None) -> None:
        for name in names:
            number = sum(map(len, self.records.values())) + 1
            body = {"name": name, "kinesis": {"data": ""}}
            self.records[shard].append(Record(number, str(number), key or name, self.clock.time(), body))
        self.pollers.wake_source(ARN)

    def settle(self) -> list[list[str]]:
        self.pollers.settle(20)
        return self.calls

    def later(self, **time: float) -> list[list[str]]:
        self.clock.advance(**time)
        return self.calls

    def change(self, **settings: Any) -> None:
        assert self.mapping is not None
        self.mapping = replace(self.mapping, **settings)
        self.pollers.wake("uuid")

    def of(self, kind: type[PolledEvent]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(params=[True, False], ids=["threads", "no threads"])
def bench(request: pytest.FixtureRequest) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**settings: Any) -> Bench:
        made.append(Bench(threads=request.param, **settings))
        return made[-1]

    yield make
    for each in made:
        each.pollers.reset()
        each.clock.close()
        each.pollers.join()


@pytest.mark.source(EVERY, "a batch that fails is tried again, and what follows waits")
def test_a_batch_is_tried_until_it_succeeds_and_nothing_overtakes_it(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.put("a", "bad")
    assert lab.settle() == [["a", "bad"]]
    lab.put("c")
    assert lab.settle() == [["a", "bad"]]
    lab.later(seconds=1)
    lab.answer = lambda names: GOOD
    assert lab.later(seconds=2) == [["a", "bad"]] * 3 + [["c"]]


@pytest.mark.differs(
    "All mappings", "waits between retries", "1 s, 2 s, 4 s … up to a minute; AWS does not publish its own"
)
def test_retries_wait_longer_each_time_up_to_a_minute(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.put("bad")
    lab.later(minutes=5)
    assert [event.wait_s for event in lab.of(BatchRetried)][:8] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.source(EVERY, "maximum retry attempts, on-failure destination")
def test_after_its_retries_a_batch_is_discarded_and_the_destination_gets_a_record(bench: Callable[..., Bench]) -> None:
    lab = bench(retries=2, on_failure="arn:aws:sqs:us-east-1:123456789012:failures")
    lab.put("a", "bad")
    lab.settle()
    lab.put("c")
    assert lab.later(minutes=1) == [["a", "bad"]] * 3 + [["c"]]
    [failure] = lab.failures
    assert failure["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert failure["requestContext"]["approximateInvokeCount"] == 3
    assert failure["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    info = failure["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == ("1", "2", 2)
    assert (info["shardId"], info["streamArn"]) == ("shard-0", ARN)


@pytest.mark.source(EVERY, "maximum retry attempts, on-failure destination")
def test_without_a_destination_a_batch_is_discarded_all_the_same(bench: Callable[..., Bench]) -> None:
    lab = bench(retries=0)
    lab.put("bad")
    lab.settle()
    lab.put("c")
    assert lab.settle() == [["bad"], ["c"]]
    assert [(event.condition, event.destination) for event in lab.of(RecordsDiscarded)] == [
        ("RetryAttemptsExhausted", None)
    ]


@pytest.mark.source(EVERY, "maximum record age")
def test_records_that_are_too_old_are_discarded_before_the_next_attempt(bench: Callable[..., Bench]) -> None:
    lab = bench(max_age_s=60, on_failure="arn:aws:sqs:us-east-1:123456789012:failures")
    lab.put("bad")
    lab.settle()
    lab.later(seconds=50)
    lab.put("c")
    lab.later(seconds=70)
    assert lab.calls[-1] == ["c"]
    [failure] = lab.failures
    assert failure["requestContext"]["condition"] == "RecordAgeExceeded"
    assert failure["KinesisBatchInfo"]["batchSize"] == 1


@pytest.mark.source(EVERY, "records are tried until the stream drops them")
def test_with_endless_retries_a_poison_record_holds_its_shard_until_it_expires(bench: Callable[..., Bench]) -> None:
    lab = bench(on_failure="arn:aws:sqs:us-east-1:123456789012:failures")
    lab.put("bad")
    lab.settle()
    lab.later(hours=2)
    lab.put("c")
    lab.later(hours=21)
    assert ["c"] not in lab.calls
    lab.later(hours=2)
    assert lab.calls[-1] == ["c"]
    assert lab.failures == []


@pytest.mark.source(EVERY, "bisect batch on function error")
def test_halves_find_the_poison_record_and_all_others_are_processed_in_order(bench: Callable[..., Bench]) -> None:
    lab = bench(bisect=True, retries=1, on_failure="arn:aws:sqs:us-east-1:123456789012:failures")
    lab.put(*"abc", "bad", *"efgh")
    lab.settle()
    lab.later(minutes=1)
    assert lab.calls == [
        [*"abc", "bad", *"efgh"],
        [*"abc", "bad"],
        ["a", "b"],
        ["c", "bad"],
        ["c"],
        ["bad"],
        ["bad"],
        [*"efgh"],
    ]
    assert [event.records for event in lab.of(BatchSplit)] == [8, 4, 2]
    [failure] = lab.failures
    assert failure["KinesisBatchInfo"]["startSequenceNumber"] == failure["KinesisBatchInfo"]["endSequenceNumber"] == "4"
    assert failure["requestContext"]["approximateInvokeCount"] == 2


def named(*names: str) -> Attempt:
    failures = [{"itemIdentifier": name} for name in names]
    return Attempt(200, json.dumps({"batchItemFailures": failures}).encode(), "$LATEST")


@pytest.mark.source(EVERY, "partial batch responses: the checkpoint is the first failure")
def test_records_before_the_first_failure_are_not_retried(bench: Callable[..., Bench]) -> None:
    lab = bench(partial_failures=True, retries=1)
    lab.answer = lambda names: named("3", "4") if "c" in names else GOOD
    lab.put(*"abcd")
    lab.settle()
    lab.put("e")
    assert lab.later(minutes=1) == [[*"abcd"], [*"cd"], ["e"]]


@pytest.mark.source(EVERY, "partial batch responses with bisect")
def test_with_bisect_the_batch_is_cut_at_the_first_failure_and_that_is_no_retry(bench: Callable[..., Bench]) -> None:
    lab = bench(partial_failures=True, bisect=True, retries=0)
    lab.answer = lambda names: named("3") if "c" in names else GOOD
    lab.put(*"abcd")
    assert lab.settle() == [[*"abcd"], [*"cd"], ["c"], ["d"]]
    assert [(event.records, event.condition) for event in lab.of(RecordsDiscarded)] == [(1, "RetryAttemptsExhausted")]


@pytest.mark.source(EVERY, "partial batch responses: a malformed one fails the whole batch")
def test_a_malformed_answer_fails_the_whole_batch(bench: Callable[..., Bench]) -> None:
    lab = bench(partial_failures=True, retries=1)
    lab.answer = lambda names: named("of no record")
    lab.put("a", "b")
    lab.settle()
    assert lab.later(minutes=1) == [["a", "b"], ["a", "b"]]


@pytest.mark.source(EVERY, "throttling does not count as a retry")
def test_a_throttled_batch_is_retried_without_using_its_retries(bench: Callable[..., Bench]) -> None:
    lab = bench(retries=0)
    lab.answer = lambda names: THROTTLED
    lab.put("a")
    lab.later(minutes=2)
    assert len(lab.calls) > 5
    lab.answer = lambda names: GOOD
    lab.later(minutes=2)
    assert lab.of(RecordsDiscarded) == []
    assert lab.of(BatchRetried)[-1].wait_s == 60


@pytest.mark.source(EVERY, "batch size and batching window")
def test_a_batch_is_full_or_its_window_is_over(bench: Callable[..., Bench]) -> None:
    lab = bench(window_s=30)
    lab.change(batch_size=3)
    lab.put(*"abcd")
    assert lab.settle() == [[*"abc"]]
    lab.put("e")
    assert lab.later(seconds=29) == [[*"abc"]]
    assert lab.later(seconds=2) == [[*"abc"], [*"de"]]


@pytest.mark.source(EVERY, "filters skip what they do not let pass")
def test_filtered_records_are_skipped(bench: Callable[..., Bench]) -> None:
    lab = bench(filters=('{"name": ["a", "d"]}',))
    lab.put(*"abcd")
    assert lab.settle() == [[*"ad"]]
    lab.put("b")
    assert lab.settle() == [[*"ad"]]


@pytest.mark.source(EVERY, "order per partition key with a parallelization factor")
def test_with_a_factor_one_key_waits_and_the_others_do_not(bench: Callable[..., Bench]) -> None:
    lab = bench(parallelization_factor=10)
    lab.put("bad", "after", key="first")
    for number in range(20):
        lab.put(f"{number}", f"{number}'", key=f"key {number}")
    lab.settle()
    seen = [name for call in lab.calls for name in call]
    assert sum(f"{number}'" in seen for number in range(20)) > 10
    for number in range(20):
        if f"{number}'" in seen:
            assert seen.index(f"{number}") < seen.index(f"{number}'")
    assert "after" not in seen or any({"bad", "after"} <= set(call) for call in lab.calls)
    lab.answer = lambda names: GOOD
    lab.later(minutes=1)
    done = {name for call in lab.calls for name in call}
    assert len(done) == 42


@pytest.mark.source(EVERY, "a changed parallelization factor processes nothing twice")
def test_after_the_factor_has_changed_nothing_is_processed_twice_or_left_out(bench: Callable[..., Bench]) -> None:
    lab = bench(parallelization_factor=4)
    lab.answer = lambda names: GOOD
    lab.put(*map(str, range(50)))
    lab.settle()
    lab.change(parallelization_factor=7)
    lab.put(*map(str, range(50, 100)))
    lab.settle()
    lab.change(parallelization_factor=1)
    lab.put(*map(str, range(100, 120)))
    lab.settle()
    assert sorted((name for call in lab.calls for name in call), key=int) == [str(number) for number in range(120)]


@pytest.mark.source(EVERY, "a shard that was split is read before its children")
def test_the_children_of_a_shard_wait_for_it(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.put("bad")
    lab.settle()
    lab.parents |= {"shard-1": ("shard-0",), "shard-2": ("shard-0",)}
    lab.put("left", shard="shard-1")
    lab.put("right", shard="shard-2")
    assert lab.settle() == [["bad"]]
    lab.answer = lambda names: GOOD
    lab.later(seconds=2)
    assert lab.calls[1] == ["bad"]
    assert sorted(lab.calls[2:]) == [["left"], ["right"]]


@pytest.mark.source(EVERY, "disable, enable")
def test_a_disabled_mapping_resumes_at_its_checkpoint(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.put("a")
    lab.settle()
    mapping, lab.mapping = lab.mapping, None
    lab.put("b")
    assert lab.settle() == [["a"]]
    lab.mapping = mapping
    lab.pollers.wake("uuid")
    assert lab.settle() == [["a"], ["b"]]


def test_a_source_that_cannot_be_read_is_polled_again_after_a_minute(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.problem = "no permission"
    lab.put("a")
    assert lab.settle() == []
    assert [event.problem for event in lab.of(PollingFailed)] == ["no permission"]
    lab.problem = None
    assert lab.later(seconds=61) == [["a"]]


def test_a_fault_of_the_lab_is_reported_and_not_retried_like_an_error_of_aws(bench: Callable[..., Bench]) -> None:
    lab = bench()
    attempts = []

    def broken(names: list[str]) -> Attempt:
        attempts.append(names)
        raise ZeroDivisionError("a fault")

    lab.answer = broken
    lab.put("a")
    lab.settle()
    lab.later(hours=1)
    assert attempts == [["a"]]
    assert lab.of(BatchRetried) == []
    [sentence] = faults.reported()
    assert "processing a batch for clicks → worker: ZeroDivisionError: a fault" in sentence
    faults.forget()
    lab.answer = lambda names: GOOD
    lab.put("b")
    lab.settle()
    assert lab.calls[1:] == [["a"], ["b"]]  # no record was lost


def test_a_fault_while_reading_is_reported_and_the_poller_rests_until_it_is_woken(bench: Callable[..., Bench]) -> None:
    lab = bench()
    lab.broken = True
    lab.put("a")
    lab.settle()
    [sentence] = faults.reported()
    assert "reading for clicks → worker: ZeroDivisionError" in sentence
    faults.forget()
    lab.broken = False
    lab.put("b")
    assert lab.settle() == [["a", "b"]]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    dice=st.randoms(use_true_random=False),
    size=st.integers(1, 12),
    retries=st.integers(0, 3),
    bisect=st.booleans(),
    partial=st.booleans(),
    factor=st.sampled_from([1, 1, 3]),
    count=st.integers(1, 40),
)
def test_whatever_fails_each_record_is_done_or_discarded_and_keys_keep_their_order(
    dice: random.Random, size: int, retries: int, bisect: bool, partial: bool, factor: int, count: int
) -> None:
    lab = Bench(threads=False, bisect=bisect, partial_failures=partial, retries=retries, parallelization_factor=factor)
    lab.change(batch_size=size, on_failure="arn:aws:sqs:us-east-1:123456789012:failures")
    numbers = {f"{number}": f"{number + 1}" for number in range(count)}
    done: list[str] = []

    def answer(names: list[str]) -> Attempt:
        kind = dice.choice(["good", "good", "bad", "throttled", "named"])
        if kind == "throttled":
            return THROTTLED
        if kind == "bad":
            return BAD
        bad = set(dice.sample(names, dice.randint(1, len(names)))) if kind == "named" else set()
        first = min((names.index(name) for name in bad), default=len(names))
        done.extend(names[:first] if partial else names)
        return named(*(numbers[name] for name in bad)) if bad else GOOD

    lab.answer = answer
    for name in numbers:
        lab.put(name, key=dice.choice("abc"))
        if dice.random() < 0.3:
            lab.settle()
    lab.later(hours=2)
    discarded = {
        str(number - 1)
        for failure in lab.failures
        for info in [failure["KinesisBatchInfo"]]
        for number in range(int(info["startSequenceNumber"]), int(info["endSequenceNumber"]) + 1)
    }
    assert set(done) | discarded == set(numbers)
    assert sum(event.records for event in lab.of(RecordsDiscarded)) == sum(
        failure["KinesisBatchInfo"]["batchSize"] for failure in lab.failures
    )
    for key in "abc":
        mine = [record.record["name"] for record in lab.records["shard-0"] if record.key == key]
        handled = [name for name in dict.fromkeys(done) if name in mine]
        assert handled == [name for name in mine if name in handled]
    lab.pollers.reset()
    lab.clock.close()
