"""The five operations on event source mappings.

They are made at moto's backend where CloudFormation comes by too, and answered at its responses.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch
from lambdalab.services.lambda_.api import names
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.paging import page

from . import checks
from . import pollers as polling
from .stored import QUEUE_DEFAULTS, STREAM_DEFAULTS, Stored, service_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_SETTINGS = (*STREAM_DEFAULTS, "FilterCriteria", "ScalingConfig", "MetricsConfig", *checks.NOT_HERE)
_OF_START = ("StartingPosition", "StartingPositionTimestamp")


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations."""
    response, model = "moto.awslambda.responses", "moto.awslambda.models"
    why = "moto checks next to nothing of a mapping, knows no states, and ignores most of what it says"

    def operation(name: str, handler: Callable[[LabParts, Any], Any]) -> Patch:
        return Patch(response, "LambdaResponse", name, ("self",), lambda original: _method(lab, handler), why)

    return (
        operation("create_event_source_mapping", _create),
        operation("get_event_source_mapping", _get),
        operation("list_event_source_mappings", _list),
        operation("update_event_source_mapping", _update),
        operation("delete_event_source_mapping", _delete),
        Patch(
            model,
            "LambdaBackend",
            "create_event_source_mapping",
            ("self", "spec"),
            lambda original: lambda backend, spec: create(lab, backend, spec),
            why,
        ),
        Patch(
            model,
            "LambdaBackend",
            "update_event_source_mapping",
            ("self", "uuid", "spec"),
            lambda original: lambda backend, uuid, spec: update(lab, backend, uuid, spec),
            why,
        ),
        Patch(
            model,
            "LambdaBackend",
            "delete_event_source_mapping",
            ("self", "uuid"),
            lambda original: lambda backend, uuid: delete(lab, backend, uuid),
            why,
        ),
    )


def _method(lab: LabParts, handler: Callable[[LabParts, Any], Any]) -> Callable[[Any], Any]:
    def method(response: Any) -> Any:  # moto looks for plain functions only
        return handler(lab, response)

    return method


# At the backend ---------------------------------------------------------------------------------------------------


def create(lab: LabParts, backend: Any, spec: dict[str, Any]) -> Any:
    """Make a mapping; moto's object for it."""
    from moto.awslambda.models import EventSourceMapping

    spec = {name: value for name, value in spec.items() if value is not None}
    source = spec.get("EventSourceArn") or ""
    if source or not spec.get("SelfManagedEventSource"):
        checks.check_source(source)
    settings = {**_defaults(source), **_given(spec)}
    checks.check_start(source, spec)
    function_arn, function = _function(backend, spec.get("FunctionName") or "")
    checks.check_settings(source, settings)
    checks.check_function(lab.enforcement, source, function, settings)
    _refuse_twin(backend, source, function_arn)
    settings |= {name: spec[name] for name in _OF_START if name in spec}
    moto = EventSourceMapping(
        {
            "RegionName": backend.region_name,
            "AccountId": backend.account_id,
            "FunctionName": spec["FunctionName"],
            "FunctionArn": function_arn,
            "EventSourceArn": source,
            "Tags": spec.get("Tags"),
        }
    )
    now = lab.clock.time()
    moto.uuid = str(uuid.uuid4())
    moto.arn = f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:event-source-mapping:{moto.uuid}"
    moto.lab_mapping = Stored(
        uuid=moto.uuid,
        arn=moto.arn,
        function_arn=function_arn,
        source_arn=source,
        settings=settings,
        enabled=_enabled(spec, True),
        modified=now,
        way="Creating",
        until=now + lab.pace.deployment_seconds,
    )
    backend._event_source_mappings[moto.uuid] = moto
    polling.start(lab, moto.lab_mapping)
    return moto


def update(lab: LabParts, backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
    """Change what is given, keep the rest. None: there is no such mapping."""
    moto = backend._event_source_mappings.get(uuid)
    if moto is None:
        return None
    stored: Stored = moto.lab_mapping
    now = lab.clock.time()
    if stored.under_way(now):
        raise _in_use("update")
    spec = {name: value for name, value in spec.items() if value is not None}
    settings = {**stored.settings, **_given(spec)}
    function_arn, function = _function(backend, spec.get("FunctionName") or stored.function_arn)
    checks.check_settings(stored.source_arn, settings)
    checks.check_function(lab.enforcement, stored.source_arn, function, settings)
    if function_arn != stored.function_arn:
        _refuse_twin(backend, stored.source_arn, function_arn)
    enabled = _enabled(spec, stored.enabled)
    stored.way = "Updating" if enabled == stored.enabled else ("Enabling" if enabled else "Disabling")
    stored.until = now + lab.pace.deployment_seconds
    stored.settings, stored.function_arn, stored.enabled, stored.modified = settings, function_arn, enabled, now
    moto.function_arn = function_arn
    polling.wake_when_ready(lab, stored)
    return moto


def delete(lab: LabParts, backend: Any, uuid: str) -> Any:
    """Stop polling. None: there is no such mapping."""
    moto = backend._event_source_mappings.get(uuid)
    if moto is not None:
        if moto.lab_mapping.under_way(lab.clock.time()):
            raise _in_use("delete")
        del backend._event_source_mappings[uuid]
        lab.pollers.remove(uuid)
    return moto


def _given(spec: dict[str, Any]) -> dict[str, Any]:
    """The settings in a request. Some can be emptied: by an empty object or list, or no filters."""
    given = {name: _typed(name, spec[name]) for name in _SETTINGS if name in spec}
    if "DestinationConfig" in given:
        given["DestinationConfig"] = {"OnFailure": {}, **(given["DestinationConfig"] or {})}
    if "FilterCriteria" in given and not (given["FilterCriteria"] or {}).get("Filters"):
        given["FilterCriteria"] = None
    if "ScalingConfig" in given and not (given["ScalingConfig"] or {}).get("MaximumConcurrency"):
        given["ScalingConfig"] = None
    return given


def _typed(name: str, value: Any) -> Any:
    """CloudFormation may write numbers and booleans as text."""
    if not isinstance(value, str):
        return value
    default = STREAM_DEFAULTS.get(name)
    if isinstance(default, bool):
        return value.lower() == "true"
    return int(value) if isinstance(default, int) else value


def _defaults(source: str) -> dict[str, Any]:
    defaults = QUEUE_DEFAULTS if service_of(source) == "sqs" else STREAM_DEFAULTS
    copied: dict[str, Any] = json.loads(json.dumps(defaults))
    return copied


def _enabled(spec: dict[str, Any], otherwise: bool) -> bool:
    """CloudFormation writes booleans as text."""
    return str(spec.get("Enabled", otherwise)).lower() == "true"


def _function(backend: Any, name: str) -> tuple[str, Any]:
    """The function that is meant, with the qualifier that was given: its ARN, and moto's object."""
    from moto.awslambda.exceptions import UnknownFunctionException

    reference = names.parse(name, None, account=backend.account_id, region=backend.region_name)
    try:
        function = backend.get_function(reference.name, reference.qualifier)
    except UnknownFunctionException:
        raise error("InvalidParameterValueException", "Function does not exist") from None
    return reference.arn(backend.account_id, backend.region_name), function


def _refuse_twin(backend: Any, source: str, function_arn: str) -> None:
    """One mapping from one source to one function."""
    for other in backend._event_source_mappings.values():
        if other.lab_mapping.source_arn == source and other.lab_mapping.function_arn == function_arn:
            name = function_arn.split(":", 6)[6]
            known = (
                f'An event source mapping with SQS arn (" {source} ") and function (" {name} ") already exists.'
                if service_of(source) == "sqs"
                else f'The event source arn (" {source} ") and function (" {name} ") provided mapping already exists.'
            )
            message = f"{known} Please update or delete the existing mapping with UUID {other.uuid}"
            raise error("ResourceConflictException", message, 409)


# The answers ------------------------------------------------------------------------------------------------------


def _create(lab: LabParts, response: Any) -> Any:
    moto = response.backend.create_event_source_mapping(response.json_body)
    return _answer(202, moto.lab_mapping.shown("Creating"))


def _get(lab: LabParts, response: Any) -> Any:
    stored = _find(response).lab_mapping
    return _answer(200, stored.shown(stored.state(lab.clock.time())))


def _list(lab: LabParts, response: Any) -> Any:
    backend, now = response.backend, lab.clock.time()
    source = response.querystring.get("EventSourceArn", [None])[0]
    name = response.querystring.get("FunctionName", [None])[0]
    wanted = None
    if name:
        reference = names.parse(name, None, account=backend.account_id, region=backend.region_name)
        wanted = reference.arn(backend.account_id, backend.region_name)
    found = [
        stored.shown(stored.state(now))
        for stored in (moto.lab_mapping for moto in backend._event_source_mappings.values())
        if source in (None, stored.source_arn) and wanted in (None, stored.function_arn)
    ]
    return _answer(200, page(response, "EventSourceMappings", found))


def _update(lab: LabParts, response: Any) -> Any:
    _find(response)
    moto = response.backend.update_event_source_mapping(_uuid(response), response.json_body)
    return _answer(202, moto.lab_mapping.shown(moto.lab_mapping.way))


def _delete(lab: LabParts, response: Any) -> Any:
    _find(response)
    moto = response.backend.delete_event_source_mapping(_uuid(response))
    return _answer(202, moto.lab_mapping.shown("Deleting"))


def _uuid(response: Any) -> str:
    return str(response.path.rstrip("/").rsplit("/", 1)[-1])


def _find(response: Any) -> Any:
    moto = response.backend._event_source_mappings.get(_uuid(response))
    if moto is None:
        raise error("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return moto


def _in_use(verb: str) -> Exception:
    return error("ResourceInUseException", f"Cannot {verb} the event source mapping because it is in use.", 400)


def _answer(status: int, document: dict[str, Any]) -> Any:
    return status, {"status": str(status), "content-type": "application/json"}, json.dumps(document)
