"""The resource-based policy of a function: one for the function itself, one for each of its versions and aliases.

moto keeps a policy with the version that a qualifier means at the time; an alias that moves on would lose its
permissions. Here all statements are kept with the function, each with the ARN that it is for, and a policy is what
there is for one ARN.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.backend import parameter, replace

from .api.errors import error, statement_exists
from .versions.versions import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """AddPermission, GetPolicy and RemovePermission."""
    return (
        replace(
            "LambdaBackend.add_permission",
            ("self", "function_name", "qualifier", "raw"),
            lambda original: _add_permission,
            "moto keeps it with a version, takes a statement id twice, and leaves conditions outside of Condition",
        ),
        replace(
            "LambdaBackend.get_policy",
            ("self", "function_name", "qualifier"),
            lambda original: _get_policy,
            "moto shows what is for other versions and aliases too",
        ),
        replace(
            "LambdaResponse.remove_permission",
            ("self",),
            _remove_permission,
            "moto ignores Qualifier",
        ),
    )


def statements(backend: Any, name: str, qualifier: str | None) -> list[dict[str, Any]]:
    """What is allowed for a function, or for one of its versions or aliases."""
    function = find(backend, name)
    arn = _arn(function, qualifier)
    return [statement for statement in function.policy.statements if statement["Resource"] == arn]


def _arn(function: Any, qualifier: str | None) -> str:
    return f"{function.function_arn}:{qualifier}" if qualifier else str(function.function_arn)


def _add_permission(backend: Any, function_name: str, qualifier: str | None, raw: str) -> dict[str, Any]:
    name = backend.get_function(function_name, qualifier).function_name  # or there is no such version
    function = find(backend, name)
    given = json.loads(raw)
    sid = given.get("StatementId")
    if any(statement["Sid"] == sid for statement in statements(backend, name, qualifier)):
        raise statement_exists(sid)
    added: dict[str, Any]
    added, _ = function.policy.add_statement(raw, None)
    added["Resource"] = _arn(function, qualifier)
    added["Principal"] = _principal(given.get("Principal"))
    conditions = added.pop("Condition", {})
    if auth_type := added.pop("FunctionUrlAuthType", None):
        conditions.setdefault("StringEquals", {})["lambda:FunctionUrlAuthType"] = auth_type
    via_url = added.pop("InvokedViaFunctionUrl", None)
    if via_url is not None:
        conditions.setdefault("Bool", {})["lambda:InvokedViaFunctionUrl"] = str(bool(via_url)).lower()
    if conditions:
        added["Condition"] = conditions
    return added


def _principal(given: Any) -> Any:
    """As a policy names who was given: an account, a user or a role, or a service; "*" is everybody."""
    text = str(given)
    if text == "*":
        return text
    if text.isdecimal():
        return {"AWS": f"arn:aws:iam::{text}:root"}
    return {"AWS" if text.startswith("arn:") else "Service": text}


def _get_policy(backend: Any, function_name: str, qualifier: str | None = None) -> str:
    function = find(backend, backend.get_function(function_name, qualifier).function_name)
    found = statements(backend, function.function_name, qualifier)
    if not found:
        raise _not_found()
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": found}
    return json.dumps({"Policy": json.dumps(policy), "RevisionId": function.policy.revision})


def _remove_permission(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def remove_permission(response: Any) -> Any:
        match, qualifier = response.uri_match, parameter(response, "Qualifier")
        function = find(response.backend, match["FunctionName"])
        if not any(
            statement["Sid"] == match["StatementId"]
            for statement in statements(response.backend, function.function_name, qualifier)
        ):
            raise _not_found()
        kept, arn = function.policy.statements, _arn(function, qualifier)
        # moto checks the revision, and takes out the first with this id: let it see those of this ARN only.
        others = [statement for statement in kept if statement["Resource"] != arn]
        kept[:] = [statement for statement in kept if statement["Resource"] == arn]
        try:
            return original(response)
        finally:
            kept.extend(others)

    return remove_permission


def _not_found() -> Exception:
    return error("ResourceNotFoundException", "The resource you requested does not exist.", status=404)
