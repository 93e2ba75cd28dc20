"""Asynchronous invocation: InvocationType=Event.

    Invoke ─▶ 202 ─▶ queue ─▶ run ─▶ success ─────────────────────────────▶ OnSuccess
                       ▲       └──▶ error ─▶ wait 1, then 2 minutes ─┐
                       │            throttled ─▶ wait 1 s … 5 min ───┤
                       └─────────────────────────────────────────────┘─ given up ─▶ OnFailure, dead-letter queue

An accepted event is never lost: it is in a queue, running, waiting for a timer of the lab's clock, or over; every
path out of `_attempt` leads to one of these. What ends it is its function's policy, read anew at each attempt.

- The function ran and failed: two more attempts (MaximumRetryAttempts), after one minute and after two, with the same
  request id.
- It could not run (throttled, or Lambda failed): attempts at growing intervals, which do not count as retries, until
  the event is too old (MaximumEventAgeInSeconds).
- No concurrency is reserved (0): the event is given up at once.

An event is also given up when it would be too old by the time of its next attempt. Where AWS takes more time for
retries when a queue is long, and spreads them a little, the lab keeps to the documented times. AWS delivers at least
once, seldom twice without a reason; the lab runs an event again only for the reasons above.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

An event that belongs to a chain in which its function has run too often is given up as well, unless the function's
configuration allows that: see `recursion.py`.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lambdalab import faults
from lambdalab.clock import HAS_THREADS

from . import recursion
from .destinations import CannotDeliver
from .events import DeliveryFailed, EventDropped, EventQueued, EventRetried, EventSucceeded, RecordDelivered
from .invocation import NoSuchFunction
from .records import Attempt, Message, dead_letter, invocation_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock, Timer
    from lambdalab.runtime import Outcome, ResponseStream

    from .destinations import EventQueue
    from .events import AsynchronousEvent

RETRY_AFTER_S = 60.0
"""The first wait after a function's error; the second is twice as long."""
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 300.0
WORKERS = 10
"""How many events of one function run at the same time. AWS goes up to the function's concurrency; this machine has
fewer processors than that.
"""
SETTLE_S = 60.0


@dataclass(frozen=True)
class Policy:
    """What a function's configuration says about its events."""

    retries: int = 2
    max_age_s: float = 21600
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter: str | None = None
    no_concurrency: bool = False
    """Reserved concurrency is 0: nothing may run."""


class Functions(Protocol):
    """What the queue needs to know of functions, and of what else there is in the account."""

    def policy(self, arn: str) -> Policy:
        """How events of this function (version, alias) are treated now; NoSuchFunction."""

    def run(
        self,
        stored: Any,
        arn: str,
        payload: bytes,
        *,
        request_id: str | None = None,
        trace: str | None = None,
        client_context: str | None = None,
        stream: ResponseStream | None = None,
    ) -> Outcome:
        """Run one invocation of a version, as it is stored, and wait for its end; Refused."""

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        """Run the function and wait for its end, or tell why it could not run; NoSuchFunction.

        `trace` is the trace header of the call that the event comes from.
        """

    def check_delivery(self, function_arn: str, destination: str) -> None:
        """Whether a function's records may be sent to a destination; CannotDeliver, NoSuchFunction."""

    def deliver(
        self,
        function_arn: str,
        destination: str,
        message: Message,
        kind: str,
        queue: EventQueue,
        trace: str | None = None,
    ) -> None:
        """Send a record to a destination, which may be a function whose event goes into `queue`; CannotDeliver."""


@dataclass(eq=False)
class _Event:
    """One accepted event, wherever it is."""

    number: int
    request_id: str
    arn: str
    payload: bytes
    accepted: float
    trace: str | None = None
    """The trace header of the call that it comes from."""
    attempts: int = 0
    setbacks: int = 0
    last: Attempt | None = None
    timer: Timer | None = None
    forgotten: str | None = None
    """Why nothing more is to happen with it: what becomes of a running attempt is nobody's concern."""

    @property
    def function(self) -> str:
        """The function's ARN, without a qualifier."""
        return self.arn.rsplit(":", 1)[0]


@dataclass(eq=False)
class _Queue:
    """The events of one function."""

    ready: deque[_Event] = field(default_factory=deque)
    running: set[_Event] = field(default_factory=set)
    waiting: set[_Event] = field(default_factory=set)
    workers: int = 0

    @property
    def busy(self) -> bool:
        return bool(self.ready or self.running)


class AsynchronousInvocations:
    """The queues of all functions. Safe to use from any thread."""

    def __init__(
        self, clock: Clock, functions: Functions, *, threads: bool = HAS_THREADS, workers: int = WORKERS
    ) -> None:
        """`threads`: whether events run by themselves; else whenever `drain()` or `settle()` is called."""
        self._clock = clock
        self._functions = functions
        self._threads = threads
        self._most_workers = workers
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._draining = False
        self._closed = False
        self.given = 0
        """How often an event came into a queue, or back into it."""
        self._subscribers: list[Callable[[AsynchronousEvent], None]] = []

    def subscribe(self, subscriber: Callable[[AsynchronousEvent], None]) -> None:
        """Tell `subscriber` what happens to events from now on, in the thread in which it happens."""
        self._subscribers.append(subscriber)

    def put(self, arn: str, payload: bytes, trace: str | None = None) -> str:
        """Accept an event for a function; its request id. `arn` has a qualifier, `$LATEST` if none was asked for.

        `trace` is the trace header of the call that the event comes from.
        """
        if self._closed:
            raise RuntimeError("the lab has stopped: call lambdalab.start() again")
        event = _Event(next(self._numbers), str(uuid.uuid4()), arn, payload, self._clock.time(), trace)
        self._publish(EventQueued(time.time(), arn, event.request_id))
        self._enqueue(event)
        return event.request_id

    # From outside ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is queued or running."""
        with self._changed:
            return any(queue.busy for queue in self._queues.values())

    def settle(self, timeout_s: float = SETTLE_S) -> None:
        """Return when nothing is queued or running; what waits for a later time stays. TimeoutError says what runs."""
        if not self._threads:
            if not self.drain(timeout_s):
                raise TimeoutError(self._still_running(timeout_s))
            return
        with self._changed:
            if not self._changed.wait_for(lambda: not any(q.busy for q in self._queues.values()), timeout_s):
                raise TimeoutError(self._still_running(timeout_s))

    def drain(self, timeout_s: float = SETTLE_S) -> bool:
        """Without threads: run what is queued, in the order in which it came; False if that takes too long.

        Called while an event runs, it leaves the rest to whoever runs that one.
        """
        if self._threads or self._draining:
            return True
        self._draining = True
        end = time.monotonic() + timeout_s
        try:
            while (event := self._next()) is not None:
                try:
                    self._attempt(event)
                except Exception as problem:
                    self._fault(event, problem)
                except BaseException:  # the reader pressed Stop: the event is still there
                    if not event.forgotten:
                        self._queues[event.function].ready.appendleft(event)
                    raise
                finally:
                    self._queues[event.function].running.discard(event)
                if time.monotonic() > end:
                    return not any(q.busy for q in self._queues.values())
        finally:
            self._draining = False
        return True

    def forget(self, function_arn: str) -> None:
        """The function was deleted, and its events with it.

        AWS does not document what becomes of them. They cannot run; the lab drops them at once.
        """
        with self._changed:
            gone = self._forget(self._queues[function_arn], "FunctionDeleted")
        for event in gone:
            self._publish(EventDropped(time.time(), event.arn, event.request_id, "FunctionDeleted", event.attempts))

    def reset(self) -> None:
        """Drop everything. What runs may end, and nothing comes of it."""
        with self._changed:
            for queue in self._queues.values():
                self._forget(queue, "Reset")

    def close(self) -> None:
        """Drop everything and accept nothing more. Safe to call twice."""
        self._closed = True
        self.reset()

    def join(self, timeout_s: float = 5.0) -> None:
        """After `reset()` or `close()`: wait until no worker is left. What they run must end first."""
        with self._changed:
            self._changed.wait_for(lambda: not any(queue.workers for queue in self._queues.values()), timeout_s)

    def _forget(self, queue: _Queue, why: str) -> list[_Event]:
        """Empty a queue; the events that were not running. Called with the lock held."""
        gone = [*queue.ready, *queue.waiting]
        for event in (*gone, *queue.running):
            event.forgotten = why
            if event.timer is not None:
                event.timer.cancel()
        queue.ready.clear()
        queue.waiting.clear()
        self._changed.notify_all()
        return gone

    # Workers --------------------------------------------------------------------------------------------------

    def _enqueue(self, event: _Event) -> None:
        """Into the queue, or back into it; a worker takes it from there."""
        with self._changed:
            queue = self._queues[event.function]
            queue.waiting.discard(event)
            event.timer = None
            if event.forgotten or self._closed:
                return
            queue.ready.append(event)
            self.given += 1
            if self._threads and queue.workers < self._most_workers:
                queue.workers += 1
                threading.Thread(target=self._work, args=(queue,), name="lambdalab-event", daemon=True).start()

    def _work(self, queue: _Queue) -> None:
        """A worker: runs a function's events as long as there are any."""
        while True:
            with self._changed:
                if not queue.ready:
                    # Under the lock: whoever puts an event in next sees that this worker is gone.
                    queue.workers -= 1
                    self._changed.notify_all()
                    return
                event = queue.ready.popleft()
                queue.running.add(event)
            try:
                self._attempt(event)
            except Exception as problem:
                self._fault(event, problem)
            finally:
                with self._changed:
                    queue.running.discard(event)
                    self._changed.notify_all()

    def _next(self) -> _Event | None:
        """Without threads: the event that came first of all."""
        while True:
            heads = [queue.ready[0] for queue in self._queues.values() if queue.ready]
            if not heads:
                if self._clock.run_due():
                    continue
                return None
            queue = self._queues[min(heads, key=lambda event: event.number).function]
            event = queue.ready.popleft()
            queue.running.add(event)
            return event

    # One attempt ----------------------------------------------------------------------------------------------

    def _attempt(self, event: _Event) -> None:
        """Run the function once, if it may run, and decide what follows."""
        policy = Policy()
        try:
            policy = self._functions.policy(event.arn)
            if policy.no_concurrency:
                event.last = None
                return self._give_up(event, policy, "ZeroReservedConcurrency")
            if self._age(event) >= policy.max_age_s:
                return self._give_up(event, policy, "EventAgeExceeded")
            event.last = self._functions.invoke(event.arn, event.payload, event.request_id, event.trace)
            policy = self._functions.policy(event.arn)  # it may have changed meanwhile
        except NoSuchFunction:
            return self._drop(event, "FunctionDeleted")
        if event.last.error_type == recursion.ERROR:
            return self._give_up(event, policy, recursion.ERROR)
        if event.last.status == 200:
            event.attempts += 1
            event.setbacks = 0
            if not event.last.failed:
                return self._succeed(event, policy)
            if event.attempts > policy.retries:
                return self._give_up(event, policy, "RetriesExhausted")
        if self._age(event) + self._wait_s(event) >= policy.max_age_s:
            return self._give_up(event, policy, "EventAgeExceeded")
        return self._again(event, event.last.error_type or "Unhandled")

    def _fault(self, event: _Event, problem: Exception) -> None:
        """The lab failed, not the function and not AWS: the event is over, and that is said loudly."""
        faults.report(problem, f"delivering an asynchronous event to {event.function}")
        self._drop(event, "LabFault")

    def _age(self, event: _Event) -> float:
        return self._clock.time() - event.accepted

    def _wait_s(self, event: _Event) -> float:
        """Until the next attempt."""
        if event.last is not None and event.last.status == 200:
            return RETRY_AFTER_S * event.attempts
        # Capped before it is raised: an event may be throttled thousands of times.
        return min(float(FIRST_BACKOFF_S * 2 ** min(event.setbacks, 16)), LONGEST_BACKOFF_S)

    def _again(self, event: _Event, reason: str) -> None:
        """Back into the queue, later."""
        wait_s = self._wait_s(event)
        event.setbacks += event.last is None or event.last.status != 200
        with self._changed:
            if not event.forgotten:
                self._queues[event.function].waiting.add(event)
                event.timer = self._clock.call_later(wait_s, lambda: self._enqueue(event))
        if event.forgotten:
            return self._drop(event, event.forgotten)
        return self._publish(
            EventRetried(time.time(), event.arn, event.request_id, reason, event.attempts, wait_s),
        )

    def _succeed(self, event: _Event, policy: Policy) -> None:
        if event.forgotten:
            return self._drop(event, event.forgotten)
        self._publish(EventSucceeded(time.time(), event.arn, event.request_id, event.attempts))
        return self._deliver(event, policy.on_success, "OnSuccess", Message(self._record(event, "Success")))

    def _give_up(self, event: _Event, policy: Policy, condition: str) -> None:
        """Tell whoever is configured for failures: both the destination and the dead-letter queue."""
        self._drop(event, event.forgotten or condition)
        if event.forgotten:
            return
        self._deliver(event, policy.on_failure, "OnFailure", Message(self._record(event, condition)))
        letter = dead_letter(request_id=event.request_id, payload=event.payload, condition=condition, last=event.last)
        self._deliver(event, policy.dead_letter, "DeadLetter", letter)

    def _drop(self, event: _Event, condition: str) -> None:
        if condition != "Reset":
            self._publish(EventDropped(time.time(), event.arn, event.request_id, condition, event.attempts))

    def _record(self, event: _Event, condition: str) -> str:
        return invocation_record(
            now=self._clock.time(),
            request_id=event.request_id,
            function_arn=event.arn,
            condition=condition,
            attempts=event.attempts,
            payload=event.payload,
            last=event.last,
        )

    def _deliver(self, event: _Event, destination: str | None, kind: str, message: Message) -> None:
        """Send a record where it is wanted. A function gets it as an event of its own."""
        if not destination:
            return
        told = (time.time(), event.arn, event.request_id, destination, kind)
        trace = recursion.traced(event.trace, event.arn, self._clock.time())  # the record is of the same chain
        try:
            self._functions.check_delivery(event.arn, destination)
            self._functions.deliver(event.arn, destination, message, kind, self, trace)
        except (CannotDeliver, NoSuchFunction) as problem:
            self._publish(DeliveryFailed(*told, f"{type(problem).__name__}: {problem}"))
        else:
            self._publish(RecordDelivered(*told))

    def _publish(self, event: AsynchronousEvent) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as problem:  # whoever looks on cannot change what happens
                faults.report(problem, f"telling a subscriber of {type(event).__name__}")

    def _still_running(self, timeout_s: float) -> str:
        parts = [
            f"{arn.rsplit(':', 1)[-1]} ({len(queue.running)} running, {len(queue.ready)} queued)"
            for arn, queue in self._queues.items()
            if queue.busy
        ]
        return (
            f"After {timeout_s:g} seconds there are still events of {', '.join(sorted(parts))}. "
            "A function that runs is ended by its own timeout; one that keeps invoking itself never ends. "
            "lab.settle(timeout=…) waits longer, lab.reset() drops everything."
        )


def qualified(arn: str) -> str:
    """A function's ARN with a qualifier: `$LATEST` when there is none."""
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"
