"""Functions as moto stores them, for the queue of asynchronous events: how events are treated, run and delivered."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.asynchronous import NoSuchFunction, Policy
from lambdalab.delivery.records import Attempt
from lambdalab.delivery.recursion import ERROR, traced
from lambdalab.endpoint.request_context import Incoming, on_behalf_of
from lambdalab.runtime import RestoreFailed
from lambdalab.services.lambda_.functions.engine_function import running
from lambdalab.services.lambda_.functions.execution_role import needed_for_destination
from lambdalab.services.lambda_.functions.snapstart import restore_error
from lambdalab.services.lambda_.simulated_latency import SimulatedLatency
from lambdalab.services.lambda_.versions.versions import throw

from . import dead_letter
from .event_configuration import configurations
from .recursion import stops

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement
    from lambdalab.clock import Clock
    from lambdalab.delivery.records import Message
    from lambdalab.runtime import Engine


class StoredFunctions:
    """What the queue asks (`lambdalab.delivery.asynchronous.Functions`)."""

    def __init__(
        self, engine: Engine, clock: Clock, enforcement: Enforcement, pace: SimulatedLatency | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._enforcement = enforcement
        self._pace = pace or SimulatedLatency()

    def policy(self, arn: str) -> Policy:
        """From the configuration of the very qualifier, and the version's own dead-letter queue."""
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

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        """Run the version that the ARN leads to now; an alias with weights throws the dice for each attempt."""
        if stops(_find(arn.rsplit(":", 1)[0]), trace, self._clock.time()):
            return Attempt(400, failed=True, error_type=ERROR)
        stored = throw(self._pace, _find(arn), arn.rsplit(":", 1)[1])
        if not self._enforcement.lambda_may_become(stored.role, stored.function_arn):
            return Attempt(403, failed=True, error_type="AccessDeniedException")
        try:
            outcome = self._engine.invoke(
                running(stored, self._clock.time()),
                payload,
                request_id=request_id,
                invoked_arn=arn.removesuffix(":$LATEST"),
                trace=traced(trace, arn, self._clock.time()),
            )
        except RestoreFailed as problem:  # tried again as after a system error: AWS does not say
            status, code, _ = restore_error(problem)
            return Attempt(status, failed=True, error_type=code)
        except Exception as problem:
            throttled = type(problem).__name__ == "Throttled"
            kind = "Throttled" if throttled else type(problem).__name__
            return Attempt(429 if throttled else 500, failed=True, error_type=kind)
        return Attempt(200, outcome.payload, str(stored.version), outcome.error, outcome.error_type)

    def check_delivery(self, function_arn: str, destination: str) -> None:
        """It is sent with the function's role, which must allow it."""
        stored, need = _find(function_arn), needed_for_destination(destination)
        if not self._enforcement.role_may(stored.role, stored.function_arn, need):
            action = need.action.partition(":")[2]
            raise destinations.CannotDeliver(f"the function's role may not call {action} on {destination}")

    def deliver(
        self, function_arn: str, destination: str, message: Message, kind: str, trace: str | None = None
    ) -> None:
        """To a queue, a topic, an event bus or a bucket."""
        with on_behalf_of(Incoming(trace)):
            self._deliver(function_arn, destination, message, kind)

    def _deliver(self, function_arn: str, destination: str, message: Message, kind: str) -> None:
        service, account = destinations.service_of(destination), function_arn.split(":")[4]
        if service == "sqs":
            destinations.send_to_queue(destination, message)
        elif service == "sns":
            destinations.publish(destination, message)
        elif service == "events":
            destinations.put_event(
                destination,
                source="lambda",
                detail_type=f"Lambda Function Invocation Result - {kind.removeprefix('On')}",
                detail=message.body,
                resources=[destination, function_arn],
            )
        elif service == "s3":
            now = datetime.fromtimestamp(self._clock.time(), UTC)
            name = function_arn.split(":")[6]
            key = f"aws/lambda/async/{name}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
            destinations.put_object(destination.split(":")[5], account, key, message.body)
        else:
            raise destinations.CannotDeliver(f"{destination} is no destination that Lambda knows")


def _find(arn: str) -> Any:
    """The function of moto that an ARN leads to; NoSuchFunction."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    _, _, _, region, account, _ = arn.split(":", 5)
    try:
        return lambda_backends[account][region].get_function(*destinations.split_function(arn))
    except UnknownFunctionException:
        raise NoSuchFunction(arn) from None
