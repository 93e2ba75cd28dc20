"""Delivery of an event from a rule to a target: it arrives, is retried, or ends up in a dead-letter queue.

    NO_PERMISSIONS, NO_RESOURCE …  ─▶ dead-letter queue, at once
    ERROR_FROM_TARGET ─▶ again, later ─▶ MaximumRetryAttempts (185), MaximumEventAgeInSeconds (1 day) ─▶ the queue

Between two attempts EventBridge waits "with exponential back-off and jitter" and does not say how long; the lab waits
1, 2, 4 … seconds, at most eight minutes. The queue gets the event as it was before it was transformed into the
target's input, and message attributes that say what happened; its policy must allow events.amazonaws.com, or the event
is lost.

A function that fails is another matter: to EventBridge, what Lambda has accepted is delivered.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.endpoint.request_context import Incoming, on_behalf_of

from .input_transformer import About, NotJson, input_for
from .payloads import timestamp
from .targets import Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.clock import Clock

    from .targets import Targets

MOST_RETRIES, OLDEST_S = 185, 86400
_LONGEST_WAIT_S = 480.0


def waits(retries: int, age_s: float, most: int, oldest_s: int) -> tuple[float, str | None]:
    """How long to wait before the next attempt, or which limit has been reached."""
    wait = min(2.0**retries, _LONGEST_WAIT_S)
    if retries >= most:
        return wait, "MaximumRetryAttempts"
    return wait, "MaximumEventAgeInSeconds" if age_s + wait > oldest_s else None


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target of a rule."""

    rule_arn: str
    rule_name: str
    target: Mapping[str, Any]
    event: dict[str, Any]
    arrived: float
    """When it arrived on its bus."""
    visited: tuple[str, ...] = ()


class Deliveries:
    """All deliveries of a lab."""

    def __init__(self, clock: Clock, targets: Targets) -> None:
        self._clock = clock
        self._targets = targets

    def deliver(self, delivery: Delivery, retries: int = 0) -> None:
        """One attempt. It returns when the event is delivered, or will be retried, or is lost."""
        try:
            # Lambda detects recursive loops through SQS, SNS and S3, and not through EventBridge.
            with on_behalf_of(Incoming()):
                self._send(delivery)
        except Undeliverable as problem:
            self._failed(delivery, problem, retries)

    def _send(self, delivery: Delivery) -> None:
        about = About(delivery.rule_arn, delivery.rule_name, timestamp(delivery.arrived))
        try:
            text = input_for(delivery.target, delivery.event, about)
        except NotJson as problem:
            raise Undeliverable("INVALID_JSON", str(problem)) from None
        may = self._targets.by_rule(delivery.rule_arn, delivery.target)
        self._targets.send(delivery.target, text, delivery.event, may, delivery.visited)

    def _failed(self, delivery: Delivery, problem: Undeliverable, retries: int) -> None:
        if not problem.again:
            self._give_up(delivery, problem, retries, None)
            return
        policy = delivery.target.get("RetryPolicy") or {}
        most = policy.get("MaximumRetryAttempts", MOST_RETRIES)
        oldest = policy.get("MaximumEventAgeInSeconds", OLDEST_S)
        wait, condition = waits(retries, self._clock.time() - delivery.arrived, most, oldest)
        if condition:
            self._give_up(delivery, problem, retries, condition)
        else:
            self._clock.call_later(wait, lambda: self.deliver(delivery, retries + 1))

    def _give_up(self, delivery: Delivery, problem: Undeliverable, retries: int, condition: str | None) -> None:
        queue = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        may = self._targets.by_rule(delivery.rule_arn, {"Arn": queue})
        attributes = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": delivery.target["Arn"],
            "ERROR_CODE": problem.code,
            "ERROR_MESSAGE": problem.message,
            "RETRY_ATTEMPTS": str(retries),
        }
        if condition:
            attributes["EXHAUSTED_RETRY_CONDITION"] = condition
        body = json.dumps(delivery.event, separators=(",", ":"), ensure_ascii=False)
        with contextlib.suppress(Undeliverable), on_behalf_of(Incoming()):
            self._targets.to_dead_letter_queue(queue, body, attributes, may)
