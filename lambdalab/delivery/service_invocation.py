"""How a service hands an event to a function in its own name: it waits for the answer, or it does not.

    API Gateway ── call() ─▶ function ─▶ answer                     synchronous: errors are the service's to handle
    S3, SNS, EventBridge, Logs ── push() ─▶ queue ─▶ function       asynchronous: Lambda tries again

Either is held to the function's policy. (What reads from queues and streams comes with the function's role: see
`lambdalab.delivery.polled`.)
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from .asynchronous import qualified
from .invocation import NoSuchFunction

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement

    from .asynchronous import AsynchronousInvocations, Functions
    from .records import Attempt


class NotAllowed(Exception):
    """The function's policy does not let the service in."""


class Delivery:
    """The way to functions for services. Safe to use from any thread."""

    def __init__(self, functions: Functions, queue: AsynchronousInvocations, enforcement: Enforcement) -> None:
        self._functions = functions
        self._queue = queue
        self._enforcement = enforcement

    def allowed(self, service: str, function_arn: str, *, source_arn: str, account: str) -> bool:
        """Whether a function's policy lets a service in, on behalf of one of the account's resources.

        `service` is the principal: "s3.amazonaws.com".
        """
        return self._enforcement.may_invoke(service, function_arn.removesuffix(":$LATEST"), source_arn, account)

    def push(
        self, service: str, function_arn: str, event: Any, *, source_arn: str, account: str, trace: str | None = None
    ) -> str:
        """Hand an event to Lambda and do not wait; the request id. NotAllowed, NoSuchFunction.

        `trace` is the trace header of the request that the event comes from, of services that pass it on.
        """
        self._check(service, function_arn, source_arn, account)
        return self.accept(function_arn, event, trace=trace)

    def accept(self, function_arn: str, event: Any, *, trace: str | None = None) -> str:
        """As `push`, for who has asked already whether it may: with a role, for instance."""
        arn = qualified(function_arn)
        self._functions.policy(arn)  # is it there?
        return self._queue.put(arn, _document(event), trace)

    def call(self, service: str, function_arn: str, event: Any, *, source_arn: str, account: str) -> Attempt:
        """Run a function and wait for its answer. NotAllowed, NoSuchFunction; all else is told by the Attempt."""
        self._check(service, function_arn, source_arn, account)
        return self.run(function_arn, event)

    def run(self, function_arn: str, event: Any) -> Attempt:
        """As `call`, for who has asked already whether it may: with a role, for instance."""
        return self._functions.invoke(qualified(function_arn), _document(event), str(uuid.uuid4()))

    def _check(self, service: str, function_arn: str, source_arn: str, account: str) -> None:
        if function_arn.split(":")[2:3] != ["lambda"]:
            raise NoSuchFunction(function_arn)
        if not self.allowed(service, function_arn, source_arn=source_arn, account=account):
            raise NotAllowed(f"the policy of {function_arn} does not let {service} in for {source_arn}")


def _document(event: Any) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
