"""The access log of a stage: one line per request, in the format of its AccessLogSettings. For both kinds of APIs.

For an HTTP API it is the only place that says why the response was a 500: `$context.integrationErrorMessage`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab import rooms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.clock import Clock
    from lambdalab.http_payload import HttpResponse

_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.-]*\w)")


def write(
    settings: Mapping[str, Any],
    stage: str,
    account: str,
    region: str,
    context: Mapping[str, Any],
    response: HttpResponse,
    clock: Clock,
) -> None:
    """Write the line of a request that has been answered. If the log group does not exist, nothing is written."""
    line_format = str(settings.get("format") or "")
    group = str(settings.get("destinationArn") or "").removesuffix(":*").rpartition(":log-group:")[2]
    if not line_format or not group:
        return
    values = {**context, "status": str(response.status), "responseLength": str(len(response.body))}
    line = _VARIABLE.sub(lambda found: _text(values, found[1]) or "-", line_format)
    rooms.part("logs", "backend").put_log_events(
        account, region, group, f"{stage.replace('$', '')}-http-api", [(int(clock.time() * 1000), line)]
    )


def _text(values: Mapping[str, Any], path: str) -> str | None:
    """The value of a variable of $context: "authorizer.claims.sub"."""
    found: Any = values.get(path)
    if found is None:
        found = values
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, separators=(",", ":"))
