"""Which execution environment takes an invocation.

One environment runs one invocation at a time. A free one is reused, the one used last first, because it is the one
most likely to be warm in every other sense; when none is free, a new one is started. Environments of an older
revision of the function (its code or configuration changed) are not reused.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import Environment
    from .function import Function, Outcome

_INTERRUPT_S = 5.0
"""How long `close()` waits for environments that it interrupted."""


class Pool:
    """The environments of one version of a function."""

    def __init__(self, new_environment: Callable[[Function], Environment]) -> None:
        self._new_environment = new_environment
        self._lock = threading.Condition()
        self._idle: list[Environment] = []
        self._busy: set[Environment] = set()
        self._closed = False

    def invoke(
        self,
        function: Function,
        payload: bytes,
        request_id: str,
        client_context: str | None,
        invoked_arn: str | None = None,
    ) -> Outcome:
        """Run one invocation, in a warm environment if there is one."""
        environment = self._take(function)
        try:
            return environment.invoke(payload, request_id, client_context, invoked_arn)
        finally:
            self._give_back(environment)

    def close(self, reason: str) -> None:
        """End every environment, also those that are running. New invocations are refused."""
        with self._lock:
            self._closed = True
            environments, self._idle = [*self._idle], []
            for running in self._busy:
                running.interrupt()
        for environment in environments:
            environment.stop(reason)
        with self._lock:
            self._lock.wait_for(lambda: not self._busy, timeout=_INTERRUPT_S)

    def retire(self, keep: Function | None, reason: str) -> None:
        """End the idle environments that do not belong to `keep`'s revision."""
        with self._lock:
            old = [environment for environment in self._idle if keep is None or environment.function != keep]
            self._idle = [environment for environment in self._idle if environment not in old]
        for environment in old:
            environment.stop(reason)

    def _take(self, function: Function) -> Environment:
        self.retire(function, "the function was updated")
        with self._lock:
            self._refuse_if_closed()
            if self._idle:
                environment = self._idle.pop()
                self._busy.add(environment)
                return environment
        environment = self._new_environment(function)
        try:
            with self._lock:
                self._refuse_if_closed()  # again: close() could not interrupt what it did not see
                self._busy.add(environment)
            environment.start()
        except BaseException:
            environment.alive = False
            self._give_back(environment)
            raise
        return environment

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the function's execution environments have been closed")

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            keep = environment.alive and not self._closed
            if keep:
                self._busy.discard(environment)
                self._idle.append(environment)
        if not keep:
            environment.stop("closed" if environment.alive else "the runtime ended")
            with self._lock:
                self._busy.discard(environment)
                self._lock.notify_all()
