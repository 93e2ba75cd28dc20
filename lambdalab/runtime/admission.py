"""Whether an invocation may run now: the limits on concurrency, as arithmetic.

An `Account` is one AWS account in one Region. Its concurrency is shared by all functions, less what is set aside:

    concurrency = unreserved + reserved (per function) + provisioned (per version, unless its function has reserved)

Every invocation asks `admit()` first. It gets a `Permit`, to be released when it has ended, or `Throttled` is raised.
Nothing here runs or waits: time is handed in, and the lock only makes each question one step.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and scaling-behavior.html there.
The limit on requests per second (ten times the concurrency) is not applied: the lab's warm calls take less than a
millisecond, so that a loop would meet a limit which on AWS, over a network, it never comes near.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
"""AWS's reason when a function runs as often as its reserved concurrency allows."""
CONCURRENT = "ConcurrentInvocationLimitExceeded"
"""AWS's reason when the account has no concurrency left.

Also given when a function grows too fast: AWS documents the 429, but not which of its reasons comes with it.
"""


class Throttled(Exception):
    """An invocation was not let in. `reason` is one of AWS's ThrottleReason values."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Rate Exceeded. ({reason})")
        self.reason = reason


class CannotReserve(ValueError):
    """Concurrency cannot be set aside. The message is worded as AWS words it."""


@dataclass(frozen=True)
class Limits:
    """An account's quotas. AWS's defaults; new accounts start lower."""

    concurrency: int = 1000
    unreserved_minimum: int = 100
    """What must stay unreserved; an account with a smaller quota keeps all of that."""
    burst: int = 1000
    """How many environments a function may gain at once …"""
    burst_seconds: float = 10.0
    """… and in how many seconds as many again, evenly."""

    @property
    def kept_unreserved(self) -> int:
        """The number that AWS's messages name."""
        return min(self.unreserved_minimum, self.concurrency)


class Permit:
    """An invocation's place. Released once; later releases do nothing."""

    def __init__(self, account: Account, function: _Function, *, provisioned: bool) -> None:
        self._account = account
        self._function: _Function | None = function
        self._provisioned = provisioned

    def release(self) -> None:
        """The invocation has ended."""
        with self._account._lock:
            function, self._function = self._function, None
            if function is None:
                return
            if self._provisioned:
                function.on_provisioned -= 1
            else:
                function.on_demand -= 1


@dataclass(eq=False)
class _Function:
    """What runs of a function, over all its versions, and what is set aside for it."""

    on_demand: int = 0
    on_provisioned: int = 0
    reserved: int | None = None
    provisioned: dict[str, int] = field(default_factory=dict)
    """By version."""
    tokens: float = math.inf
    """How many environments it may still gain now."""
    counted_at: float = -math.inf

    @property
    def running(self) -> int:
        return self.on_demand + self.on_provisioned

    @property
    def all_provisioned(self) -> int:
        return sum(self.provisioned.values())

    @property
    def set_aside(self) -> int:
        """How much of the account's concurrency only this function can use."""
        return self.all_provisioned if self.reserved is None else self.reserved


class Account:
    """The concurrency of one account in one Region. Functions are named by their unqualified ARN."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._functions: dict[str, _Function] = {}
        self._lock = threading.RLock()

    # Invocations ----------------------------------------------------------------------------------------------

    def admit(self, name: str, *, provisioned: bool = False, new_environment: bool = False, now: float = 0.0) -> Permit:
        """Let an invocation in, or raise Throttled.

        `provisioned`: a provisioned environment is free for it. `new_environment`: it needs one to be started.
        """
        with self._lock:
            function = self._functions.setdefault(name, _Function())
            if function.reserved is not None:
                on_demand = function.reserved - function.all_provisioned
                if function.running >= function.reserved or (not provisioned and function.on_demand >= on_demand):
                    raise Throttled(RESERVED)
            elif not provisioned and self._unreserved_running() >= self.unreserved:
                raise Throttled(CONCURRENT)
            if new_environment:
                self._take_token(function, now)
            if provisioned:
                function.on_provisioned += 1
            else:
                function.on_demand += 1
            return Permit(self, function, provisioned=provisioned)

    def running(self, name: str) -> int:
        """How many invocations of the function run now."""
        function = self._functions.get(name)
        return function.running if function else 0

    def _unreserved_running(self) -> int:
        return sum(function.on_demand for function in self._functions.values() if function.reserved is None)

    def _take_token(self, function: _Function, now: float) -> None:
        """A bucket that refills evenly and never holds more than one burst: unused scaling does not add up."""
        limits = self.limits
        gained = max(0.0, now - function.counted_at) * limits.burst / limits.burst_seconds
        tokens = min(float(limits.burst), function.tokens + gained)
        function.counted_at = max(now, function.counted_at)
        # A hair of tolerance: ten seconds make a full bucket, whatever floating point says.
        function.tokens = tokens
        if tokens < 1 - 1e-6:
            raise Throttled(CONCURRENT)
        function.tokens = tokens - 1

    # What is set aside ----------------------------------------------------------------------------------------

    @property
    def unreserved(self) -> int:
        """What functions without reserved or provisioned concurrency share."""
        with self._lock:
            return self.limits.concurrency - sum(function.set_aside for function in self._functions.values())

    def reserve(self, name: str, concurrency: int | None) -> None:
        """Set the function's reserved concurrency; 0 turns it off, None gives it back."""
        with self._lock:
            function = self._functions.setdefault(name, _Function())
            if concurrency is not None:
                if concurrency < function.all_provisioned:
                    raise CannotReserve(
                        f"ReservedConcurrentExecutions {concurrency} should not be lower than function's total "
                        f"provisioned concurrency [{function.all_provisioned}]."
                    )
                self._keep_enough("Reserved", concurrency - function.set_aside)
            function.reserved = concurrency

    def reserved(self, name: str) -> int | None:
        """The function's reserved concurrency, if it has any."""
        function = self._functions.get(name)
        return function.reserved if function else None

    def provision(self, name: str, version: str, concurrency: int) -> None:
        """Set the provisioned concurrency of one version; 0 gives it back."""
        with self._lock:
            function = self._functions.setdefault(name, _Function())
            others = function.all_provisioned - function.provisioned.get(version, 0)
            if concurrency:
                if function.reserved is not None:
                    if others + concurrency > function.reserved:
                        raise CannotReserve(
                            "Requested Provisioned Concurrency should not be greater than the "
                            "reservedConcurrentExecution for function"
                        )
                elif concurrency > self.limits.concurrency:
                    raise CannotReserve(
                        "Specified ConcurrentExecutions for function is greater than account's unreserved "
                        f"concurrency [{self.limits.concurrency}]."
                    )
                else:
                    self._keep_enough("", others + concurrency - function.set_aside)
                function.provisioned[version] = concurrency
            else:
                function.provisioned.pop(version, None)

    def forget(self, name: str) -> None:
        """The function was deleted: nothing is set aside for it any more. What still runs, still counts."""
        with self._lock:
            function = self._functions.get(name)
            if function is not None:
                function.reserved = None
                function.provisioned.clear()
                function.tokens, function.counted_at = math.inf, -math.inf
                if not function.running:
                    del self._functions[name]

    def _keep_enough(self, what: str, more: int) -> None:
        kept = self.limits.kept_unreserved
        if more > 0 and self.unreserved - more < kept:
            raise CannotReserve(
                f"Specified {what}ConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{kept}]."
            )
