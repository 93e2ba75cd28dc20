"""Runs the pollers of all mappings: in threads, or, where there are none, when somebody asks.

A poller is asked for work (`take()`), and gives a function that invokes and settles one batch, or None: then nothing is
to be done until its source changes (`wake()`) or a timer that it has set wakes it. So a poller is *busy* only while
there is something to read or something runs, and `settle()` waits for exactly that.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lambdalab.clock import HAS_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.delivery.events import PolledEvent

WORKERS = 5
"""How many batches of one mapping run at once. Lambda begins with five, and goes on to 1,000 where this machine has
fewer processors: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""
SETTLE_S = 60.0


class Poller(Protocol):
    """What reads one source for one mapping."""

    name: str
    """For people: "queue → function"."""

    def take(self) -> Callable[[], None] | None:
        """The next thing to do, or None. Called by one thread at a time, quick, and never while it waits."""

    def close(self) -> None:
        """Nothing more is to happen: forget timers, and what is only read."""


@dataclass(eq=False)
class _Entry:
    poller: Poller
    source: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while the poller is asked for work."""
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
        """Removed, and not yet done with what ran."""
        self._held = threading.local()
        self._draining = False
        self.given = 0
        """How often one was woken."""
        self._subscribers: list[Callable[[PolledEvent], None]] = []

    def subscribe(self, subscriber: Callable[[PolledEvent], None]) -> None:
        """Tell `subscriber` what happens to batches from now on, in the thread in which it happens."""
        self._subscribers.append(subscriber)

    def publish(self, event: PolledEvent) -> None:
        """Tell the subscribers."""
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:  # whoever looks on cannot change what happens
                sys.excepthook(*sys.exc_info())

    # What is polled -------------------------------------------------------------------------------------------

    def add(self, uuid: str, source: str, poller: Poller) -> None:
        """Begin to poll for a mapping. `source` is the ARN by which it is woken."""
        with self._changed:
            self._entries[uuid] = _Entry(poller, source)
        self.wake(uuid)

    def remove(self, uuid: str) -> None:
        """Stop polling. What runs may end, and then settles its batch as always."""
        with self._changed:
            entry = self._entries.pop(uuid, None)
            if entry is None:
                return
            entry.closed, entry.ready = True, False
            if entry.busy:
                self._leaving.add(entry)
        entry.poller.close()

    def wake(self, uuid: str) -> None:
        """A mapping, or what it waits for, has changed."""
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
    def together(self) -> Iterator[None]:
        """What this thread changes within the block shows at its end: the ten messages of one call are one batch."""
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
        """Return when all that can be read has been read and processed. TimeoutError says what still runs."""
        if not self._threads:
            if not self.drain(timeout_s):
                raise TimeoutError(self._still_running(timeout_s))
            return
        with self._changed:
            if not self._changed.wait_for(lambda: not any(entry.busy for entry in self._all()), timeout_s):
                raise TimeoutError(self._still_running(timeout_s))

    def drain(self, timeout_s: float = SETTLE_S) -> bool:
        """Without threads: run what there is to do, one batch of each mapping in turn; False if it takes too long.

        Called while a batch runs, it leaves the rest to whoever runs that one.
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
        """Stop polling for all."""
        for uuid in list(self._entries):
            self.remove(uuid)

    def join(self, timeout_s: float = 5.0) -> None:
        """After `reset()`: wait until no worker is left. What they run must end first."""
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
        while True:
            work = self._ask(entry)
            with self._changed:
                if work is None and not (entry.ready and not entry.closed):
                    entry.workers -= 1
                    if entry.closed and not entry.busy:
                        self._leaving.discard(entry)
                    self._changed.notify_all()
                    return
                if work is not None and entry.workers < self._most_workers and not entry.closed:
                    self._start_worker(entry)  # there may be more, beside this
            if work is not None:
                _run(work)

    def _ask(self, entry: _Entry) -> Callable[[], None] | None:
        with entry.lock:
            entry.ready = False
            if entry.closed:
                return None
            try:
                return entry.poller.take()
            except Exception:  # a poller that breaks is shown, and does not take the others with it
                sys.excepthook(*sys.exc_info())
                return None

    def _turn(self, entry: _Entry) -> None:
        """Without threads: one piece of work."""
        work = self._ask(entry)
        if work is not None:
            entry.ready = True
            entry.running += 1
            try:
                work()
            finally:
                entry.running -= 1
                if entry.closed:
                    entry.ready = False
                    self._leaving.discard(entry)

    def _still_running(self, timeout_s: float) -> str:
        names = sorted(entry.poller.name for entry in self._all() if entry.busy)
        return (
            f"After {timeout_s:g} seconds there is still something to do for {', '.join(names)}. "
            "A function that runs is ended by its own timeout; one that feeds the source that it reads never ends. "
            "lab.settle(timeout=…) waits longer, lab.reset() drops everything."
        )


def _run(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        sys.excepthook(*sys.exc_info())
