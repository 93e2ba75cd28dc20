"""A function's configuration as AWS returns it, and the members that moto drops.

What moto forgets when a function is made or updated is kept in `stored.settings`, by AWS's names. AWS leaves out a
member that has no value; moto answers null, or an empty list. Compared with the answers of a real account (without
its numbers): CreateFunction, GetFunction, UpdateFunction…, PublishVersion, ListVersionsByFunction.

With a LogGroup of its own, the function logs there. What LogFormat and the log levels do: `lambdalab.runtime.logs`.

The lab's own: `RuntimeVersionArn` names no version that AWS has released. `ConfigSha256`, new in the model, is left
out: AWS does not say how it is computed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.backend import replace

from . import state
from .engine_function import engine_function, log_group
from .logging_config import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_KEPT = ("FileSystemConfigs", "LoggingConfig", "SnapStart", "TenancyConfig", "KMSKeyArn")
_LISTS_OMIT = frozenset(
    [
        "State",
        "StateReason",
        "StateReasonCode",
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "RuntimeVersionConfig",
    ]
)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Functions keep what they are given, and show it as on AWS."""
    return (
        replace(
            "LambdaFunction.__init__",
            ("self", "account_id", "spec", "region", "version"),
            lambda original: _create(lab, original),
            "moto forgets several settings, and a new function is Active at once",
        ),
        replace(
            "LambdaFunction.update_configuration",
            ("self", "config_updates"),
            lambda original: _update_configuration(lab, original),
            "moto forgets most settings on update, and an update is done at once",
        ),
        replace(
            "LambdaFunction.update_function_code",
            ("self", "updated_spec"),
            lambda original: _update_code(lab, original),
            "moto forgets the architecture; an update is done at once and does not move LastModified",
        ),
        replace(
            "LambdaFunction.get_configuration",
            ("self", "on_create"),
            lambda original: _document(lab, original),
            "moto answers null where AWS leaves a member out, and has no RevisionId, LoggingConfig and more",
        ),
    )


def as_listed(document: dict[str, Any]) -> dict[str, Any]:
    """A configuration in a list: AWS leaves out what tells of its state."""
    return {name: value for name, value in document.items() if name not in _LISTS_OMIT}


def _create(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    def __init__(stored: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        stored.settings = {}
        original(stored, account_id, spec, region, version)
        _keep(stored, spec)
        state.deploy(lab, stored, "creation")

    return __init__


def _update_configuration(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        before = engine_function(stored)
        given = {name: value for name, value in config_updates.items() if value is not None}
        if "Environment" in given:
            given["Environment"] = {"Variables": given["Environment"].get("Variables") or {}}
        original(stored, given)
        _keep(stored, given)
        if (given.get("EphemeralStorage") or {}).get("Size"):
            stored.ephemeral_storage = given["EphemeralStorage"]["Size"]
        if (given.get("TracingConfig") or {}).get("Mode"):
            stored.tracing_config = {"Mode": given["TracingConfig"]["Mode"]}
        state.deploy(lab, stored, "update", before)
        return _in_progress(stored)

    return update_configuration


def _update_code(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def update_function_code(stored: Any, updated_spec: dict[str, Any]) -> Any:
        if updated_spec.get("DryRun"):
            original(stored, updated_spec)
            return stored.get_configuration()
        before = engine_function(stored)
        original(stored, updated_spec)
        if updated_spec.get("Architectures"):
            stored.architectures = updated_spec["Architectures"]
        state.deploy(lab, stored, "update", before)
        return _in_progress(stored)

    return update_function_code


def _in_progress(stored: Any) -> dict[str, Any]:
    """The answer to an update."""
    document: dict[str, Any] = stored.get_configuration()
    del document["LastUpdateStatus"]
    return {**document, **stored.deployment.fields(under_way=True)}


def _keep(stored: Any, spec: dict[str, Any]) -> None:
    """Remember what moto does not. Nothing is changed in place: versions share these dictionaries."""
    now = stored.settings
    stored.settings = {**now, **{name: spec[name] for name in _KEPT if spec.get(name) is not None}}
    if spec.get("LoggingConfig") is not None:
        stored.settings["LoggingConfig"] = merged(now.get("LoggingConfig", {}), spec["LoggingConfig"])
    if spec.get("Environment") is not None:
        stored.settings["Environment"] = True


def _document(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def get_configuration(stored: Any, on_create: bool = False) -> dict[str, Any]:
        document: dict[str, Any] = original(stored, on_create)
        for name in ("State", "LastUpdateStatus"):
            document.pop(name, None)
        settings = stored.settings
        if "Environment" in settings:
            document["Environment"] = {"Variables": dict(stored.environment_vars or {})}
        document["KMSKeyArn"] = settings.get("KMSKeyArn")
        document["FileSystemConfigs"] = settings.get("FileSystemConfigs")
        document["TenancyConfig"] = settings.get("TenancyConfig")
        document["LoggingConfig"] = _logging(stored)
        document["SnapStart"] = _snap_start(stored)
        if stored.package_type == "Zip":
            document["RuntimeVersionConfig"] = {"RuntimeVersionArn": _runtime_version(stored)}
        under_way = on_create or stored.deployment.under_way(lab.clock.time())
        document.update(stored.deployment.fields(under_way))
        return {name: value for name, value in document.items() if value is not None and value != []}

    return get_configuration


def _logging(stored: Any) -> dict[str, str]:
    given = stored.settings.get("LoggingConfig", {})
    answer = {"LogFormat": given.get("LogFormat") or "Text", "LogGroup": log_group(stored)}
    if answer["LogFormat"] == "JSON":
        answer["ApplicationLogLevel"] = given.get("ApplicationLogLevel") or "INFO"
        answer["SystemLogLevel"] = given.get("SystemLogLevel") or "INFO"
    return answer


def _snap_start(stored: Any) -> dict[str, str]:
    apply_on = stored.settings.get("SnapStart", {}).get("ApplyOn") or "None"
    published = stored.version != "$LATEST"
    return {
        "ApplyOn": apply_on,
        "OptimizationStatus": "On" if apply_on == "PublishedVersions" and published else "Off",
    }


def _runtime_version(stored: Any) -> str:
    digest = hashlib.sha256(f"lambdalab {stored.run_time}".encode()).hexdigest()
    return f"arn:aws:lambda:{stored.region}::runtime:{digest}"
