"""The one way to a function: every caller invokes through `Invocations.run`, or through `invoke`, which calls it.

    Invoke, function URL ───────────── run() ──▶ role · recursive loop · concurrency ──▶ engine ──▶ Outcome
    queue, mappings, services ─ invoke() ─┘                └─ Refused: each caller makes its own answer of it

A fault of the lab is none of these: it passes through, so that nobody takes it for an answer of AWS.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab import faults
from lambdalab.delivery import destinations
from lambdalab.delivery.asynchronous import Policy
from lambdalab.delivery.invocation import (
    NoSuchFunction,
    Refused,
    RestoreTimedOut,
    RoleCannotBeAssumed,
    RuntimeNotSupported,
    ServiceError,
    SnapshotNotRestored,
    TooManyRequests,
)
from lambdalab.delivery.records import Attempt
from lambdalab.delivery.recursion import traced
from lambdalab.endpoint.request_context import Incoming, on_behalf_of
from lambdalab.runtime import EnvironmentsClosed, RestoreFailed, Throttled, UnsupportedRuntime
from lambdalab.services.lambda_ import backend
from lambdalab.services.lambda_.functions.engine_function import running
from lambdalab.services.lambda_.functions.execution_role import CANNOT_BE_ASSUMED, needed_for_destination
from lambdalab.services.lambda_.functions.state import refuse_if_not_ready
from lambdalab.services.lambda_.versions.versions import choose_version

from . import dead_letter
from .event_configuration import configurations
from .recursion import refuse_loop

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement
    from lambdalab.clock import Clock
    from lambdalab.delivery.destinations import EventQueue
    from lambdalab.delivery.records import Message
    from lambdalab.runtime import Engine, Outcome, ResponseStream
    from lambdalab.services.lambda_.simulated_latency import SimulatedLatency


class Invocations:
    """Of all functions of a lab (`lambdalab.delivery.asynchronous.Functions`). Safe to use from any thread."""

    def __init__(self, engine: Engine, clock: Clock, enforcement: Enforcement, pace: SimulatedLatency) -> None:
        self._engine = engine
        self._clock = clock
        self._enforcement = enforcement
        self._pace = pace

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
        """Run one invocation of a version and wait for its end. Raises Refused if Lambda does not run it.

        `arn` is how the caller named the function, and what the handler finds in its context; `trace` is the trace
        header of the caller's request; `stream` takes the answer of a function that streams it.
        """
        now = self._clock.time()
        refuse_if_not_ready(stored, now)
        if not self._enforcement.lambda_may_assume(stored.role, stored.function_arn):
            raise RoleCannotBeAssumed(CANNOT_BE_ASSUMED)
        refuse_loop(stored, trace, now)
        try:
            return self._engine.invoke(
                running(stored, now),
                payload,
                client_context=client_context,
                invoked_arn=arn,
                request_id=request_id,
                stream=stream,
                trace=traced(trace, stored.function_arn, now),
            )
        except UnsupportedRuntime as problem:
            raise RuntimeNotSupported(str(problem)) from None
        except RestoreFailed as problem:
            raise (RestoreTimedOut() if problem.timed_out else SnapshotNotRestored()) from None
        except Throttled as problem:
            raise TooManyRequests(problem.reason) from None
        except EnvironmentsClosed as problem:  # the function was deleted meanwhile, or the lab has stopped
            raise ServiceError(str(problem)) from None
        except OSError as problem:  # no memory, no disk, no process: the machine's, as when a host of AWS's fails
            faults.report(problem, f"starting an execution environment of {stored.function_name}")
            raise ServiceError(str(problem)) from problem

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        """Run the version that a qualified ARN leads to now, for a caller that tells how it ended. NoSuchFunction."""
        stored = choose_version(self._pace, _find(arn), arn.rsplit(":", 1)[1])
        try:
            outcome = self.run(stored, arn.removesuffix(":$LATEST"), payload, request_id=request_id, trace=trace)
        except Refused as refusal:
            return Attempt(refusal.status, failed=True, error_type=refusal.short)
        return Attempt(200, outcome.payload, str(stored.version), outcome.error, outcome.error_type)

    def policy(self, arn: str) -> Policy:
        """From the configuration of the very qualifier, and the version's own dead-letter queue. NoSuchFunction."""
        stored = _find(arn)
        latest = _find(arn.rsplit(":", 1)[0])
        config = configurations(latest).get(arn.rsplit(":", 1)[1], {})
        wanted = config.get("DestinationConfig", {})
        return Policy(
            retries=config.get("MaximumRetryAttempts", 2),
            max_age_s=config.get("MaximumEventAgeInSeconds", 21600),
            on_success=wanted.get("OnSuccess", {}).get("Destination"),
            on_failure=wanted.get("OnFailure", {}).get("Destination"),
            dead_letter=dead_letter.target_of(stored),
            no_concurrency=str(latest.reserved_concurrency) == "0",
        )

    def check_delivery(self, function_arn: str, destination: str) -> None:
        """It is sent with the function's role, which must allow it. CannotDeliver, NoSuchFunction."""
        stored, need = _find(function_arn), needed_for_destination(destination)
        if not self._enforcement.role_may(stored.role, stored.function_arn, need):
            action = need.action.partition(":")[2]
            raise destinations.CannotDeliver(f"the function's role may not call {action} on {destination}")

    def deliver(
        self,
        function_arn: str,
        destination: str,
        message: Message,
        kind: str,
        queue: EventQueue,
        trace: str | None = None,
    ) -> None:
        """To a function, a queue, a topic, an event bus or a bucket. CannotDeliver."""
        _, _, _, _, account, _, name, *_ = function_arn.split(":")
        now = datetime.fromtimestamp(self._clock.time(), UTC)
        complete = replace(
            message,
            key=f"aws/lambda/async/{name}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}",
            source="lambda",
            detail_type=f"Lambda Function Invocation Result - {kind.removeprefix('On')}",
            resources=(destination, function_arn),
            trace=trace,
        )
        with on_behalf_of(Incoming(trace)):
            destinations.of(destination).send(destination, complete, destinations.Sender(account, queue))


def _find(arn: str) -> Any:
    found = backend.find_function(arn)
    if found is None:
        raise NoSuchFunction(arn)
    return found
