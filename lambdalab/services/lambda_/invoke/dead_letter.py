"""DeadLetterConfig of a function: the queue or topic that gets the events which it gave up.

What AWS says of a target that is neither is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.backend import replace
from lambdalab.services.lambda_.functions.execution_role import DEAD_LETTER_SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """Kept, changed and shown with the function."""
    methods = (
        ("__init__", ("self", "account_id", "spec", "region", "version"), _keep),
        ("update_configuration", ("self", "config_updates"), _update),
        ("get_configuration", ("self", "on_create"), _tell),
    )
    return tuple(
        replace(f"LambdaFunction.{name}", parameters, change, "moto drops DeadLetterConfig")
        for name, parameters, change in methods
    )


def target_of(stored: Any) -> str | None:
    """A published version keeps the one that it was published with."""
    return getattr(stored, "dead_letter_target", None)


def _set(stored: Any, spec: dict[str, Any]) -> None:
    if spec.get("DeadLetterConfig") is None:
        return
    target = spec["DeadLetterConfig"].get("TargetArn") or None
    if target is not None and destinations.service_of(target) not in DEAD_LETTER_SERVICES:
        raise error(
            "InvalidParameterValueException",
            f"The dead-letter queue {target} is invalid: it must be an SQS queue or an SNS topic.",
        )
    stored.dead_letter_target = target


def _keep(original: Callable[..., None]) -> Callable[..., None]:
    def init(stored: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        original(stored, account_id, spec, region, version)
        _set(stored, spec)

    return init


def _update(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        _set(stored, config_updates)
        return original(stored, config_updates)

    return update_configuration


def _tell(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def get_configuration(stored: Any, on_create: bool = False) -> dict[str, Any]:
        configuration = original(stored, on_create)
        if target := target_of(stored):
            configuration["DeadLetterConfig"] = {"TargetArn": target}
        return configuration

    return get_configuration
