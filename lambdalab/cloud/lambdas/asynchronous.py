"""Asynchronous invocation as Lambda's API knows it, and what its queue needs to know of functions.

- PutFunctionEventInvokeConfig and its four companions: how a function's, version's or alias's events are treated
- DeadLetterConfig of a function
- `StoredFunctions`: the queue's view of what moto keeps

Wording of errors as AWS's, where it is known. Not known: what AWS says of a destination that does not exist and is
not a function (here as of a function), and of a dead-letter queue that is neither queue nor topic.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.cloud import destinations
from lambdalab.cloud.seams import Seam
from lambdalab.runtime import RestoreFailed
from lambdalab.triggers.asynchronous import NoSuchFunction, Policy
from lambdalab.triggers.records import Attempt

from .errors import error
from .functions import running
from .pace import Pace
from .paging import page
from .payload import checked_payload
from .snapstart import restore_error
from .versions import throw

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.runtime import Engine
    from lambdalab.triggers.records import Message

    from .context import Context

    Answer = tuple[int, dict[str, str], str]

_FUNCTION = re.compile(r"(?:(?:arn:[\w-]+:lambda:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::([$\w.-]+))?")
_RANGES = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21600)}
_DESTINATION = re.compile(
    r"|kafka://[^.][\w.-]{0,248}"
    r"|arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d)?:(\d{12})?:.*"
)


def seams(context: Context) -> tuple[Seam, ...]:
    """The five operations, InvokeAsync and dead-letter queues."""
    response, function = "moto.awslambda.responses", "moto.awslambda.models"
    why = "moto's put appends and its get reads the first: an update is never seen; qualifiers are ignored"
    operations = {
        "put_function_event_invoke_config": _put,
        "update_function_event_invoke_config": _update,
        "get_function_event_invoke_config": _get,
        "delete_function_event_invoke_config": _delete,
        "list_function_event_invoke_configs": _list,
    }
    return (
        *(
            Seam(response, "LambdaResponse", name, ("self",), _replaced_by(operation), why)
            for name, operation in operations.items()
        ),
        Seam(
            response,
            "LambdaResponse",
            "invoke_async",
            ("self",),
            lambda original: _invoke_async(context),
            "moto runs the code; the operation, which Invoke replaces, queues an event",
        ),
        Seam(
            function,
            "LambdaFunction",
            "__init__",
            ("self", "account_id", "spec", "region", "version"),
            _keep_dead_letter,
            "moto drops DeadLetterConfig",
        ),
        Seam(
            function,
            "LambdaFunction",
            "update_configuration",
            ("self", "config_updates"),
            _update_dead_letter,
            "moto drops DeadLetterConfig",
        ),
        Seam(
            function,
            "LambdaFunction",
            "get_configuration",
            ("self", "on_create"),
            _tell_dead_letter,
            "moto drops DeadLetterConfig",
        ),
        Seam(
            "moto.core.botocore_stubber",
            "BotocoreStubber",
            "process_request",
            ("self", "request"),
            lambda original: _then_run_events(context, original),
            "in the page there are no threads: what is queued runs when the API call that queued it is done",
        ),
    )


def _replaced_by(operation: Callable[[Any], Answer]) -> Callable[[Any], Any]:
    def method(response: Any) -> Answer:  # moto looks for plain functions only
        return operation(response)

    return lambda original: method


# What the queue asks ----------------------------------------------------------------------------------------------


class StoredFunctions:
    """Functions as moto stores them, for the queue (`lambdalab.triggers.asynchronous.Functions`)."""

    def __init__(self, engine: Engine, clock: Clock, pace: Pace | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._pace = pace or Pace()

    def policy(self, arn: str) -> Policy:
        """From the configuration of the very qualifier, and the version's own dead-letter queue."""
        stored = _stored(arn)
        latest = _stored(arn.rsplit(":", 1)[0])
        config = _configs(latest).get(arn.rsplit(":", 1)[1], {})
        wanted = config.get("DestinationConfig", {})
        return Policy(
            retries=config.get("MaximumRetryAttempts", 2),
            max_age_s=config.get("MaximumEventAgeInSeconds", 21600),
            on_success=wanted.get("OnSuccess", {}).get("Destination"),
            on_failure=wanted.get("OnFailure", {}).get("Destination"),
            dead_letter=_dead_letter(stored),
            no_concurrency=str(latest.reserved_concurrency) == "0",
        )

    def invoke(self, arn: str, payload: bytes, request_id: str) -> Attempt:
        """Run the version that the ARN leads to now; an alias with weights throws the dice for each attempt."""
        stored = throw(self._pace, _stored(arn), arn.rsplit(":", 1)[1])
        try:
            outcome = self._engine.invoke(
                running(stored, self._clock.time()),
                payload,
                request_id=request_id,
                invoked_arn=arn.removesuffix(":$LATEST"),
            )
        except RestoreFailed as problem:  # tried again as after a system error: AWS does not say
            status, code, _ = restore_error(problem)
            return Attempt(status, failed=True, error_type=code)
        except Exception as problem:
            throttled = type(problem).__name__ == "Throttled"
            kind = "Throttled" if throttled else type(problem).__name__
            return Attempt(429 if throttled else 500, failed=True, error_type=kind)
        return Attempt(200, outcome.payload, str(stored.version), outcome.error, outcome.error_type)

    def deliver(self, function_arn: str, destination: str, message: Message, kind: str) -> None:
        """To a queue, a topic, an event bus or a bucket."""
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


def event_arn(stored: Any, name: str, qualifier: str | None) -> str:
    """The qualified ARN of what a caller named, by which its event is queued."""
    in_name = name.split(":function:")[-1].partition(":")[2]
    return f"{':'.join(stored.function_arn.split(':')[:7])}:{in_name or qualifier or '$LATEST'}"


def _stored(arn: str) -> Any:
    """The function of moto that an ARN leads to; NoSuchFunction."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    _, _, _, region, account, _ = arn.split(":", 5)
    try:
        return lambda_backends[account][region].get_function(*destinations.split_function(arn))
    except UnknownFunctionException:
        raise NoSuchFunction(arn) from None


def _invoke_async(context: Context) -> Callable[[Any], Answer]:
    """InvokeAsync, of 2014: as Invoke with InvocationType Event, and without a qualifier."""

    def invoke_async(response: Any) -> Answer:
        name = unquote(response.path).split("/functions/", 1)[1].split("/invoke-async")[0]
        stored = response.backend.get_function(name)
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        request_id = context.queue.put(event_arn(stored, name, None), checked_payload(body, asynchronous=True))
        return 202, {"status": "202", "x-amzn-requestid": request_id}, "{}"

    return invoke_async


# The five operations ----------------------------------------------------------------------------------------------


def _put(response: Any) -> Answer:
    """Replace the configuration."""
    latest, arn, qualifier = _target(response)
    given = _checked(response, latest)
    _configs(latest)[qualifier] = config = {**given, "LastModified": time.time(), "FunctionArn": arn}
    config["DestinationConfig"] = {"OnSuccess": {}, "OnFailure": {}, **given.get("DestinationConfig", {})}
    return _json(config)


def _update(response: Any) -> Answer:
    """Change what is given, keep the rest."""
    latest, arn, qualifier = _target(response)
    given = _checked(response, latest)
    before = _configs(latest).get(qualifier)
    if before is None:
        raise _no_config(arn)
    _configs(latest)[qualifier] = config = {**before, **given, "LastModified": time.time()}
    config["DestinationConfig"] = {**before["DestinationConfig"], **given.get("DestinationConfig", {})}
    return _json(config)


def _get(response: Any) -> Answer:
    arn, config, _ = _existing(response)
    if config is None:
        raise _no_config(arn)
    return _json(config)


def _delete(response: Any) -> Answer:
    arn, config, forget = _existing(response)
    if config is None:
        raise _no_config(arn)
    forget()
    return 204, {"status": "204"}, ""


def _list(response: Any) -> Answer:
    """A page of the configurations of all qualifiers."""
    name, _ = _name(response)
    latest = _latest(response, name)
    if latest is None:
        raise _no_function()
    return _json(page(response, "FunctionEventInvokeConfigs", list(_configs(latest).values())))


def _name(response: Any) -> tuple[str, str]:
    """Name and qualifier of the function that a request is about."""
    text = unquote(response.path).split("/functions/", 1)[1].split("/event-invoke-config")[0]
    found = _FUNCTION.fullmatch(text)
    name, qualifier = found.groups() if found else (text, None)
    return name, qualifier or response._get_param("Qualifier") or "$LATEST"


def _latest(response: Any, name: str, qualifier: str | None = None) -> Any:
    """The unpublished version of a function; None when it, or the qualifier, does not exist."""
    from moto.awslambda.exceptions import UnknownFunctionException

    try:
        if qualifier is not None:
            response.backend.get_function(name, qualifier)
        return response.backend.get_function(name)
    except UnknownFunctionException:
        return None


def _target(response: Any) -> tuple[Any, str, str]:
    name, qualifier = _name(response)
    latest = _latest(response, name, qualifier)
    if latest is None:
        raise _no_function()
    return latest, f"{latest.function_arn}:{qualifier}", qualifier


def _existing(response: Any) -> tuple[str, dict[str, Any] | None, Callable[[], Any]]:
    """The qualified ARN, its configuration if it has one, and what forgets that."""
    name, qualifier = _name(response)
    backend = response.backend
    arn = f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function:{name}:{qualifier}"
    configs = _configs(latest) if (latest := _latest(response, name)) is not None else {}
    return arn, configs.get(qualifier), lambda: configs.pop(qualifier, None)


def _configs(latest: Any) -> dict[str, dict[str, Any]]:
    """By qualifier. They hang on the function, and end with it."""
    if not isinstance(latest.event_invoke_config, dict):  # moto begins with a list
        latest.event_invoke_config = {}
    configs: dict[str, dict[str, Any]] = latest.event_invoke_config
    return configs


def _checked(response: Any, latest: Any) -> dict[str, Any]:
    """The settings of a request, without what is empty."""
    body = json.loads(response.body or "{}")
    given = {name: body[name] for name in (*_RANGES, "DestinationConfig") if body.get(name) is not None}
    for name, (least, most) in _RANGES.items():
        if name in given and not least <= given[name] <= most:
            over = given[name] > most
            limit = f"{'less' if over else 'greater'} than or equal to {most if over else least}"
            raise _constraint(given[name], name[0].lower() + name[1:], f"Member must have value {limit}")
    if not given:
        raise error(
            "InvalidParameterValueException", "You must specify at least one of error handling or destination setting."
        )
    if "DestinationConfig" in given:
        given["DestinationConfig"] = _checked_destinations(given["DestinationConfig"], latest)
    return given


def _checked_destinations(config: dict[str, Any], latest: Any) -> dict[str, dict[str, str]]:
    wanted: dict[str, str] = {}
    for side in ("OnSuccess", "OnFailure"):
        if side in config:
            wanted[side] = (config[side] or {}).get("Destination") or ""
    for side, arn in wanted.items():
        if not _DESTINATION.fullmatch(arn):
            where = f"destinationConfig.{side[0].lower()}{side[1:]}.destination"
            pattern = f"Member must satisfy regular expression pattern: {_DESTINATION.pattern}"
            raise _constraint(arn, where, pattern)
    known = {"OnSuccess": {"sqs", "sns", "lambda", "events"}, "OnFailure": {"sqs", "sns", "lambda", "events", "s3"}}
    if any(arn and destinations.service_of(arn) not in known[side] for side, arn in wanted.items()):
        told = [f"on{side}={_told(side, wanted)}" for side in ("Success", "Failure")]
        message = f"The provided destination config DestinationConfig({', '.join(told)}) is invalid."
        raise error("InvalidParameterValueException", message)
    for arn in filter(None, wanted.values()):
        if arn.split(":")[:7] == latest.function_arn.split(":"):
            message = "You can't specify the function as a destination for itself."
            raise error("InvalidParameterValueException", message)
        if not destinations.exists(arn, latest.account_id):
            raise error("InvalidParameterValueException", f"The destination ARN {arn} is invalid.")
    return {side: {"Destination": arn} if arn else {} for side, arn in wanted.items()}


def _told(side: str, wanted: dict[str, str]) -> str:
    """A side of a destination configuration, as Java prints it."""
    arn = wanted.get(f"On{side}")
    return f"On{side}(destination={arn})" if arn else "null"


def _constraint(value: object, member: str, constraint: str) -> Exception:
    return error(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}",
    )


def _no_function() -> Exception:
    return error("ResourceNotFoundException", "The function doesn't exist.", status=404)


def _no_config(arn: str) -> Exception:
    return error("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", status=404)


def _json(document: dict[str, Any]) -> Answer:
    return 200, {"status": "200", "content-type": "application/json"}, json.dumps(document)


# Dead-letter queues -----------------------------------------------------------------------------------------------


def _dead_letter(stored: Any) -> str | None:
    """A published version keeps the one that it was published with."""
    return getattr(stored, "dead_letter_target", None)


def _set_dead_letter(stored: Any, spec: dict[str, Any]) -> None:
    if spec.get("DeadLetterConfig") is None:
        return
    target = spec["DeadLetterConfig"].get("TargetArn") or None
    if target is not None and destinations.service_of(target) not in ("sqs", "sns"):
        raise error(
            "InvalidParameterValueException",
            f"The dead-letter queue {target} is invalid: it must be an SQS queue or an SNS topic.",
        )
    stored.dead_letter_target = target


def _keep_dead_letter(original: Callable[..., None]) -> Callable[..., None]:
    def init(stored: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        original(stored, account_id, spec, region, version)
        _set_dead_letter(stored, spec)

    return init


def _update_dead_letter(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        _set_dead_letter(stored, config_updates)
        return original(stored, config_updates)

    return update_configuration


def _tell_dead_letter(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def get_configuration(stored: Any, on_create: bool = False) -> dict[str, Any]:
        configuration = original(stored, on_create)
        if target := _dead_letter(stored):
            configuration["DeadLetterConfig"] = {"TargetArn": target}
        return configuration

    return get_configuration


# Without threads --------------------------------------------------------------------------------------------------


def _then_run_events(context: Context, original: Callable[..., Any]) -> Callable[..., Any]:
    depth = 0

    def process_request(stubber: Any, request: Any) -> Any:
        nonlocal depth
        depth += 1  # a handler that calls the API is part of a call
        try:
            answer = original(stubber, request)
        finally:
            depth -= 1
        if depth == 0:
            context.queue.drain()
        return answer

    return process_request
