"""SnapStart: for which functions it can be switched on.

The setting is stored and shown (`configuration.py`: ApplyOn, and OptimizationStatus On for published versions). When a
version is published, `versions.py` has the engine take its snapshot, and `state.py` shows how far that is. What a
snapshot is made of here, and where it differs from AWS's: `lambdalab.runtime.processes.snapshots`.

That a runtime is not supported is worded as on AWS; the other refusals follow its form. SnapStartException and
SnapStartTimeoutException have the words of AWS's model; a real message has not been seen.

Not part of this lab: snapshots are not renewed, nor, with Java, deleted after 14 days without a call, so that no
version becomes Inactive and SnapStartNotReadyException is never answered. What is charged for a snapshot and for a
restore (not with Java) stands in no log, here as on AWS; Duration, and the hooks after a restore, are billed as the
log says.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.operation import latest_of
from lambdalab.services.lambda_.backend import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_TMP_MB = 512
_RUNTIME = re.compile(r"python3\.(\d+)|java(\d+)|dotnet(\d+)")
_FIRST = (12, 11, 8)
"""The first versions of Python 3, Java and .NET that can."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """What cannot go together is refused when a function is created or changed."""
    why = "moto ignores SnapStart"
    return tuple(
        replace(f"LambdaResponse.{name}", ("self",), _checked, why)
        for name in ("create_function", "update_function_configuration")
    )


def _checked(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(response: Any) -> Any:
        wanted = json.loads(response.body)
        if "FunctionName" not in wanted:
            wanted = {**_now(latest_of(response)), **wanted}
        check(wanted)
        return original(response)

    return checked


def check(configuration: dict[str, Any]) -> None:
    """Refuse a configuration with SnapStart that Lambda would refuse."""
    if (configuration.get("SnapStart") or {}).get("ApplyOn") != "PublishedVersions":
        return
    runtime = configuration.get("Runtime") or "ContainerImage"
    found = _RUNTIME.match(runtime)
    supported = found and any(
        number and int(number) >= first for number, first in zip(found.groups(), _FIRST, strict=True)
    )
    if not supported:
        raise _refused(runtime)
    if ((configuration.get("EphemeralStorage") or {}).get("Size") or _TMP_MB) > _TMP_MB:
        raise _refused(f"Ephemeral storage larger than {_TMP_MB} MB")
    if configuration.get("FileSystemConfigs"):
        raise _refused("Amazon EFS")


def refuse_provisioned(stored: Any) -> None:
    """SnapStart and provisioned concurrency are two ways to one end: a version has one of them."""
    if (stored.settings.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions":
        raise _refused("Provisioned Concurrency")


def _refused(what: str) -> Exception:
    return error("InvalidParameterValueException", f"{what} is not supported for SnapStart enabled functions.")


def _now(stored: Any) -> dict[str, Any]:
    """The function's configuration, as far as it matters here."""
    return {
        "Runtime": stored.run_time,
        "EphemeralStorage": {"Size": stored.ephemeral_storage},
        "FileSystemConfigs": stored.settings.get("FileSystemConfigs"),
        "SnapStart": stored.settings.get("SnapStart"),
    }
