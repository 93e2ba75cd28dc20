"""How a function's, version's or alias's events are treated: PutFunctionEventInvokeConfig and its four companions.

Wording of errors as AWS's, where it is known. Not known: what AWS says of a destination that does not exist and is
not a function (here as of a function).
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.delivery import destinations
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.operation import replaced, respond
from lambdalab.services.lambda_.api.paging import page
from lambdalab.services.lambda_.backend import UnknownFunctionException, parameter
from lambdalab.services.lambda_.functions.execution_role import refuse_destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch
    from lambdalab.services.lambda_.api.operation import Answer
    from lambdalab.services.parts import LabParts


_FUNCTION = re.compile(r"(?:(?:arn:[\w-]+:lambda:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::([$\w.-]+))?")
_RANGES = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21600)}
_DESTINATION = re.compile(
    r"|kafka://[^.][\w.-]{0,248}"
    r"|arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d)?:(\d{12})?:.*"
)


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """The five operations."""
    operations: dict[str, Callable[[Any], Answer]] = {
        "put_function_event_invoke_config": lambda response: _put(lab, response),
        "update_function_event_invoke_config": lambda response: _update(lab, response),
        "get_function_event_invoke_config": _get,
        "delete_function_event_invoke_config": _delete,
        "list_function_event_invoke_configs": _list,
    }
    why = "moto's put appends and its get reads the first: an update is never seen; qualifiers are ignored"
    return tuple(replaced(name, operation, why) for name, operation in operations.items())


def _put(lab: LabParts, response: Any) -> Answer:
    """Replace the configuration."""
    latest, arn, qualifier = _target(response)
    given = _checked(lab, response, latest)
    configurations(latest)[qualifier] = config = {**given, "LastModified": time.time(), "FunctionArn": arn}
    config["DestinationConfig"] = {"OnSuccess": {}, "OnFailure": {}, **given.get("DestinationConfig", {})}
    return respond(config)


def _update(lab: LabParts, response: Any) -> Answer:
    """Change what is given, keep the rest."""
    latest, arn, qualifier = _target(response)
    given = _checked(lab, response, latest)
    before = configurations(latest).get(qualifier)
    if before is None:
        raise _no_config(arn)
    configurations(latest)[qualifier] = config = {**before, **given, "LastModified": time.time()}
    config["DestinationConfig"] = {**before["DestinationConfig"], **given.get("DestinationConfig", {})}
    return respond(config)


def _get(response: Any) -> Answer:
    arn, config, _ = _existing(response)
    if config is None:
        raise _no_config(arn)
    return respond(config)


def _delete(response: Any) -> Answer:
    arn, config, forget = _existing(response)
    if config is None:
        raise _no_config(arn)
    forget()
    return respond(None, 204)


def _list(response: Any) -> Answer:
    """A page of the configurations of all qualifiers."""
    name, _ = _name(response)
    latest = _latest(response, name)
    if latest is None:
        raise _no_function()
    return respond(page(response, "FunctionEventInvokeConfigs", list(configurations(latest).values())))


def _name(response: Any) -> tuple[str, str]:
    """Name and qualifier of the function that a request is about."""
    text = unquote(response.path).split("/functions/", 1)[1].split("/event-invoke-config")[0]
    found = _FUNCTION.fullmatch(text)
    name, qualifier = found.groups() if found else (text, None)
    return name, qualifier or parameter(response, "Qualifier") or "$LATEST"


def _latest(response: Any, name: str, qualifier: str | None = None) -> Any:
    """The unpublished version of a function; None when it, or the qualifier, does not exist."""
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
    configs = configurations(latest) if (latest := _latest(response, name)) is not None else {}
    return arn, configs.get(qualifier), lambda: configs.pop(qualifier, None)


def configurations(latest: Any) -> dict[str, dict[str, Any]]:
    """By qualifier. They hang on the function, and end with it."""
    if not isinstance(latest.event_invoke_config, dict):  # moto begins with a list
        latest.event_invoke_config = {}
    configs: dict[str, dict[str, Any]] = latest.event_invoke_config
    return configs


def _checked(lab: LabParts, response: Any, latest: Any) -> dict[str, Any]:
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
        given["DestinationConfig"] = _checked_destinations(lab, given["DestinationConfig"], latest)
    return given


def _checked_destinations(lab: LabParts, config: dict[str, Any], latest: Any) -> dict[str, dict[str, str]]:
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
        refuse_destination(lab, latest, arn)
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
