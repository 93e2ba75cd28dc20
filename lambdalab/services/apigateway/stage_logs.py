"""What a stage writes to CloudWatch Logs about its requests: the execution log and the access log.

The execution log is API Gateway's own: `API-Gateway-Execution-Logs_<api>/<stage>`, for methods whose loggingLevel is
INFO or ERROR. It says why a request failed; what the client and the function sent is in it only with dataTraceEnabled.
The access log has one line per request, in the owner's format (accessLogSettings). The account needs a role for
writing logs (UpdateAccount); the lab does not check what that role allows.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lambdalab import rooms

from . import access_log

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.http_payload import HttpResponse

    from . import state
    from .gateway.request import ApiRequest

_LEVELS = ("INFO", "ERROR")
_LONGEST = 1024
"""Bytes of a line: AWS truncates it."""


def writes_execution_log(stage: state.Stage) -> bool:
    """Whether any of the stage's methods has a log level."""
    return any(each.get("loggingLevel") in _LEVELS for each in stage.method_settings.values())


def write(stage: state.Stage, received: ApiRequest, response: HttpResponse, clock: Clock) -> None:
    """Write about a request that has been answered, as the stage's settings say."""
    account, region, journal = received.stage.account, received.stage.region, received.journal or []
    if stage.access_log_settings:
        failure = next((entry.line for entry in journal if entry.failure), None)
        context = {**received.variables(), "integrationErrorMessage": failure}
        access_log.write(stage.access_log_settings, stage.name, account, region, context, response, clock)
    settings = _settings(stage, received)
    level = settings.get("loggingLevel")
    lines = [
        f"({received.request_id}) {entry.line}"
        for entry in journal
        if (level == "INFO" and (settings.get("dataTraceEnabled") or not entry.data))
        or (level == "ERROR" and entry.failure)
    ]
    if lines:
        group = f"API-Gateway-Execution-Logs_{received.stage.api_id}/{stage.name}"
        stream = hashlib.md5(group.encode(), usedforsecurity=False).hexdigest()
        now = int(clock.time() * 1000)
        events = [(now, line.encode()[:_LONGEST].decode("utf-8", "ignore")) for line in lines]
        rooms.part("logs", "backend").put_log_events(account, region, group, stream, events, create_group=True)


def _settings(stage: state.Stage, received: ApiRequest) -> state.Document:
    """The settings of the method, or else those of all methods."""
    found: state.Document = {}
    for key, each in stage.method_settings.items():
        name = key.replace("~1", "/")
        if name == "*/*":
            found = found or each
        elif received.resource and received.method:
            path = f"{received.resource.path}/{received.method.http_method}"
            if path in (name, f"/{name}"):
                return dict(each)
    return found
