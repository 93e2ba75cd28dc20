"""Which execution environment takes an invocation, and when environments come and go.

One environment runs one invocation at a time. For an invocation the pool looks, in this order, for

1. a provisioned environment that is free: it was initialised ahead of time;
2. a free one on demand, the one used last first, so that under less load the surplus stays idle and is retired;
3. a new one, if the account's limits allow (`admission.py`), which makes a cold start.

With SnapStart, new environments are restored from a snapshot: one for the version, taken when that is published.

Environments of an older revision of the function (its code or configuration changed) are not reused, nor is one
whose process has died meanwhile. Idle ones are retired after a while; see `Lifetimes`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .environment import SNAP_START

if TYPE_CHECKING:
    from collections.abc import Callable

    from .admission import Account, Permit
    from .environment import Environment
    from .function import Function, Outcome, ResponseStream

_INTERRUPT_S = 5.0
"""How long `close()` waits for environments that it interrupted."""
INIT_FAILURE = "FUNCTION_ERROR_INIT_FAILURE"
"""AWS's reason when a function cannot be initialised ahead of time."""


class EnvironmentsClosed(RuntimeError):
    """The function was deleted, the lab was reset or has stopped: nothing of the function runs any more."""


class NoSnapshot(Exception):
    """Init failed, so that there is nothing to restore environments from. `error_type` says how."""

    def __init__(self, error_type: str) -> None:
        super().__init__(f"the version could not be initialised: {error_type}")
        self.error_type = error_type


class Clock(Protocol):
    """What tells the time and calls back: the lab's clock."""

    def time(self) -> float:
        """Now, in seconds since the epoch."""

    def call_at(self, when: float, function: Callable[[], object]) -> Any:
        """Call `function` when it is that time. The answer has a `cancel()`."""


@dataclass(frozen=True)
class Lifetimes:
    """How long environments live. AWS publishes neither number, and changes them at will.

    It documents that an environment is kept "for some time" after an invocation, and ended "every few hours" even
    when it is in use. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    idle_s: float = 600.0
    age_s: float = 7200.0


@dataclass(frozen=True)
class Activity:
    """What an environment does now."""

    id: str
    function: Function
    state: str
    """"starting" (Init), "running" (Invoke) or "idle" (frozen)."""
    since: float
    """When that began, on the lab's clock."""
    provisioned: bool


@dataclass(frozen=True)
class Provisioned:
    """How far provisioned concurrency has come."""

    requested: int = 0
    allocated: int = 0
    """Initialised: idle or running."""
    failure: str | None = None

    @property
    def status(self) -> str:
        """AWS's word for it."""
        if self.failure:
            return "FAILED"
        return "READY" if self.allocated >= self.requested else "IN_PROGRESS"


@dataclass(eq=False)
class _Member:
    """An environment in the pool."""

    environment: Environment
    born: float
    since: float
    state: str = "starting"
    provisioned: bool = False
    permit: Permit | None = None


class Pool:
    """The environments of one version of a function."""

    def __init__(
        self,
        new_environment: Callable[[Function], Environment],
        account: Account,
        clock: Clock,
        *,
        lifetimes: Lifetimes,
        background: Callable[[Callable[[], None]], None],
    ) -> None:
        """`background` runs a job at some time soon, in a thread where there are threads."""
        self._new_environment = new_environment
        self._account = account
        self._clock = clock
        self._lifetimes = lifetimes
        self._background = background
        self._lock = threading.Condition()
        self._idle: list[_Member] = []
        """On demand, in the order in which they were used."""
        self._ready: list[_Member] = []
        """Provisioned and free."""
        self._busy: set[_Member] = set()
        self._closed = False
        self._current: Function | None = None
        self._wanted = 0
        self._filling = False
        self._failure: str | None = None
        self._snapshot: Environment | None = None
        self._taking_snapshot = threading.Lock()
        self._timer: Any = None
        self._due = 0.0

    # Invocations ----------------------------------------------------------------------------------------------

    def invoke(
        self,
        function: Function,
        payload: bytes,
        request_id: str,
        client_context: str | None = None,
        invoked_arn: str | None = None,
        stream: ResponseStream | None = None,
        trace: str | None = None,
    ) -> Outcome:
        """Run one invocation, in a warm environment if there is one. Raises Throttled when no more may run."""
        member = self._take(function)
        try:
            return member.environment.invoke(payload, request_id, client_context, invoked_arn, stream, trace)
        finally:
            self._give_back(member)

    def _take(self, function: Function) -> _Member:
        self._retire_outdated(function)
        self._sweep()
        while True:
            with self._lock:
                self._refuse_if_closed()
                free = self._ready or self._idle
                permit = self._account.admit(
                    function.arn,
                    provisioned=bool(self._ready),
                    new_environment=not free,
                    now=self._clock.time(),
                )
                member = free.pop() if free else None
                if member is not None:
                    self._occupy(member, "running", permit)
            if member is None:
                return self._start(function, permit)
            if member.environment.is_running():
                return member
            member.environment.alive = False  # it died in its sleep: nobody's invocation
            self._give_back(member)

    def _start(self, function: Function, permit: Permit) -> _Member:
        """A cold start."""
        try:
            if function.snap_start:
                self.take_snapshot(function)
            member = self._member(function)
        except BaseException:
            permit.release()
            raise
        member.permit = permit
        try:
            self._initialise(member)
        except BaseException:
            member.environment.alive = False
            self._give_back(member)
            raise
        with self._lock:
            member.state, member.since = "running", self._clock.time()
        return member

    def _give_back(self, member: _Member) -> None:
        environment, now = member.environment, self._clock.time()
        with self._lock:
            why = self._why_not_kept(member, now)
            if why is None:
                self._busy.discard(member)
                self._shelve(member, now)
        try:
            if why is not None:
                environment.stop(why)
        finally:
            with self._lock:
                self._busy.discard(member)
                self._lock.notify_all()
            # Last: who is let in now finds the environment free.
            permit, member.permit = member.permit, None
            if permit is not None:
                permit.release()
        if why is not None and member.provisioned:
            self._refill()

    def _why_not_kept(self, member: _Member, now: float) -> str | None:
        if not member.environment.alive:
            return "the runtime ended"
        if self._closed:
            return "closed"
        if self._current is not None and member.environment.function != self._current:
            return "the function was updated"
        if now - member.born >= self._lifetimes.age_s:
            return "maximum age"
        if member.provisioned and self._provisioned_members() > self._wanted:
            return "provisioned concurrency was reduced"
        return None

    def _member(self, function: Function, *, provisioned: bool = False) -> _Member:
        environment = self._new_environment(function)
        if provisioned:
            environment.initialization_type = "provisioned-concurrency"
        elif function.snap_start:
            environment.initialization_type, environment.snapshot = SNAP_START, self._snapshot
        now = self._clock.time()
        return _Member(environment, now, now, provisioned=provisioned)

    def _initialise(self, member: _Member) -> None:
        with self._lock:
            self._refuse_if_closed()  # again: close() could not interrupt what it did not see
            self._busy.add(member)
        member.environment.start()

    def _occupy(self, member: _Member, state: str, permit: Permit) -> None:
        member.state, member.since, member.permit = state, self._clock.time(), permit
        self._busy.add(member)

    def _shelve(self, member: _Member, now: float) -> None:
        """Keep an environment that is free. The lock is held."""
        member.state, member.since = "idle", now
        (self._ready if member.provisioned else self._idle).append(member)
        self._wake_at(self._ends_at(member))

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise EnvironmentsClosed("the function's execution environments have been closed")

    # SnapStart ------------------------------------------------------------------------------------------------

    def take_snapshot(self, function: Function) -> None:
        """Run Init and keep what came of it, unless that has been done. Raises NoSnapshot."""
        with self._taking_snapshot:
            if self._snapshot is not None and self._snapshot.function == function:
                return
            old, self._snapshot = self._snapshot, None
            if old is not None:
                old.stop("the function was updated")
            member = self._member(function)
            try:
                self._initialise(member)
            finally:
                with self._lock:
                    self._busy.discard(member)
                    error_type = member.environment.init_error
                    kept = member.environment.alive and not error_type and not self._closed
                    self._snapshot = member.environment if kept else None
                    self._lock.notify_all()
                if not kept:
                    member.environment.stop("no snapshot was taken")
            if error_type:
                raise NoSnapshot(error_type)

    # Provisioned concurrency ----------------------------------------------------------------------------------

    def provision(self, function: Function, concurrency: int) -> None:
        """Keep so many environments initialised. They are started soon, not now; `provisioned` says how many are."""
        with self._lock:
            self._refuse_if_closed()
            self._current, self._wanted, self._failure = function, concurrency, None
            surplus = []
            while self._ready and self._provisioned_members() > concurrency:
                surplus.append(self._ready.pop(0))
        for member in surplus:
            member.environment.stop("provisioned concurrency was reduced")
        self._refill()

    @property
    def provisioned(self) -> Provisioned:
        """How far it has come."""
        with self._lock:
            starting = sum(member.provisioned and member.state == "starting" for member in self._busy)
            return Provisioned(self._wanted, self._provisioned_members() - starting, self._failure)

    def _provisioned_members(self) -> int:
        return len(self._ready) + sum(member.provisioned for member in self._busy)

    def _short(self) -> bool:
        return not self._closed and self._failure is None and self._provisioned_members() < self._wanted

    def _refill(self) -> None:
        """Have what is missing started."""
        with self._lock:
            if self._filling or not self._short():
                return
            self._filling = True
        self._background(self._fill)

    def _fill(self) -> None:
        while True:
            with self._lock:
                if not self._short():
                    self._filling = False
                    return
                function = self._current
                assert function is not None
            try:
                self._provision_one(function)
            except Exception as problem:  # no such runtime, a package that cannot be unpacked
                with self._lock:
                    self._failure = self._failure or str(problem)

    def _provision_one(self, function: Function) -> None:
        member = self._member(function, provisioned=True)
        try:
            self._initialise(member)
        except BaseException:
            member.environment.alive = False
            self._give_back(member)
            raise
        if member.environment.init_error:
            with self._lock:
                self._failure = INIT_FAILURE
            member.environment.alive = False
        self._give_back(member)

    # The end --------------------------------------------------------------------------------------------------

    def close(self, reason: str) -> None:
        """End every environment, also those that are running. New invocations are refused."""
        with self._lock:
            self._closed = True
            members, self._idle, self._ready = [*self._idle, *self._ready], [], []
            snapshot, self._snapshot = self._snapshot, None
            if self._timer is not None:
                self._timer.cancel()
            for running in self._busy:
                running.environment.interrupt()
        for member in members:
            member.environment.stop(reason)
        with self._lock:
            self._lock.wait_for(lambda: not self._busy, timeout=_INTERRUPT_S)
        if snapshot is not None:  # last: it tells how those ended that came out of it
            snapshot.stop(reason)

    def activities(self) -> list[Activity]:
        """Every environment and what it does, the oldest first."""
        with self._lock:
            members = sorted([*self._busy, *self._ready, *self._idle], key=lambda member: member.born)
            return [
                Activity(m.environment.id, m.environment.function, m.state, m.since, m.provisioned) for m in members
            ]

    def _retire_outdated(self, function: Function) -> None:
        """End the free environments that do not belong to this revision of the function."""
        with self._lock:
            if self._current == function:
                return
            self._current = function
            old = self._remove(lambda member: member.environment.function != function)
        self._stop(old, "the function was updated")

    def _sweep(self) -> None:
        """End what has been idle for too long or is too old. Called by the clock, and before each invocation."""
        now = self._clock.time()
        with self._lock:
            if self._timer is None or self._due > now:
                return
            self._timer.cancel()
            self._timer = None
            old = self._remove(lambda member: now - member.born >= self._lifetimes.age_s)
            idle = self._remove(lambda member: self._ends_at(member) <= now)
            for member in (*self._idle, *self._ready):
                self._wake_at(self._ends_at(member))
        self._stop(old, "maximum age")
        self._stop(idle, "idle")

    def _ends_at(self, member: _Member) -> float:
        """When a free environment is retired. Provisioned ones are kept however idle they are."""
        end = member.born + self._lifetimes.age_s
        return end if member.provisioned else min(end, member.since + self._lifetimes.idle_s)

    def _wake_at(self, when: float) -> None:
        """Sweep then, or earlier. The lock is held."""
        if self._timer is None or when < self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._due = when
            self._timer = self._clock.call_at(when, self._sweep)

    def _remove(self, which: Callable[[_Member], bool]) -> list[_Member]:
        """Take free environments out of the pool. The lock is held."""
        removed = [member for member in (*self._idle, *self._ready) if which(member)]
        if removed:
            self._idle = [member for member in self._idle if member not in removed]
            self._ready = [member for member in self._ready if member not in removed]
        return removed

    def _stop(self, members: list[_Member], reason: str) -> None:
        for member in members:
            member.environment.stop(reason)
        if any(member.provisioned for member in members):
            self._refill()
