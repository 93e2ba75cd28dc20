"""Operations that moto does not know.

- `UpdateMethod`: who may call a method, and what its requests must have
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.cloud.seams import Operation

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change

    from .place import RestApis

_MEMBERS = {
    "/authorizationType": "authorization_type",
    "/authorizerId": "authorizer_id",
    "/apiKeyRequired": "api_key_required",
    "/operationName": "operation_name",
    "/requestValidatorId": "request_validator_id",
}
_MAPS = {"/requestParameters/": "request_parameters", "/requestModels/": "request_models"}


def seams(apis: RestApis) -> tuple[Change, ...]:
    """The changes."""
    return (
        Operation(
            "UpdateMethod", _update_method, service="apigateway", module="moto.apigateway", owner="APIGatewayResponse"
        ),
    )


def _update_method(response: Any) -> tuple[int, dict[str, str], str]:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateMethod-Patch"""
    _, _, api_id, _, resource_id, _, verb = response.path.split("/")[:7]
    method = response.backend.get_method(api_id, resource_id, verb)
    changes: dict[str, Any] = {}
    for operation in json.loads(response.body).get("patchOperations") or []:
        _change(method, changes, str(operation.get("op")), str(operation.get("path")), operation.get("value"))
    authorizer = changes.get("authorizer_id", method.authorizer_id)
    if changes.get("authorization_type", method.authorization_type) in ("CUSTOM", "COGNITO_USER_POOLS"):
        known = response.backend.get_rest_api(api_id).authorizers
        if authorizer not in known:
            raise _bad(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
                "COGNITO_USER_POOLS requires a valid authorizer."
            )
    for name, value in changes.items():
        setattr(method, name, value)
    return 200, {"status": "200"}, json.dumps(method.to_json())


def _change(method: Any, changes: dict[str, Any], op: str, path: str, value: Any) -> None:
    if path in _MEMBERS and op == "replace":
        changes[_MEMBERS[path]] = value == "true" if path == "/apiKeyRequired" else value
        return
    for beginning, name in _MAPS.items():
        if path.startswith(beginning) and op in ("add", "replace", "remove"):
            key = path.removeprefix(beginning).replace("~1", "/").replace("~0", "~")
            kept = dict(changes.get(name, getattr(method, name)) or {})
            if op == "remove":
                kept.pop(key, None)
            else:
                kept[key] = value == "true" if name == "request_parameters" else value
            changes[name] = kept
            return
    raise _bad(f"Invalid patch path {path}")


def _bad(message: str) -> Exception:
    from moto.apigateway.exceptions import BadRequestException

    refused: Exception = BadRequestException(message)
    return refused
