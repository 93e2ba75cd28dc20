"""The five operations on event source mappings.

They work on moto's backend, which CloudFormation uses too; moto's responses only turn the results into answers.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.polled import NotInThisLab
from lambdalab.services.lambda_ import backend as door
from lambdalab.services.lambda_.api import names
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.paging import page

from . import checks, pollers, settings
from .sources import source_of
from .stored import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.delivery.polled import EventSource
    from lambdalab.moto_patches import Change, Patch
    from lambdalab.services.parts import LabParts

_WHY = "moto checks next to nothing of a mapping, knows no states, and ignores most settings"
_OF_START = ("StartingPosition", "StartingPositionTimestamp")


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations."""

    def operation(name: str, handler: Callable[[LabParts, Any], Any]) -> Patch:
        return door.replace(f"LambdaResponse.{name}", ("self",), lambda original: _method(lab, handler), _WHY)

    return (
        operation("create_event_source_mapping", _create),
        operation("get_event_source_mapping", _get),
        operation("list_event_source_mappings", _list),
        operation("update_event_source_mapping", _update),
        operation("delete_event_source_mapping", _delete),
        door.replace(
            "LambdaBackend.create_event_source_mapping",
            ("self", "spec"),
            lambda original: lambda backend, spec: create(lab, backend, spec),
            _WHY,
        ),
        door.replace(
            "LambdaBackend.update_event_source_mapping",
            ("self", "uuid", "spec"),
            lambda original: lambda backend, uuid, spec: update(lab, backend, uuid, spec),
            _WHY,
        ),
        door.replace(
            "LambdaBackend.delete_event_source_mapping",
            ("self", "uuid"),
            lambda original: lambda backend, uuid: delete(lab, backend, uuid),
            _WHY,
        ),
    )


def _method(lab: LabParts, handler: Callable[[LabParts, Any], Any]) -> Callable[[Any], Any]:
    def method(response: Any) -> Any:  # moto looks for plain functions only
        return handler(lab, response)

    return method


# On moto's backend ---------------------------------------------------------------------------------------------------


def create(lab: LabParts, backend: Any, spec: dict[str, Any]) -> Any:
    """Create a mapping; moto's object for it."""
    spec = {name: value for name, value in spec.items() if value is not None}
    source_arn = spec.get("EventSourceArn") or ""
    with checks.refusals():
        if not source_arn and spec.get("SelfManagedEventSource"):
            raise NotInThisLab(f"{settings.UNSUPPORTED['SelfManagedEventSource']} (SelfManagedEventSource)")
        source = source_of(source_arn)
        own = {**settings.defaults(source), **settings.given(spec)}
        source.check_start(source_arn, *(spec.get(name) for name in _OF_START))
        function_arn, function = _function(backend, spec.get("FunctionName") or "")
        checks.check_settings(source, source_arn, own)
        checks.check_function(lab.enforcement, source, source_arn, function, own)
    _refuse_duplicate(backend, source, source_arn, function_arn)
    own |= {name: spec[name] for name in _OF_START if name in spec}
    now, name = lab.clock.time(), spec["FunctionName"]
    moto = door.new_mapping(backend, str(uuid.uuid4()), name, function_arn, source_arn, spec.get("Tags"))
    moto.lab_mapping = Stored(
        uuid=moto.uuid,
        arn=moto.arn,
        source_arn=source_arn,
        source=source,
        function_arn=function_arn,
        settings=own,
        enabled=settings.enabled(spec, True),
        modified=now,
        transition="Creating",
        until=now + lab.pace.deployment_seconds,
    )
    door.mappings_of(backend)[moto.uuid] = moto
    pollers.start(lab, moto.lab_mapping)
    return moto


def update(lab: LabParts, backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
    """Change what is given, keep the rest. None: there is no such mapping."""
    moto = door.mappings_of(backend).get(uuid)
    if moto is None:
        return None
    stored: Stored = moto.lab_mapping
    now = lab.clock.time()
    if stored.in_transition(now):
        raise _in_use("update")
    spec = {name: value for name, value in spec.items() if value is not None}
    own = {**stored.settings, **settings.given(spec)}
    function_arn, function = _function(backend, spec.get("FunctionName") or stored.function_arn)
    with checks.refusals():
        checks.check_settings(stored.source, stored.source_arn, own)
        checks.check_function(lab.enforcement, stored.source, stored.source_arn, function, own)
    if function_arn != stored.function_arn:
        _refuse_duplicate(backend, stored.source, stored.source_arn, function_arn)
    stored.change(
        function_arn=function_arn,
        settings=own,
        enabled=settings.enabled(spec, stored.enabled),
        now=now,
        until=now + lab.pace.deployment_seconds,
    )
    moto.function_arn = function_arn
    pollers.wake_when_ready(lab, stored)
    return moto


def delete(lab: LabParts, backend: Any, uuid: str) -> Any:
    """Stop polling. None: there is no such mapping."""
    mappings = door.mappings_of(backend)
    moto = mappings.get(uuid)
    if moto is not None:
        if moto.lab_mapping.in_transition(lab.clock.time()):
            raise _in_use("delete")
        del mappings[uuid]
        lab.pollers.remove(uuid)
    return moto


def _function(backend: Any, name: str) -> tuple[str, Any]:
    """The function, with the qualifier that was given: its ARN, and moto's object."""
    reference = names.parse(name, None, account=backend.account_id, region=backend.region_name)
    arn = reference.arn(backend.account_id, backend.region_name)
    function = door.find_function(arn)
    if function is None:
        raise error("InvalidParameterValueException", "Function does not exist")
    return arn, function


def _refuse_duplicate(backend: Any, source: EventSource, source_arn: str, function_arn: str) -> None:
    """A source has one mapping to a function."""
    for other in door.mappings_of(backend).values():
        if other.lab_mapping.source_arn == source_arn and other.lab_mapping.function_arn == function_arn:
            known = source.already_mapped(source_arn, function_arn.split(":", 6)[6])
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
        for stored in (moto.lab_mapping for moto in door.mappings_of(backend).values())
        if source in (None, stored.source_arn) and wanted in (None, stored.function_arn)
    ]
    return _answer(200, page(response, "EventSourceMappings", found))


def _update(lab: LabParts, response: Any) -> Any:
    _find(response)
    moto = response.backend.update_event_source_mapping(_uuid(response), response.json_body)
    return _answer(202, moto.lab_mapping.shown(moto.lab_mapping.transition))


def _delete(lab: LabParts, response: Any) -> Any:
    _find(response)
    moto = response.backend.delete_event_source_mapping(_uuid(response))
    return _answer(202, moto.lab_mapping.shown("Deleting"))


def _uuid(response: Any) -> str:
    return str(response.path.rstrip("/").rsplit("/", 1)[-1])


def _find(response: Any) -> Any:
    moto = door.mappings_of(response.backend).get(_uuid(response))
    if moto is None:
        raise error("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return moto


def _in_use(verb: str) -> Exception:
    return error("ResourceInUseException", f"Cannot {verb} the event source mapping because it is in use.", 400)


def _answer(status: int, document: dict[str, Any]) -> Any:
    return status, {"status": str(status), "content-type": "application/json"}, json.dumps(document)
