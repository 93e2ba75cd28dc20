"""Runs the pollers of all mappings: in threads, or, where there are none, when `drain()` is called.

A poller is asked for work (`take()`), and returns a function that invokes with one batch, or None: then there is
nothing to do until its source changes (`wake()`) or one of its timers wakes it. So a poller is *busy* only while there
is something to read or something runs, and `settle()` waits for exactly that.

A fault of the lab in a poller is reported as one (`lambdalab.faults`). It is not retried, as if AWS had failed: the
worker ends, and the poller rests until something wakes it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lambdalab import faults
from lambdalab.clock import HAS_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.delivery.events import PolledEvent

WORKERS = 5
"""How many batches of one mapping run at once. Lambda starts with five and scales up to 1,000; this machine has fewer
processors: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""
SETTLE_S = 60.0


class Poller(Protocol):
    """What reads one source for one mapping."""

    @property
    def name(self) -> str:
        """For people: "queue → function"."""

    def take(self) -> Callable[[], None] | None:
        """The next batch to invoke with, or None. Called by one thread at a time; it must be quick, and not wait."""

    def has_more(self) -> bool:
        """Whether another `take()` might find a batch, as far as is known without reading. Called after `take()`."""

    def close(self) -> None:
        """Stop for good: cancel timers, and forget what was read and not yet invoked with."""


@dataclass(eq=False)
class _Entry:
    poller: Poller
    source: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held during `take()`."""
    ready: bool = False
    workers: int = 0
    running: int = 0
    closed: bool = False

    @property
    def busy(self) -> bool:
        return self.ready or self.workers > 0 or self.running > 0


class Pollers:
    """The pollers of a lab, by their mapping's UUID. Safe to use from any thread."""

    def __init__(self, *, threads: bool = HAS_THREADS, workers: int = WORKERS) -> None:
        self._threads = threads
        self._most_workers = workers
        self._changed = threading.Condition()
        self._entries: dict[str, _Entry] = {}
        self._leaving: set[_Entry] = set()
        """Removed, with a batch still in flight."""
        self._held = threading.local()
        self._draining = False
        self.given = 0
        """How often a poller was woken."""
        self._subscribers: list[Callable[[PolledEvent], None]] = []

    def subscribe(self, subscriber: Callable[[PolledEvent], None]) -> None:
        """Call `subscriber` with every event of a poller from now on, in the thread in which it happens."""
        self._subscribers.append(subscriber)

    def publish(self, event: PolledEvent) -> None:
        """Call the subscribers."""
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as problem:  # a subscriber cannot stop a batch
                faults.report(problem, f"telling a subscriber of {type(event).__name__}")

    # What is polled -------------------------------------------------------------------------------------------

    def add(self, uuid: str, source: str, poller: Poller) -> None:
        """Start to poll for a mapping. `source` is the ARN for `wake_source()`."""
        with self._changed:
            self._entries[uuid] = _Entry(poller, source)
        self.wake(uuid)

    def remove(self, uuid: str) -> None:
        """Stop polling. A batch in flight still ends as always: processed messages are deleted."""
        with self._changed:
            entry = self._entries.pop(uuid, None)
            if entry is None:
                return
            entry.closed, entry.ready = True, False
            if entry.busy:
                self._leaving.add(entry)
        entry.poller.close()

    def wake(self, uuid: str) -> None:
        """A mapping has changed, or one of its timers is due."""
        with self._changed:
            entry = self._entries.get(uuid)
            if entry is not None:
                self._wake(entry)

    def wake_source(self, arn: str) -> None:
        """There may be something to read in this queue or stream."""
        held: set[str] | None = getattr(self._held, "sources", None)
        if held is not None:
            held.add(arn)
            return
        with self._changed:
            for entry in self._entries.values():
                if entry.source == arn:
                    self._wake(entry)

    @contextlib.contextmanager
    def wake_once(self) -> Iterator[None]:
        """Wake pollers at the end of the block, for all that this thread writes in it.

        The ten messages of one call then are one batch.
        """
        if getattr(self._held, "sources", None) is not None:
            yield
            return
        self._held.sources = changed = set[str]()
        try:
            yield
        finally:
            self._held.sources = None
            for arn in changed:
                self.wake_source(arn)

    # From outside ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether there is something to read, or something runs."""
        with self._changed:
            return any(entry.busy for entry in self._all())

    def settle(self, timeout_s: float = SETTLE_S) -> None:
        """Return when everything that can be read has been read and processed. TimeoutError says what still runs."""
        if not self._threads:
            if not self.drain(timeout_s):
                raise TimeoutError(self._still_running(timeout_s))
            return
        with self._changed:
            if not self._changed.wait_for(lambda: not any(entry.busy for entry in self._all()), timeout_s):
                raise TimeoutError(self._still_running(timeout_s))

    def drain(self, timeout_s: float = SETTLE_S) -> bool:
        """Without threads: process what can be read, one batch of each mapping in turn; False if it takes too long.

        Called while a batch runs, it leaves the rest to the call that runs it.
        """
        if self._threads or self._draining:
            return True
        self._draining = True
        end = time.monotonic() + timeout_s
        try:
            while ready := [entry for entry in self._entries.values() if entry.ready]:
                for entry in ready:
                    self._turn(entry)
                    if time.monotonic() > end:
                        return not any(each.ready for each in self._entries.values())
        finally:
            self._draining = False
        return True

    def reset(self) -> None:
        """Stop polling for all mappings."""
        for uuid in list(self._entries):
            self.remove(uuid)

    def join(self, timeout_s: float = 5.0) -> None:
        """After `reset()`: wait until no worker is left. Batches in flight must end first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._leaving, timeout_s)

    # Workers --------------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[_Entry]:
        yield from self._entries.values()
        yield from self._leaving

    def _wake(self, entry: _Entry) -> None:
        """Called with the lock held."""
        if entry.closed:
            return
        entry.ready = True
        self.given += 1
        if self._threads and entry.workers == 0:
            self._start_worker(entry)

    def _start_worker(self, entry: _Entry) -> None:
        entry.workers += 1
        threading.Thread(target=self._work, args=(entry,), name="lambdalab-poller", daemon=True).start()

    def _work(self, entry: _Entry) -> None:
        """A worker: asks its poller for work as long as there is any."""
        failed = False
        while True:
            work = None if failed else self._ask(entry)
            with self._changed:
                if work is None and (entry.closed or not entry.ready):
                    entry.workers -= 1
                    if entry.closed and not entry.busy:
                        self._leaving.discard(entry)
                    self._changed.notify_all()
                    return
                more = work is not None and not entry.closed and (entry.ready or entry.poller.has_more())
                if more and entry.workers < self._most_workers:
                    self._start_worker(entry)
            failed = work is not None and not self._run(entry, work)

    def _ask(self, entry: _Entry) -> Callable[[], None] | None:
        with entry.lock:
            entry.ready = False
            if entry.closed:
                return None
            try:
                return entry.poller.take()
            except Exception as problem:
                faults.report(problem, f"reading for {entry.poller.name}")
                return None

    def _run(self, entry: _Entry, work: Callable[[], None]) -> bool:
        """Process a batch; False after a fault of the lab."""
        try:
            work()
        except Exception as problem:
            faults.report(problem, f"processing a batch for {entry.poller.name}")
            return False
        return True

    def _turn(self, entry: _Entry) -> None:
        """Without threads: one batch."""
        work = self._ask(entry)
        if work is not None:
            entry.ready = True
            entry.running += 1
            try:
                if not self._run(entry, work):
                    entry.ready = False
            finally:
                entry.running -= 1
                if entry.closed:
                    entry.ready = False
                    self._leaving.discard(entry)

    def _still_running(self, timeout_s: float) -> str:
        names = sorted(entry.poller.name for entry in self._all() if entry.busy)
        return (
            f"After {timeout_s:g} seconds there is still something to do for {', '.join(names)}. "
            "A running function ends with its own timeout; one that writes to the source that it reads never ends. "
            "lab.settle(timeout=…) waits longer, lab.reset() drops everything."
        )
