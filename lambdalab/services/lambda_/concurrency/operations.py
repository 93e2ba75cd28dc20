"""Reserved and provisioned concurrency, and the account's numbers.

What is reserved or provisioned, the engine counts (`lambdalab.runtime.admission`); here are the operations. Provisioned
concurrency belongs to a version, or to an alias and so to the version that it points to: when the alias moves, the
environments follow. How AWS shares it between the two versions of a weighted alias is not documented; here, by weight.
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.moto_patches import AddedOperation, Patch
from lambdalab.runtime import CannotReserve
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.operation import body_of, function_name, latest_of, replaced, respond
from lambdalab.services.lambda_.api.paging import page
from lambdalab.services.lambda_.backend import aliases_in, functions_of, replace
from lambdalab.services.lambda_.functions.engine_function import engine_function
from lambdalab.services.lambda_.functions.snapstart import refuse_provisioned

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.runtime.admission import Account
    from lambdalab.services.lambda_.api.operation import Answer
    from lambdalab.services.parts import LabParts


_TOTAL_CODE_SIZE = 300 << 30
_UNZIPPED = 250 << 20
_ZIPPED = 50 << 20


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations on concurrency, and what keeps the engine's numbers up to date."""

    def done(name: str, handler: Callable[[LabParts, Any], Answer], why: str) -> Patch:
        return replaced(name, lambda r: handler(lab, r), why)

    def added(name: str, handler: Callable[[LabParts, Any], Answer]) -> AddedOperation:
        return AddedOperation(name, lambda r: handler(lab, r))

    def followed(name: str) -> Patch:
        why = "provisioned concurrency follows the versions and aliases that it belongs to"
        return replace(f"LambdaResponse.{name}", ("self",), lambda original: _then_follow(lab, original), why)

    return (
        done("put_function_concurrency", _put_reserved, "moto stores the number, checks and limits nothing"),
        done("get_function_concurrency", _get_reserved, "moto answers null where AWS answers nothing"),
        done("delete_function_concurrency", _delete_reserved, "the engine must hear of it"),
        replace("LambdaFunction.get_code", ("self",), _tell_reserved, "moto does not show a 0"),
        replace(
            "LambdaBackend.create_function",
            ("self", "spec"),
            lambda original: _create(lab, original),
            "CloudFormation sets reserved concurrency when it creates a function",
        ),
        added("PutProvisionedConcurrencyConfig", _put_provisioned),
        added("GetProvisionedConcurrencyConfig", _get_provisioned),
        added("ListProvisionedConcurrencyConfigs", _list_provisioned),
        added("DeleteProvisionedConcurrencyConfig", _delete_provisioned),
        added("GetAccountSettings", _account_settings),
        followed("update_alias"),
        followed("delete_alias"),
        followed("delete_function"),
    )


# Reserved concurrency ---------------------------------------------------------------------------------------------


def _put_reserved(lab: LabParts, response: Any) -> Answer:
    latest = latest_of(response)
    concurrency = int(body_of(response)["ReservedConcurrentExecutions"])
    _reserve(lab, latest, concurrency)
    latest.reserved_concurrency = concurrency
    return respond({"ReservedConcurrentExecutions": concurrency})


def _get_reserved(lab: LabParts, response: Any) -> Answer:
    reserved = latest_of(response).reserved_concurrency
    return respond({} if reserved is None else {"ReservedConcurrentExecutions": int(reserved)})


def _delete_reserved(lab: LabParts, response: Any) -> Answer:
    latest = latest_of(response)
    _reserve(lab, latest, None)
    latest.reserved_concurrency = None
    return respond(None, 204)


def _reserve(lab: LabParts, latest: Any, concurrency: int | None) -> None:
    try:
        lab.engine.account(_arn(latest)).reserve(_arn(latest), concurrency)
    except CannotReserve as problem:
        raise error("InvalidParameterValueException", str(problem)) from None


def _tell_reserved(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def get_code(stored: Any) -> dict[str, Any]:
        answer = original(stored)
        if stored.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": int(stored.reserved_concurrency)}
        return answer

    return get_code


def _create(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        stored = original(backend, spec)
        if stored.reserved_concurrency is not None:
            stored.reserved_concurrency = int(stored.reserved_concurrency)
            try:
                _reserve(lab, stored, stored.reserved_concurrency)
            except BaseException:
                backend.delete_function(stored.function_name)
                raise
        return stored

    return create_function


# Provisioned concurrency ------------------------------------------------------------------------------------------


def _put_provisioned(lab: LabParts, response: Any) -> Answer:
    latest, qualifier = latest_of(response), _qualifier(response)
    if qualifier == "$LATEST":
        raise _unpublished()
    concurrency = int(json.loads(response.body)["ProvisionedConcurrentExecutions"])
    configs = _configs(latest)
    _refuse_second_config(response.backend, latest, qualifier)
    refuse_provisioned(response.backend.get_function(latest.function_name, qualifier))
    before = configs.get(qualifier)
    configs[qualifier] = config = {"requested": concurrency, "modified": _now(lab)}
    try:
        _follow(lab, response.backend, latest)
    except CannotReserve as problem:
        configs.pop(qualifier)
        if before is not None:
            configs[qualifier] = before
        _follow(lab, response.backend, latest)
        raise error("InvalidParameterValueException", str(problem)) from None
    document = {
        "RequestedProvisionedConcurrentExecutions": concurrency,
        "AvailableProvisionedConcurrentExecutions": 0,
        "AllocatedProvisionedConcurrentExecutions": 0,
        "Status": "IN_PROGRESS",
        "LastModified": config["modified"],
    }
    return respond(document, 202)


def _get_provisioned(lab: LabParts, response: Any) -> Answer:
    latest, qualifier = latest_of(response), _qualifier(response)
    _versions(response.backend, latest, qualifier)
    config = _configs(latest).get(qualifier)
    if config is None:
        message = "No Provisioned Concurrency Config found for this function"
        raise error("ProvisionedConcurrencyConfigNotFoundException", message, 404)
    return respond(_document(lab, response.backend, latest, qualifier))


def _list_provisioned(lab: LabParts, response: Any) -> Answer:
    latest = latest_of(response)
    documents = [
        {"FunctionArn": f"{_arn(latest)}:{qualifier}", **_document(lab, response.backend, latest, qualifier)}
        for qualifier in sorted(_configs(latest))
    ]
    return respond(page(response, "ProvisionedConcurrencyConfigs", documents))


def _delete_provisioned(lab: LabParts, response: Any) -> Answer:
    latest, qualifier = latest_of(response), _qualifier(response)
    _versions(response.backend, latest, qualifier)
    _configs(latest).pop(qualifier, None)
    _follow(lab, response.backend, latest)
    return respond(None, 204)


def _document(lab: LabParts, backend: Any, latest: Any, qualifier: str) -> dict[str, Any]:
    """A configuration and how far it has come. What runs counts as available too: AWS's words leave it open."""
    config = _configs(latest)[qualifier]
    states = [
        lab.engine.provisioned(_arn(latest), version)
        for version in _shares(backend, latest, qualifier, config["requested"])
    ]
    allocated = min(config["requested"], sum(state.allocated for state in states))
    statuses = {state.status for state in states}
    status = next((each for each in ("FAILED", "IN_PROGRESS") if each in statuses), "READY")
    document = {
        "RequestedProvisionedConcurrentExecutions": config["requested"],
        "AvailableProvisionedConcurrentExecutions": allocated,
        "AllocatedProvisionedConcurrentExecutions": allocated,
        "Status": status,
        "LastModified": config["modified"],
    }
    for state in states:
        if state.failure:
            document["StatusReason"] = state.failure
    return document


def _refuse_second_config(backend: Any, latest: Any, qualifier: str) -> None:
    """A version has one configuration: its own, or that of one alias which points to it."""
    versions = _versions(backend, latest, qualifier)
    is_alias = qualifier not in versions
    for other in _configs(latest):
        if other == qualifier or not versions.keys() & _versions(backend, latest, other).keys():
            continue
        if is_alias:
            message = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        else:
            message = "Version is pointed by a Provisioned Concurrency alias"
        raise error("ResourceConflictException", message, 409)


def _versions(backend: Any, latest: Any, qualifier: str) -> dict[str, float]:
    """The published versions that a qualifier means, with their weights."""
    alias = aliases_in(backend)[latest.function_arn].get(qualifier)
    if alias is None:
        if not qualifier.isdigit():
            raise error("ResourceNotFoundException", f"Cannot find alias arn: {_arn(latest)}:{qualifier}", 404)
        backend.get_function(latest.function_name, qualifier)  # or the error of one that is not there
        return {qualifier: 1.0}
    if alias.function_version == "$LATEST":
        raise _unpublished()
    others = {
        version: float(weight)
        for version, weight in ((alias.routing_config or {}).get("AdditionalVersionWeights") or {}).items()
    }
    return {str(alias.function_version): 1 - sum(others.values()), **others}


def _shares(backend: Any, latest: Any, qualifier: str, concurrency: int) -> dict[str, int]:
    """How a configuration's concurrency is spread over versions: all of it, and most to the first."""
    (first, _), *others = _versions(backend, latest, qualifier).items()
    rest = {version: int(concurrency * weight) for version, weight in others}
    return {first: concurrency - sum(rest.values()), **rest}


def _follow(lab: LabParts, backend: Any, latest: Any) -> None:
    """Have the engine keep what the configurations say now. Less first, so that there is room for more."""
    wanted: dict[str, int] = {}
    for qualifier, config in _configs(latest).items():
        for version, concurrency in _shares(backend, latest, qualifier, config["requested"]).items():
            wanted[version] = wanted.get(version, 0) + concurrency
    stored = {str(each.version): each for each in functions_of(backend)[latest.function_name]["versions"]}
    now = {version: lab.engine.provisioned(_arn(latest), version).requested for version in stored}
    for version in sorted(stored, key=lambda version: wanted.get(version, 0) - now[version]):
        if wanted.get(version, 0) != now[version] or now[version]:
            lab.engine.provision(engine_function(stored[version]), wanted.get(version, 0))


def _then_follow(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """After a change of versions or aliases."""

    def method(response: Any) -> Any:
        name = function_name(response)
        answer = original(response)
        backend = response.backend
        group = functions_of(backend).get(name)
        if group is not None and (configs := _configs(group["latest"])):
            aliases = aliases_in(backend)[group["latest"].function_arn]
            versions = {str(each.version) for each in group["versions"]}
            for gone in [qualifier for qualifier in configs if qualifier not in {*aliases, *versions}]:
                del configs[gone]
            _follow(lab, backend, group["latest"])
        return answer

    return method


def _configs(latest: Any) -> dict[str, dict[str, Any]]:
    """By qualifier. They hang on the function, and end with it."""
    configs: dict[str, dict[str, Any]] = vars(latest).setdefault("_lab_provisioned", {})
    return configs


# The account ------------------------------------------------------------------------------------------------------


def _account_settings(lab: LabParts, response: Any) -> Answer:
    backend = response.backend
    account: Account = lab.engine.account(f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function:any")
    groups = list(functions_of(backend).values())
    functions = [stored for group in groups for stored in (group["latest"], *group["versions"])]
    layers = [version for layer in backend.list_layers() for version in backend.list_layer_versions(layer["LayerName"])]
    return respond(
        {
            "AccountLimit": {
                "TotalCodeSize": _TOTAL_CODE_SIZE,
                "CodeSizeUnzipped": _UNZIPPED,
                "CodeSizeZipped": _ZIPPED,
                "ConcurrentExecutions": account.limits.concurrency,
                "UnreservedConcurrentExecutions": account.unreserved,
            },
            "AccountUsage": {
                "TotalCodeSize": sum(each.code_size for each in (*functions, *layers)),
                "FunctionCount": len(groups),
            },
        }
    )


# ------------------------------------------------------------------------------------------------------------------


def _qualifier(response: Any) -> str:
    in_name = unquote(str(response.uri_match["FunctionName"])).split("function:")[-1].partition(":")[2]
    return str(in_name or response.querystring["Qualifier"][0])


def _arn(stored: Any) -> str:
    """Without a version."""
    return ":".join(stored.function_arn.split(":")[:7])


def _now(lab: LabParts) -> str:
    return f"{datetime.fromtimestamp(lab.clock.time(), UTC):%Y-%m-%dT%H:%M:%S+0000}"


def _unpublished() -> Exception:
    return error(
        "InvalidParameterValueException",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )
