"""Operations that create and change a REST API, where moto's answer differs from AWS's.

- API ids are random and 10 characters long: a request to an API needs no signature, so its id must not be guessable.
- A deployment is a snapshot, and a stage that is deployed again keeps its settings.
- Media types, validation expressions and other settings that moto drops are kept.
- What AWS rejects is rejected: methods without an integration, resources that exist already, stages of deployments
  that do not exist, unknown authorizers, headers that no method response declares.

Each function gets moto's own method first (`original`), then that method's arguments. Where AWS's wording is not known,
the error messages are the lab's. https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any

from . import errors
from .deployments import deploy
from .gateway.definition import DEFAULT_TIMEOUT_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import state
    from .deployments import Deployments

    Original = Callable[..., Any]
    """moto's own method, bound to its object."""

_ID_CHARACTERS = string.ascii_lowercase + string.digits
_STAGE_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_-")
_KEY_CHARACTERS = string.ascii_letters + string.digits


# APIs -------------------------------------------------------------------------------------------------------------


def new_api_id() -> str:
    """A random id."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(10))


def create_rest_api(original: Original, call: state.Call) -> state.Answer:
    """CreateRestApi, with the settings that moto drops."""
    status, headers, body = original()
    api = call.backend.apis.get(json.loads(body).get("id"))
    if api is None:
        return status, headers, body
    if kinds := call.body.get("binaryMediaTypes"):
        api.binaryMediaTypes = list(kinds)
    if version := call.body.get("version"):
        api.version = version
    return 201, {**headers, "status": "201"}, json.dumps(api.to_dict())


def patch_api(original: Original, api: state.RestApi, patch_operations: list[state.Document]) -> None:
    """UpdateRestApi."""
    for each in patch_operations:
        path, value = str(each.get("path", "")), each.get("value")
        if path.startswith("/binaryMediaTypes"):
            kind = path.removeprefix("/binaryMediaTypes").lstrip("/").replace("~1", "/") or str(value or "")
            _patch_media_type(api.binaryMediaTypes, each["op"], kind, str(value or ""))
        elif path == "/disableExecuteApiEndpoint":
            api.disableExecuteApiEndpoint = str(value).lower() == "true"
        elif path == "/minimumCompressionSize":
            api.minimum_compression_size = int(value) if value not in (None, "") else None
        elif path == "/policy":
            api.policy = value or None
        else:
            original([{"value": None, **each}])


def _patch_media_type(kinds: list[str], operation: str, kind: str, value: str) -> None:
    if operation in ("remove", "replace") and kind in kinds:
        kinds.remove(kind)
    if operation == "add" and kind not in kinds:
        kinds.append(kind)
    if operation == "replace" and value:
        kinds.append(value.replace("~1", "/"))


# Deployments and stages -------------------------------------------------------------------------------------------


def create_deployment(
    original: Original,
    deployments: Deployments,
    api: state.RestApi,
    name: str,
    description: str,
    stage_variables: dict[str, Any] | None = None,
) -> state.Deployment:
    """CreateDeployment, once it is known to be valid: the snapshot, and the stage if one is named."""
    before = api.stages.get(name) if name else None
    deployment: state.Deployment = original(name, description, stage_variables)
    deployments[deployment] = deploy(api)
    if before is not None:
        before.deployment_id = deployment.id
        before.variables = {**before.variables, **(stage_variables or {})}
        api.stages[name] = before
    return deployment


def check_deployment(
    original: Original,
    backend: state.Backend,
    function_id: str,
    name: str,
    description: str = "",
    stage_variables: Any = None,
) -> Any:
    """CreateDeployment: every method needs an integration."""
    api = backend.get_rest_api(function_id)
    methods = [method for each in api.resources.values() for method in each.resource_methods.values()]
    if methods and any(method.method_integration is None for method in methods):
        raise errors.bad_request("No integration defined for method")
    if name:
        _check_stage_name(name)
    return original(function_id, name, description, stage_variables)


def create_stage(
    original: Original, api: state.RestApi, name: str, deployment_id: str, *rest: Any, **more: Any
) -> state.Stage:
    """CreateStage, of a deployment that exists."""
    if deployment_id not in api.deployments:
        raise errors.bad_request("Deployment id does not exist")
    _check_stage_name(name)
    created: state.Stage = original(name, deployment_id, *rest, **more)
    return created


def _check_stage_name(name: str) -> None:
    if not name or not _STAGE_CHARACTERS.issuperset(name):
        raise errors.bad_request("Stage name only allows a-zA-Z0-9_-")


def update_stage(
    original: Original, backend: state.Backend, function_id: str, stage_name: str, patch_operations: Any
) -> Any:
    """UpdateStage: a stage writes logs only if the account has a role for that (UpdateAccount)."""
    for each in patch_operations or []:
        path, value = str(each.get("path")), str(each.get("value") or "")
        logs = path.endswith("/logging/loglevel") and value in ("INFO", "ERROR")
        if (logs or path == "/accessLogSettings/destinationArn") and not backend.account.cloudwatch_role_arn:
            raise errors.bad_request("CloudWatch Logs role ARN must be set in account settings to enable logging")
    return original(function_id, stage_name, patch_operations)


# Resources, methods, integrations ---------------------------------------------------------------------------------


def create_resource(
    original: Original, backend: state.Backend, function_id: str, parent_resource_id: str, path_part: str
) -> Any:
    """CreateResource: names are unique below a parent, and so is the variable."""
    api = backend.get_rest_api(function_id)
    if path_part:
        parent = backend.get_resource(function_id, parent_resource_id)
        if parent.path_part.endswith("+}"):
            raise errors.bad_request(
                f"Cannot create a child of a resource with a greedy path variable: {parent.get_path()}"
            )
        siblings = [each.path_part for each in api.resources.values() if each.parent_id == parent_resource_id]
        if path_part in siblings:
            raise errors.conflict(f"Another resource with the same parent already has this name: {path_part}")
        variable = next((each for each in siblings if _is_variable(each)), None)
        if _is_variable(path_part) and variable:
            raise errors.bad_request(
                f"A sibling ({variable}) of this resource already has a variable path part -- only one is allowed"
            )
    return original(function_id, parent_resource_id, path_part)


def _is_variable(path_part: str) -> bool:
    return path_part.startswith("{") and not path_part.endswith("+}")


def delete_resource(original: Original, backend: state.Backend, function_id: str, resource_id: str) -> Any:
    """DeleteResource deletes everything below it as well."""
    api = backend.get_rest_api(function_id)
    resource = backend.get_resource(function_id, resource_id)
    if resource.parent_id is None:
        raise errors.bad_request("Resource / cannot be deleted")
    below = [resource_id]
    for each in below:
        below += [child.id for child in api.resources.values() if child.parent_id == each]
    for each in below[1:]:
        api.resources.pop(each, None)
    return api.resources.pop(resource_id)


def put_method(
    original: Original,
    backend: state.Backend,
    function_id: str,
    resource_id: str,
    method_type: str,
    authorization_type: Any,
    *rest: Any,
    **more: Any,
) -> Any:
    """PutMethod: the authorizer must exist."""
    check_authorizer(backend.get_rest_api(function_id), authorization_type, more.get("authorizer_id"))
    return original(function_id, resource_id, method_type, authorization_type, *rest, **more)


def check_authorizer(api: state.RestApi, authorization_type: str | None, authorizer_id: str | None) -> None:
    """A method with an authorizer names one of the API's."""
    if authorization_type in ("CUSTOM", "COGNITO_USER_POOLS") and authorizer_id not in api.authorizers:
        raise errors.bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
            "requires a valid authorizer."
        )


def put_integration(
    original: Original, backend: state.Backend, function_id: str, resource_id: str, *rest: Any, **more: Any
) -> state.Integration:
    """PutIntegration, with AWS's defaults."""
    made: state.Integration = original(function_id, resource_id, *rest, **more)
    made.passthrough_behaviour = made.passthrough_behaviour or "WHEN_NO_MATCH"
    made.timeout_in_millis = made.timeout_in_millis or DEFAULT_TIMEOUT_MS
    made.cache_namespace = made.cache_namespace or resource_id
    return made


def put_integration_response(
    original: Original,
    backend: state.Backend,
    function_id: str,
    resource_id: str,
    method_type: str,
    status_code: str,
    selection_pattern: Any = None,
    response_templates: Any = None,
    response_parameters: Any = None,
    content_handling: Any = None,
) -> Any:
    """PutIntegrationResponse sets only headers that the method response declares."""
    declared = backend.get_method(function_id, resource_id, method_type).get_response(status_code)
    names = set((declared.response_parameters if declared else None) or ())
    unknown = [each for each in response_parameters or () if each not in names]
    if unknown:
        listed = ", ".join(f"Invalid mapping expression parameter specified: {each}" for each in unknown)
        raise errors.bad_request(
            f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{listed}]"
        )
    return original(
        function_id,
        resource_id,
        method_type,
        status_code,
        selection_pattern,
        response_templates,
        response_parameters,
        content_handling,
    )


def init_authorizer(
    original: Original,
    authorizer: state.Authorizer,
    authorizer_id: Any,
    name: Any,
    authorizer_type: Any,
    **kwargs: Any,
) -> None:
    """A new authorizer keeps its identityValidationExpression, which moto spells in two ways."""
    original(authorizer_id, name, authorizer_type, **kwargs)
    authorizer.identity_validation_expression = kwargs.get("identity_validation_expression") or kwargs.get(
        "identiy_validation_expression"
    )


# API keys and usage plans -----------------------------------------------------------------------------------------


def init_api_key(original: Original, key: state.ApiKey, api_key_id: str, *rest: Any, **more: Any) -> None:
    """A new API key has a random value, unless CreateApiKey names one."""
    original(api_key_id, *rest, **more)
    if not (more.get("value") or rest[4:5]):
        key.value = "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(40))


def patch_plan(original: Original, plan: state.UsagePlan, patch_operations: list[state.Document]) -> None:
    """UpdateUsagePlan, with rates that are not whole numbers, and limits for a stage or a method."""
    for each in patch_operations:
        parts = str(each.get("path", "")).split("/")[1:]
        if parts[:1] == ["throttle"] and len(parts) == 2 and each["op"] in ("add", "replace"):
            plan.throttle[parts[1]] = _number(parts[1], each["value"])
        elif parts[:1] == ["quota"] and len(parts) == 2 and each["op"] in ("add", "replace"):
            plan.quota[parts[1]] = each["value"] if parts[1] == "period" else int(each["value"])
        elif parts[:1] == ["apiStages"] and len(parts) > 2:
            _patch_stage_of_plan(plan, parts, each)
        else:
            original([{"value": None, **each}])


def _patch_stage_of_plan(plan: state.UsagePlan, parts: list[str], operation: state.Document) -> None:
    """/apiStages/API:STAGE/throttle/PATH/METHOD/rateLimit; a shorter path removes limits."""
    api_id, _, name = parts[1].partition(":")
    stage = next((each for each in plan.api_stages if (each["apiId"], each["stage"]) == (api_id, name)), None)
    if stage is None:
        raise errors.not_found("Usage Plan Stage not found")
    limits = stage.setdefault("throttle", {})
    method = "/".join(part.replace("~1", "/") for part in parts[3:5])
    if operation["op"] == "remove":
        limits.pop(method, None) if method else limits.clear()
    elif len(parts) == 6:
        limits.setdefault(method, {})[parts[5]] = _number(parts[5], operation["value"])


def _number(name: str, value: Any) -> float | int:
    return int(value) if name == "burstLimit" else float(value)
