"""A function's package is checked before it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.runtime import BadPackage, DeploymentPackage
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.backend import replace
from lambdalab.services.lambda_.layers.operations import check_size, packages

from .code_in_s3 import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """Packages are checked."""
    return (
        replace(
            "LambdaFunction._set_function_code",
            ("self", "updated_spec"),
            _checked_code,
            "moto stores bytes that are no zip; AWS unpacks them and refuses",
        ),
    )


def _checked_code(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Refuse what AWS refuses to unpack; the function stays as it was."""

    def set_function_code(stored: Any, updated_spec: dict[str, Any]) -> None:
        before = {**vars(stored), "code": dict(stored.code)}
        try:
            if updated_spec.get("S3Bucket") and not updated_spec.get("DryRun"):
                # As when a function is created: moto reads what the function's own code says.
                stored.code = {member: updated_spec[member] for member in MEMBERS if updated_spec.get(member)}
                updated_spec = stored.code
            original(stored, updated_spec)
            if "ImageUri" in stored.code:
                return
            package = DeploymentPackage(stored.code_bytes)
            package.check()
            check_size(package, packages(stored))
        except Exception as problem:
            vars(stored).clear()
            vars(stored).update(before)
            if isinstance(problem, BadPackage):
                raise error("InvalidParameterValueException", str(problem)) from None
            raise

    return set_function_code
