"""Versions: published, listed, deleted; and what a qualifier means.

Publishing takes a picture of $LATEST: code and configuration, under a number that is never used again. Nothing is
published when nothing has changed since the last time; the call answers with the version that is there.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.api import names
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.operation import body_of, function_name, latest_of, replaced, respond
from lambdalab.services.lambda_.api.paging import page
from lambdalab.services.lambda_.backend import (
    FunctionAlreadyExists,
    Policy,
    aliases_in,
    backend_of,
    functions_by_arn,
    functions_of,
    parameter,
    replace,
    resource_of,
)
from lambdalab.services.lambda_.functions import state
from lambdalab.services.lambda_.functions.configuration import as_listed
from lambdalab.services.lambda_.functions.engine_function import engine_function, has_snap_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.lambda_.simulated_latency import SimulatedLatency
    from lambdalab.services.parts import LabParts

LATEST = names.LATEST


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations on functions and their versions."""
    return (
        replaced(
            "create_function",
            lambda r: _create_function(lab, r),
            "moto says the function is Active, and copies all logs of the account when it publishes",
        ),
        replaced(
            "update_function_code",
            lambda r: _update_code(lab, r),
            "moto ignores RevisionId, updates a published version as well, and unpacks the code twice",
        ),
        replaced(
            "update_function_configuration",
            lambda r: _update_configuration(lab, r),
            "moto ignores RevisionId and updates a published version as well",
        ),
        replaced("get_function", _get_function, "moto's ARN lacks an alias that was asked for"),
        replaced("get_function_configuration", _get_configuration, "moto's ARN lacks an alias that was asked for"),
        replaced("list_functions", _list_functions, "moto has no pages, and shows states where AWS leaves them out"),
        replaced("publish_version", lambda r: _publish_version(lab, r), "moto ignores CodeSha256 and RevisionId"),
        replaced("list_versions_by_function", _list_versions, "moto finds no ARN, and answers for any name"),
        replaced("delete_function", lambda r: _delete(lab, r), "moto deletes versions that aliases point to"),
        replaced("tag_resource", lambda r: _tag(r, _add_tags), "moto answers 200, and tags versions"),
        replaced("untag_resource", lambda r: _tag(r, _remove_tags), "moto untags versions"),
        replace(
            "LambdaStorage.publish_version",
            ("self", "name_or_arn", "description"),
            lambda original: (
                lambda storage, name_or_arn, description="": _publish_from_moto(lab, storage, name_or_arn, description)
            ),
            "moto publishes twice what has not changed, and uses numbers again",
        ),
        replace(
            "LambdaBackend.delete_function",
            ("self", "function_name", "qualifier"),
            lambda original: (
                lambda backend, function_name, qualifier=None: delete(lab, backend, function_name, qualifier)
            ),
            "a deleted function's execution environments end with it",
        ),
        replace(
            "LambdaStorage.get_arn",
            ("self", "arn"),
            _get_arn,
            "moto invokes $LATEST where a service names a version or an alias",
        ),
    )


# What a qualifier means -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """What an invocation runs."""

    stored: Any
    """The version, as moto stores it."""
    arn: str
    """As the caller named it."""


def target(lab: LabParts, backend: Any, name: str, qualifier: str | None) -> Target:
    """The version that this invocation runs: an alias with weights throws the dice each time."""
    stored = backend.get_function(name, qualifier)
    reference = names.Reference(stored.function_name, qualifier)
    return Target(choose_version(lab.pace, stored, qualifier), reference.arn(stored.account_id, stored.region))


def choose_version(pace: SimulatedLatency, stored: Any, qualifier: str | None) -> Any:
    """The version that an alias leads to this time; `stored` if the qualifier is no alias with weights."""
    backend = backend_of(stored.account_id, stored.region)
    alias = aliases_of(backend, stored.function_name).get(qualifier or "")
    for version, weight in (((alias and alias.routing_config) or {}).get("AdditionalVersionWeights") or {}).items():
        if pace.random.random() < weight:
            return backend.get_function(stored.function_name, version)
    return stored


def find(backend: Any, name: str) -> Any:
    """$LATEST of a function; or the error of an operation that needs it."""
    return backend.get_function(name)


def aliases_of(backend: Any, name: str) -> dict[str, Any]:
    """A function's aliases, by name."""
    aliases: dict[str, Any] = aliases_in(backend)[_arn(backend, name)]
    return aliases


def not_found(backend: Any, name: str, qualifier: str) -> Exception:
    """No such version."""
    return error("ResourceNotFoundException", f"Function not found: {_arn(backend, name, qualifier)}", 404)


def _arn(backend: Any, name: str, qualifier: str | None = None) -> str:
    return names.Reference(name, qualifier).arn(backend.account_id, backend.region_name)


def _get_arn(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def get_arn(storage: Any, arn: str) -> Any:
        found = original(storage, arn)
        _, name, qualifier = storage.split_function_arn(arn)
        return storage.get_function_by_name_with_qualifier(name, qualifier) if found and qualifier else found

    return get_arn


# Create and update ------------------------------------------------------------------------------------------------


def _create_function(lab: LabParts, response: Any) -> Any:
    backend, spec = response.backend, response.json_body
    name = spec["FunctionName"]
    if name in functions_of(backend):
        raise FunctionAlreadyExists(name)
    publishes = spec.pop("Publish", False)
    spec = {member: value for member, value in spec.items() if value is not None}
    document = backend.create_function(spec).get_configuration(on_create=True)
    if publishes:
        document["Version"] = str(publish(lab, backend, name).version)
    return respond(document, 201)


def _update_code(lab: LabParts, response: Any) -> Any:
    backend, body = response.backend, response.json_body
    stored = _changeable(lab, response, body)
    document = stored.update_function_code(body)
    if body.get("Publish") and not body.get("DryRun"):
        document = publish(lab, backend, stored.function_name).get_configuration(on_create=True)
    return respond(document)


def _update_configuration(lab: LabParts, response: Any) -> Any:
    body = body_of(response)
    return respond(_changeable(lab, response, body).update_configuration(body))


def _changeable(lab: LabParts, response: Any, body: dict[str, Any]) -> Any:
    """The function that is to be updated, if it may be."""
    stored = latest_of(response)
    state.refuse_if_changing(lab, stored)
    state.expect_revision(body.get("RevisionId"), state.revision_id(lab, stored))
    return stored


# Get and list -----------------------------------------------------------------------------------------------------


def _get_function(response: Any) -> Any:
    backend, qualifier = response.backend, parameter(response, "Qualifier")
    stored = backend.get_function(function_name(response), qualifier)
    answer = stored.get_code()
    answer["Configuration"] = _qualified(backend, answer["Configuration"], stored, qualifier)
    latest = find(backend, stored.function_name)
    answer.pop("Tags", None)
    if latest.tags:
        answer["Tags"] = latest.tags
    return respond(answer)


def _get_configuration(response: Any) -> Any:
    backend, qualifier = response.backend, parameter(response, "Qualifier")
    stored = backend.get_function(function_name(response), qualifier)
    return respond(_qualified(backend, stored.get_configuration(), stored, qualifier))


def _qualified(backend: Any, document: dict[str, Any], stored: Any, qualifier: str | None) -> dict[str, Any]:
    """With the ARN that was asked for: a qualifier stays in it."""
    return {**document, "FunctionArn": _arn(backend, stored.function_name, qualifier)}


def _list_functions(response: Any) -> Any:
    backend = response.backend
    functions = functions_of(backend)
    if parameter(response, "FunctionVersion") == "ALL":
        documents = [document for name in sorted(functions) for document in _versions(backend, name)]
        return respond(page(response, "Functions", documents))
    found = page(response, "Functions", sorted(functions))
    found["Functions"] = [as_listed(functions[name]["latest"].get_configuration()) for name in found["Functions"]]
    return respond(found)


def _list_versions(response: Any) -> Any:
    name = latest_of(response).function_name
    return respond(page(response, "Versions", _versions(response.backend, name)))


def _versions(backend: Any, name: str) -> list[dict[str, Any]]:
    group = functions_of(backend)[name]
    latest = {**group["latest"].get_configuration(), "FunctionArn": _arn(backend, name, LATEST)}
    return [as_listed(document) for document in (latest, *(each.get_configuration() for each in group["versions"]))]


# Publish ----------------------------------------------------------------------------------------------------------


def _publish_version(lab: LabParts, response: Any) -> Any:
    body, backend = body_of(response), response.backend
    latest = latest_of(response)
    state.refuse_if_changing(lab, latest)
    digest = body.get("CodeSha256")
    if digest and digest != latest.code_sha_256:
        raise error(
            "InvalidParameterValueException",
            f"CodeSHA256 ({digest}) is different from current CodeSHA256 in $LATEST ({latest.code_sha_256}). "
            "Please try again with the CodeSHA256 in $LATEST.",
        )
    state.expect_revision(body.get("RevisionId"), state.revision_id(lab, latest))
    known = list(functions_of(backend)[latest.function_name]["versions"])
    version = publish(lab, backend, latest.function_name, body.get("Description") or "")
    pending = has_snap_start(version) and version not in known
    return respond(version.get_configuration(on_create=pending), 201)


def _publish_from_moto(lab: LabParts, storage: Any, name_or_arn: str, description: str = "") -> Any:
    """moto's own way to publish, for CloudFormation."""
    latest = storage.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    backend = backend_of(storage.account_id, storage.region_name)
    return publish(lab, backend, latest.function_name, description)


def publish(lab: LabParts, backend: Any, name: str, description: str = "") -> Any:
    """A new version with what $LATEST is now; or the last one, if that is the same."""
    group = functions_of(backend)[name]
    latest, versions = group["latest"], group["versions"]
    if versions and versions[-1].deployment.id == latest.deployment.id:
        return versions[-1]
    numbers: dict[str, int] = backend.__dict__.setdefault("_lab_versions", {})  # outlives the function
    numbers[name] = numbers.get(name, 0) + 1
    version = copy.copy(latest)
    modified = latest.last_modified
    version.set_version(numbers[name])
    version.last_modified = modified
    version.deployment = state.as_published(latest)
    version.code = dict(latest.code)
    version.tags, version.event_invoke_config = {}, []
    version.url_config, version.reserved_concurrency = None, None
    version.policy = Policy(latest)  # moto puts the qualifier behind the ARN of the policy's parent
    if description:
        version.description = description
    versions.append(version)
    functions_by_arn(backend)[version.function_arn] = version
    if has_snap_start(version):
        state.take_snapshot(lab, version, engine_function(version))
    return version


# Delete -----------------------------------------------------------------------------------------------------------


def _delete(lab: LabParts, response: Any) -> Any:
    delete(lab, response.backend, function_name(response), parameter(response, "Qualifier"))
    return respond(None, 204)


def delete(lab: LabParts, backend: Any, name: str, qualifier: str | None = None) -> None:
    """Delete a function, or one version of it, and end its execution environments."""
    if qualifier == LATEST:
        raise _invalid("$LATEST version cannot be deleted without deleting the function.")
    if qualifier and not qualifier.isdecimal():
        raise _invalid("Deletion of aliases is not currently supported.")
    latest = find(backend, name)
    versions = functions_of(backend)[latest.function_name]["versions"]
    if qualifier is None:
        del functions_of(backend)[latest.function_name]
        for stored in (latest, *versions):
            functions_by_arn(backend).pop(stored.function_arn, None)
        aliases_in(backend).pop(latest.function_arn, None)
        lab.queue.forget(latest.function_arn)
        lab.engine.forget(latest.function_arn)
        return
    users = [alias.name for alias in aliases_of(backend, latest.function_name).values() if _uses(alias, qualifier)]
    if users:
        raise error(
            "ResourceConflictException",
            f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]",
            409,
        )
    for stored in [each for each in versions if str(each.version) == qualifier]:  # none: AWS says nothing either
        versions.remove(stored)
        functions_by_arn(backend).pop(stored.function_arn, None)
        lab.engine.forget(latest.function_arn, qualifier)


def _uses(alias: Any, version: str) -> bool:
    return version == alias.function_version or version in (
        (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    )


# Tags -------------------------------------------------------------------------------------------------------------


def _tag(response: Any, change: Callable[[Any, dict[str, str]], dict[str, str]]) -> Any:
    from urllib.parse import unquote

    arn = unquote(response.path.rsplit("/", 1)[-1])
    if ":function:" not in arn:
        resource = resource_of(response.backend, arn)
        resource.tags = change(response, resource.tags)
        return respond(None, 204)
    reference = names.parse(arn, None, account=response.current_account, region=response.region)
    if reference.qualifier:
        raise _invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    stored = find(response.backend, reference.name)
    stored.tags = change(response, stored.tags)
    state.touch(stored)
    return respond(None, 204)


def _add_tags(response: Any, tags: dict[str, str]) -> dict[str, str]:
    from lambdalab.services.lambda_.api.quotas import TAGS

    tags = {**tags, **response.json_body["Tags"]}
    if len(tags) > TAGS:
        raise _invalid("Number of tags exceeds resource tag limit.")
    return tags


def _remove_tags(response: Any, tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in response.querystring["tagKeys"]}


def _invalid(message: str) -> Exception:
    return error("InvalidParameterValueException", message)
