"""LoggingConfig: what goes together, and what an update keeps.

Log levels filter JSON; with LogFormat Text they are refused, in AWS's words. An update that names some members keeps
the others (AWS's examples change a log group by naming only that; whether levels are kept as well, they do not say),
and one that goes back to Text drops the levels. What the settings do: `lambdalab.runtime.logs.system_log`, `log_level`.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.backend import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Checked when a function is created or changed."""
    why = "moto ignores LoggingConfig"
    return tuple(
        replace(f"LambdaResponse.{name}", ("self",), _checked, why)
        for name in ("create_function", "update_function_configuration")
    )


def _checked(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(response: Any) -> Any:
        body = json.loads(response.body)
        if wanted := body.get("LoggingConfig"):
            now: dict[str, Any] = {}
            if "FunctionName" not in body:  # an update
                now = response.backend.get_function(str(response.function_name)).settings.get("LoggingConfig", {})
            check(now, wanted)
        return original(response)

    return checked


def check(now: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse levels for a log in text. `now` is what the function has."""
    text = (wanted.get("LogFormat") or now.get("LogFormat") or "Text") == "Text"
    if text and any(wanted.get(name) for name in _LEVELS):
        raise error(
            "InvalidParameterValueException",
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change '
            'the LogFormat to "Json" and try again.',
        )


def merged(now: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What the function has after a change that has been checked."""
    result = {**now, **{name: value for name, value in wanted.items() if value is not None}}
    if result.get("LogFormat") != "JSON":
        for name in _LEVELS:
            result.pop(name, None)
    return result
