"""The queue by itself, with functions that are made up: throttling, system errors, ages, and waiting for the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from lambdalab import faults
from lambdalab.clock import Clock
from lambdalab.delivery.asynchronous import AsynchronousInvocations, Policy
from lambdalab.delivery.events import EventDropped, EventRetried
from lambdalab.delivery.records import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.delivery.destinations import EventQueue
    from lambdalab.delivery.events import AsynchronousEvent
    from lambdalab.delivery.records import Message

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST"
THROTTLED = Attempt(429, failed=True, error_type="Throttled")
GOOD = Attempt(200, b"null", "$LATEST")


class MadeUp:
    """Functions that do what `run` does."""

    def __init__(self) -> None:
        self.told = Policy(dead_letter="arn:aws:sqs:us-east-1:123456789012:dead")
        self.run: Callable[[], Attempt] = lambda: GOOD
        self.letters: list[Message] = []

    def policy(self, arn: str) -> Policy:
        return self.told

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        return self.run()

    def check_delivery(self, function_arn: str, destination: str) -> None:
        """Everything may be sent everywhere."""

    def deliver(
        self,
        function_arn: str,
        destination: str,
        message: Message,
        kind: str,
        queue: EventQueue,
        trace: str | None = None,
    ) -> None:
        self.letters.append(message)


class Bench:
    def __init__(self, *, threads: bool) -> None:
        self.clock, self.functions = Clock(threads=threads), MadeUp()
        self.queue = AsynchronousInvocations(self.clock, self.functions, threads=threads)
        self.clock.settle_with(self.queue.settle)
        self.events: list[AsynchronousEvent] = []
        self.queue.subscribe(self.events.append)

    def waits(self) -> list[float]:
        return [event.wait_s for event in self.events if isinstance(event, EventRetried)]


@pytest.fixture(params=[True, False], ids=["threads", "no threads"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(threads=request.param)
    yield bench
    bench.queue.close()
    bench.clock.close()
    bench.queue.join()


def test_a_throttled_event_is_tried_at_growing_intervals_up_to_five_minutes(bench: Bench) -> None:
    bench.functions.run = lambda: THROTTLED
    bench.queue.put(ARN, b"{}")
    bench.clock.advance(hours=1)
    assert bench.waits()[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert not [event for event in bench.events if isinstance(event, EventDropped)]


def test_a_throttled_event_is_given_up_after_six_hours_and_the_dead_letter_says_so(bench: Bench) -> None:
    bench.functions.run = lambda: THROTTLED
    bench.queue.put(ARN, b"{}")
    bench.clock.advance(hours=7)
    dropped = bench.events[-2]
    assert isinstance(dropped, EventDropped)
    assert (dropped.condition, dropped.attempts) == ("EventAgeExceeded", 0)
    [letter] = bench.functions.letters
    assert letter.attributes["ErrorCode"] == ("Number", "429")
    assert letter.attributes["ErrorMessage"] == ("String", "Rate Exceeded.")


def test_throttling_uses_up_no_retries(bench: Bench) -> None:
    answers = [THROTTLED, THROTTLED, Attempt(200, b"{}", "$LATEST", True), THROTTLED, GOOD]
    bench.functions.run = lambda: answers.pop(0)
    bench.queue.put(ARN, b"{}")
    bench.clock.advance(hours=1)
    assert bench.waits() == [1, 2, 60, 1]
    assert answers == []


def test_an_error_of_the_system_is_tried_again(bench: Bench) -> None:
    answers = [Attempt(500, failed=True, error_type="ServiceException"), GOOD]
    bench.functions.run = lambda: answers.pop(0)
    bench.queue.put(ARN, b"{}")
    bench.clock.advance(minutes=1)
    assert bench.waits() == [1]
    assert answers == []


def test_a_fault_of_the_lab_ends_the_event_loudly_and_is_no_retry(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> Attempt:
        raise KeyError("a mistake of ours")

    bench.functions.run = run
    bench.queue.put(ARN, b"{}")
    bench.queue.settle()
    [dropped] = [event for event in bench.events if isinstance(event, EventDropped)]
    assert dropped.condition == "LabFault"
    assert bench.waits() == []
    assert bench.functions.letters == []
    [note] = faults.reported()
    assert note.startswith(
        f"The lab itself failed while delivering an asynchronous event to {ARN.removesuffix(':$LATEST')}"
    )
    assert "Traceback" in capsys.readouterr().err
    faults.forget()


def test_settling_says_what_still_runs() -> None:
    bench = Bench(threads=True)
    go, running = threading.Event(), threading.Event()

    def run() -> Attempt:
        running.set()
        go.wait(10)
        return GOOD

    bench.functions.run = run
    bench.queue.put(ARN, b"{}")
    assert running.wait(10)
    with pytest.raises(TimeoutError, match=r"still events of hello \(1 running, 0 queued\)"):
        bench.queue.settle(0.01)
    go.set()
    bench.queue.settle()
    bench.queue.close()
    bench.queue.join()
    bench.clock.close()


def test_a_closed_queue_leaves_no_thread_and_takes_no_events() -> None:
    bench = Bench(threads=True)
    for _ in range(30):
        bench.queue.put(ARN, b"{}")
    bench.queue.close()
    bench.queue.join()
    bench.clock.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "lambdalab-clock"]
    with pytest.raises(RuntimeError, match="the lab has stopped"):
        bench.queue.put(ARN, b"{}")
