"""The access log of a stage: a line for each request, in the format that its AccessLogSettings say.

It is the only place where an HTTP API says why it answered 500: `$context.integrationErrorMessage`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpRequest

from .gateway.expressions import Values, find

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.http_payload import HttpResponse

_VARIABLE = re.compile(r"\$context\.[A-Za-z][\w.-]*\w")
_STREAM = "http-api"


class AccessLog:
    """Of one stage; it writes nothing if the stage does not ask for it."""

    def __init__(self, stage: Any, account: str, region: str, clock: Clock) -> None:
        settings = stage.access_log_settings or {}
        self._format = str(settings.get("format") or "")
        self._group = str(settings.get("destinationArn") or "").removesuffix(":*").rpartition(":log-group:")[2]
        self._stream = f"{stage.name.replace('$', '')}-{_STREAM}"
        self._account, self._region, self._clock = account, region, clock

    def write(self, context: dict[str, Any], answer: HttpResponse) -> None:
        """One line about a request that has been answered. A log that is not there is nobody's failure."""
        if not self._format or not self._group:
            return
        length = str(len(answer.body))
        values = Values(
            HttpRequest("GET", "/", "", {}),
            context={**context, "status": str(answer.status), "responseLength": length},
        )
        line = _VARIABLE.sub(lambda found: find(found[0], values) or "-", self._format)
        from moto.logs.models import logs_backends

        backend = logs_backends[self._account][self._region]
        with contextlib.suppress(Exception):
            if self._stream not in backend.groups[self._group].streams:
                backend.create_log_stream(self._group, self._stream)
            backend.put_log_events(
                self._group, self._stream, [{"timestamp": int(self._clock.time() * 1000), "message": line}]
            )
