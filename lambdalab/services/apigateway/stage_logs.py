"""What a stage writes to CloudWatch Logs about its requests: the execution log and the access log.

The first is API Gateway's own: `API-Gateway-Execution-Logs_<api>/<stage>`, for methods whose loggingLevel is INFO or
ERROR; what the client and the function sent stands in it only with dataTraceEnabled. It says why a request failed.
The second is a line for each request in the owner's own words (accessLogSettings). The role that API Gateway writes
with must be set for the account (UpdateAccount); the lab does not ask what it allows.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch
from lambdalab.services.apigatewayv2.access_log import AccessLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.http_payload import HttpResponse
    from lambdalab.moto_patches import Change

    from .gateway.request import Received

_LONGEST = 1024
"""Bytes of a line: AWS cuts it there."""


def patches() -> tuple[Change, ...]:
    """The change."""
    return (
        Patch(
            "moto.apigateway.models",
            "APIGatewayBackend",
            "update_stage",
            ("self", "function_id", "stage_name", "patch_operations"),
            _update_stage,
            "moto lets a stage log when the account has no role for that",
        ),
    )


def _update_stage(original: Callable[..., Any]) -> Callable[..., Any]:
    def update(backend: Any, function_id: str, stage_name: str, patch_operations: Any) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        for each in patch_operations or []:
            path, value = str(each.get("path")), str(each.get("value") or "")
            logs = path.endswith("/logging/loglevel") and value in ("INFO", "ERROR")
            if (logs or path == "/accessLogSettings/destinationArn") and not backend.account.cloudwatch_role_arn:
                raise BadRequestException("CloudWatch Logs role ARN must be set in account settings to enable logging")
        return original(backend, function_id, stage_name, patch_operations)

    return update


def write(stage: Any, received: Received, answer: HttpResponse, clock: Clock) -> None:
    """What moto's stage wants written about a request that has been answered."""
    account, region = received.stage.account, received.stage.region
    if stage.access_log_settings:
        failure = next((entry.line for entry in received.journal if entry.failure), None)
        context = {**received.variables(), "integrationErrorMessage": failure}
        AccessLog(stage, account, region, clock).write(context, answer)
    settings = _settings(stage, received)
    level = settings.get("loggingLevel")
    lines = [
        f"({received.request_id}) {entry.line}"
        for entry in received.journal
        if (level == "INFO" and (settings.get("dataTraceEnabled") or not entry.data))
        or (level == "ERROR" and entry.failure)
    ]
    if lines:
        _append(account, region, f"API-Gateway-Execution-Logs_{received.stage.api_id}/{stage.name}", lines, clock)


def _settings(stage: Any, received: Received) -> dict[str, Any]:
    """Of the method; else of all."""
    found: dict[str, Any] = {}
    for key, each in stage.method_settings.items():
        name = key.replace("~1", "/")
        if name == "*/*":
            found = found or each
        elif received.resource and received.method:
            path = f"{received.resource.path}/{received.method.http_method}"
            if path in (name, f"/{name}"):
                return dict(each)
    return found


def _append(account: str, region: str, group: str, lines: list[str], clock: Clock) -> None:
    from moto.logs.models import logs_backends

    backend = logs_backends[account][region]
    stream = hashlib.md5(group.encode(), usedforsecurity=False).hexdigest()
    backend.ensure_log_group(group)
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    now = int(clock.time() * 1000)
    cut = (line.encode()[:_LONGEST].decode("utf-8", "ignore") for line in lines)
    backend.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in cut])
