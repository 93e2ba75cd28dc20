"""The one door to the execution engine.

    outcome = Engine(environments, subscribers).invoke(function, b'{"name": "Ada"}')

The engine finds the function's pool, gives the invocation its request id, and publishes what happens. It does not
know what its environments are made of (`environments` makes them), nor who listens.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Protocol

from .pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .environment import Environment
    from .events import Event
    from .function import Function, Outcome


class Environments(Protocol):
    """Makes execution environments of one kind, and owns what they share."""

    def new(self, function: Function, publish: Callable[[Event], None]) -> Environment:
        """An environment for the function, not yet started."""

    @property
    def notes(self) -> list[str]:
        """What is different on this machine from what the course describes, in sentences."""

    def close(self) -> None:
        """Remove what the environments shared. They have all been stopped."""


class Engine:
    """Runs functions. Thread-safe: concurrent invocations of a function get environments of their own."""

    def __init__(self, environments: Environments, subscribers: Iterable[Callable[[Event], None]] = ()) -> None:
        self._environments = environments
        self._subscribers = list(subscribers)
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
    ) -> Outcome:
        """Run one invocation and wait for its end. `payload` is JSON; so is the outcome's.

        `invoked_arn` is how the caller named the function, with its qualifier: what the handler finds in its context.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the lab has stopped: call lambdalab.start() again")
            pool = self._pools.get(function.key)
            if pool is None:
                pool = self._pools[function.key] = Pool(lambda f: self._environments.new(f, self._publish))
        return pool.invoke(function, payload, request_id or str(uuid.uuid4()), client_context, invoked_arn)

    def forget(self, function_arn: str, version: str | None = None) -> None:
        """The function, or one version of it, was deleted: end its environments."""
        with self._lock:
            keys = [key for key in self._pools if key[0] == function_arn and version in (None, key[1])]
            gone = [self._pools.pop(key) for key in keys]
        for pool in gone:
            pool.close("the function was deleted")

    def reset(self) -> None:
        """End every environment; functions start cold again."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close("the lab was reset")

    def close(self) -> None:
        """End every environment and refuse new invocations. Safe to call twice."""
        self._closed = True
        self.reset()
        self._environments.close()

    def _publish(self, event: Event) -> None:
        for subscriber in self._subscribers:
            subscriber(event)
