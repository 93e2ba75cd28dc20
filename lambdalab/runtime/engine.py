"""The one door to the execution engine.

    outcome = Engine(environments, subscribers).invoke(function, b'{"name": "Ada"}')

The engine finds the function's pool, gives the invocation its request id, and publishes what happens. It does not
know what its environments are made of (`environments` makes them), nor who listens.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Protocol

from .admission import Account, Limits
from .background import Background
from .pool import Activity, EnvironmentsClosed, Lifetimes, NoSnapshot, Pool, Provisioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .environment import Environment
    from .events import Event
    from .function import Function, Outcome, ResponseStream
    from .pool import Clock


class Environments(Protocol):
    """Makes execution environments of one kind, and owns what they share."""

    threads: bool
    """Whether environments may run beside each other, in threads."""

    def new(self, function: Function, publish: Callable[[Event], None]) -> Environment:
        """An environment for the function, not yet started."""

    @property
    def notes(self) -> list[str]:
        """What is different on this machine from what the course describes, in sentences."""

    def close(self) -> None:
        """Remove what the environments shared. They have all been stopped."""


class _RealTime:
    """The clock of an engine without a lab. It calls nobody back: idle environments are retired when one is needed."""

    time = staticmethod(time.time)

    def call_at(self, when: float, function: Callable[[], object]) -> _RealTime:
        """Not called."""
        return self

    def cancel(self) -> None:
        """Nothing to cancel."""


class Snapshotting:
    """A snapshot that is being taken."""

    def __init__(self, background: Background) -> None:
        self.ended = threading.Event()
        self.error_type: str | None = None
        """How Init failed, if it did."""
        self._background = background

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if that did not come."""
        self._background.come_by()
        return self.ended.wait(seconds)


class Engine:
    """Runs functions. Thread-safe: concurrent invocations of a function get environments of their own."""

    def __init__(
        self,
        environments: Environments,
        subscribers: Iterable[Callable[[Event], None]] = (),
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        lifetimes: Lifetimes | None = None,
    ) -> None:
        """`limits` are those of each account and Region until `account(…).limits` is set."""
        self.limits = limits or Limits()
        self.lifetimes = lifetimes or Lifetimes()
        self._environments = environments
        self._subscribers = list(subscribers)
        self._clock = clock or _RealTime()
        self._background = Background(threads=environments.threads)
        self._accounts: dict[str, Account] = {}
        self._pools: dict[tuple[str, str], Pool] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def notes(self) -> list[str]:
        """What is different on this machine from what the course describes. Usually nothing."""
        return self._environments.notes

    def subscribe(self, subscriber: Callable[[Event], None]) -> None:
        """Tell `subscriber` of every event from now on, in the thread in which it happens."""
        self._subscribers.append(subscriber)

    def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        request_id: str | None = None,
        client_context: str | None = None,
        invoked_arn: str | None = None,
        stream: ResponseStream | None = None,
        trace: str | None = None,
    ) -> Outcome:
        """Run one invocation and wait for its end. `payload` is JSON; so is the outcome's.

        `invoked_arn` is how the caller named the function, with its qualifier: what the handler finds in its context.
        `stream` takes the answer of a function that streams it, piece by piece; without it, that comes whole.
        `trace` is the trace header that the function gets; without it, one that begins here.
        """
        try:
            return self._pool(function).invoke(
                function, payload, request_id or str(uuid.uuid4()), client_context, invoked_arn, stream, trace
            )
        finally:
            self._background.come_by()

    def account(self, function_arn: str) -> Account:
        """The concurrency of the account and Region that a function belongs to."""
        scope = function_arn.split(":function:")[0]
        with self._lock:
            account = self._accounts.get(scope)
            if account is None:
                account = self._accounts[scope] = Account(self.limits)
            return account

    def snapshot(self, function: Function) -> Snapshotting:
        """Run Init of a version with SnapStart, soon, and keep the snapshot that its environments are restored from."""
        snapshotting = Snapshotting(self._background)
        pool = self._pool(function)

        def take() -> None:
            try:
                pool.take_snapshot(function)
            except NoSnapshot as problem:
                snapshotting.error_type = problem.error_type
            except Exception as problem:  # no such runtime, a package that cannot be unpacked
                snapshotting.error_type = type(problem).__name__
            finally:
                snapshotting.ended.set()

        self._background.start(take)
        return snapshotting

    def provision(self, function: Function, concurrency: int) -> None:
        """Keep so many environments of this version initialised; 0 to stop that. Raises CannotReserve.

        It takes a while: `provisioned()` says how far it has come.
        """
        self.account(function.arn).provision(function.arn, function.version, concurrency)
        self._pool(function).provision(function, concurrency)

    def provisioned(self, function_arn: str, version: str) -> Provisioned:
        """How far provisioned concurrency has come."""
        self._background.come_by()
        pool = self._pools.get((function_arn, version))
        return pool.provisioned if pool else Provisioned()

    def environments(self, function_arn: str | None = None) -> list[Activity]:
        """What every environment does now, or those of one function."""
        with self._lock:
            pools = [pool for key, pool in self._pools.items() if function_arn in (None, key[0])]
        return [activity for pool in pools for activity in pool.activities()]

    def settle(self) -> None:
        """Return when no environment is being started ahead of time."""
        self._background.settle()

    def forget(self, function_arn: str, version: str | None = None) -> None:
        """The function, or one version of it, was deleted: end its environments."""
        with self._lock:
            keys = [key for key in self._pools if key[0] == function_arn and version in (None, key[1])]
            gone = [self._pools.pop(key) for key in keys]
        if version is None:
            self.account(function_arn).forget(function_arn)
        else:
            self.account(function_arn).provision(function_arn, version, 0)
        for pool in gone:
            pool.close("the function was deleted")

    def reset(self) -> None:
        """End every environment and forget what was set aside; functions start cold again."""
        with self._lock:
            pools, self._pools, self._accounts = list(self._pools.values()), {}, {}
        for pool in pools:
            pool.close("the lab was reset")
        self._background.settle()  # what was being started ahead has noticed by now

    def close(self) -> None:
        """End every environment and refuse new invocations. Safe to call twice."""
        self._closed = True
        self.reset()
        self._environments.close()

    def _pool(self, function: Function) -> Pool:
        account = self.account(function.arn)
        with self._lock:
            if self._closed:
                raise EnvironmentsClosed("the lab has stopped: call lambdalab.start() again")
            pool = self._pools.get(function.key)
            if pool is None:
                pool = self._pools[function.key] = Pool(
                    lambda f: self._environments.new(f, self._publish),
                    account,
                    self._clock,
                    lifetimes=self.lifetimes,
                    background=self._background.start,
                )
            return pool

    def _publish(self, event: Event) -> None:
        for subscriber in self._subscribers:
            subscriber(event)
