"""Aliases: names that point to a version, or to two with weights.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html. Which version an invocation of a weighted
alias runs, `versions.target` decides, with the lab's dice.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.delivery.invocation import NotReady
from lambdalab.services.lambda_.api import names
from lambdalab.services.lambda_.api.errors import error, refused
from lambdalab.services.lambda_.api.operation import body_of, function_name, latest_of, replaced, respond
from lambdalab.services.lambda_.api.paging import page
from lambdalab.services.lambda_.backend import LambdaAlias, functions_of, parameter
from lambdalab.services.lambda_.functions.state import expect_revision, refuse_failed

from .versions import LATEST, aliases_of, not_found

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations on aliases."""
    return (
        replaced("create_alias", _create, "moto checks no weights, and answers null for none"),
        replaced("update_alias", _update, "moto checks no weights, ignores RevisionId, and answers 201"),
        replaced("get_alias", _get, "moto answers 201, and null where there are no weights"),
        replaced("delete_alias", _delete, "moto answers 201"),
        replaced("list_aliases", _list, "moto ignores FunctionVersion, and has no pages"),
    )


def _create(response: Any) -> Any:
    body, backend = body_of(response), response.backend
    name, version = body["Name"], body["FunctionVersion"]
    function = _existing_version(backend, function_name(response), version)
    weights = _weights(backend, function, version, body.get("RoutingConfig"))
    aliases = aliases_of(backend, function)
    if name in aliases:
        raise error("ResourceConflictException", f"Alias already exists: {aliases[name].arn}", 409)
    aliases[name] = LambdaAlias(
        account_id=backend.account_id,
        region=backend.region_name,
        name=name,
        function_name=function,
        function_version=version,
        description=body.get("Description") or "",
        routing_config=weights,
    )
    return respond(_document(aliases[name]), 201)


def _update(response: Any) -> Any:
    body, backend, alias = body_of(response), response.backend, _alias(response)
    expect_revision(body.get("RevisionId"), alias.revision_id)
    version = body.get("FunctionVersion") or alias.function_version
    function = _existing_version(backend, function_name(response), version)
    routing = body.get("RoutingConfig")
    weights = _weights(backend, function, version, alias.routing_config if routing is None else routing)
    alias.function_version, alias.routing_config, alias.revision_id = version, weights, str(uuid.uuid4())
    if body.get("Description") is not None:
        alias.description = body["Description"]
    return respond(_document(alias))


def _get(response: Any) -> Any:
    return respond(_document(_alias(response)))


def _delete(response: Any) -> Any:
    function = latest_of(response).function_name
    aliases_of(response.backend, function).pop(_alias_name(response), None)
    return respond(None, 204)


def _list(response: Any) -> Any:
    function = latest_of(response).function_name
    only = parameter(response, "FunctionVersion")
    aliases = sorted(aliases_of(response.backend, function).values(), key=lambda alias: str(alias.name))
    shown = [_document(alias) for alias in aliases if only in (None, alias.function_version)]
    return respond(page(response, "Aliases", shown))


def _alias(response: Any) -> Any:
    backend, name = response.backend, _alias_name(response)
    function = latest_of(response).function_name
    alias = aliases_of(backend, function).get(name)
    if alias is None:
        arn = names.Reference(function, name).arn(backend.account_id, backend.region_name)
        raise error("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404)
    return alias


def _alias_name(response: Any) -> str:
    return unquote(str(response.uri_match["Name"]))


def _existing_version(backend: Any, function: str, version: str) -> str:
    """The function's name, if it has that version."""
    if function not in functions_of(backend):
        raise not_found(backend, function, version)
    group = functions_of(backend)[function]
    found = [each for each in group["versions"] if str(each.version) == version]
    if version != LATEST and not found:
        raise not_found(backend, function, version)
    for each in found:
        try:
            refuse_failed(each)
        except NotReady as refusal:
            raise refused(refusal) from None
    return function


def _weights(backend: Any, function: str, version: str, routing: dict[str, Any] | None) -> dict[str, Any] | None:
    """A routing configuration that holds, or None without one. The model's rules have been checked."""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if not weights:
        return None
    if len(weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if version == LATEST:
        raise _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    (additional,) = weights
    if additional == version:
        raise _invalid(
            f"Invalid function version {version}. "
            f"Function version {version} is already included in routing configuration."
        )
    _existing_version(backend, function, additional)
    return {"AdditionalVersionWeights": {additional: float(weights[additional])}}


def _document(alias: Any) -> dict[str, Any]:
    """As AWS returns it: without RoutingConfig where there is none."""
    return {name: value for name, value in alias.to_json().items() if value is not None}


def _invalid(message: str) -> Exception:
    return error("InvalidParameterValueException", message)
