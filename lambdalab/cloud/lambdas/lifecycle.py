"""What happens to a function's code and configuration between its creation and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.cloud.seams import Seam
from lambdalab.runtime import BadPackage, DeploymentPackage

from .errors import error
from .layers import check_size, packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.runtime import Engine

    from .context import Context


def seams(context: Context) -> tuple[Seam, ...]:
    """Packages are checked; the engine hears of updates and ends."""
    return (
        Seam(
            "moto.awslambda.models",
            "LambdaFunction",
            "_set_function_code",
            ("self", "updated_spec"),
            _checked_code,
            "moto stores bytes that are no zip; AWS unpacks them and refuses",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaBackend",
            "delete_function",
            ("self", "function_name", "qualifier"),
            lambda original: _delete(context.engine, original),
            "a deleted function's execution environments end with it",
        ),
        Seam(
            "moto.awslambda.models",
            "LambdaFunction",
            "update_configuration",
            ("self", "config_updates"),
            _touch,
            "AWS moves LastModified on every update; the engine tells revisions apart by it",
        ),
    )


def _checked_code(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Refuse what AWS refuses to unpack; the function stays as it was."""

    def set_function_code(stored: Any, updated_spec: dict[str, Any]) -> None:
        before = {**vars(stored), "code": dict(stored.code)}
        original(stored, updated_spec)
        if "ImageUri" in stored.code:
            return
        try:
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


def _delete(engine: Engine, original: Callable[..., None]) -> Callable[..., None]:
    def delete_function(backend: Any, function_name: str, qualifier: str | None = None) -> None:
        stored = backend.get_function(function_name, qualifier)
        original(backend, function_name, qualifier)
        engine.forget(stored.function_arn)

    return delete_function


def _touch(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        from moto.core.utils import iso_8601_datetime_with_nanoseconds

        stored.last_modified = iso_8601_datetime_with_nanoseconds()
        return original(stored, config_updates)

    return update_configuration
