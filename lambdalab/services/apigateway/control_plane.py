"""The operations that make and change a REST API, where moto answers otherwise than AWS.

- Ids of APIs are random, 10 characters: the front door lets in who knows one.
- A deployment is a snapshot; a stage that is deployed again keeps its settings. moto's own way of answering requests to
  an API, which knows neither, is switched off.
- Media types, validation expressions and other settings that moto drops are kept.
- What AWS refuses is refused: methods without integration, resources that are there already, stages of deployments that
  are not, authorizers that are not, headers that no method response declares.

Where AWS's sentence is not known, it is the lab's.
https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch

from .deployments import deploy, keep
from .gateway.definition import DEFAULT_TIMEOUT_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change

_MODELS = "moto.apigateway.models"
_LETTERS = string.ascii_lowercase + string.digits


def patches() -> tuple[Change, ...]:
    """The changes."""
    return (
        Patch(
            "moto.apigateway.utils",
            "ApigwRestApiIdentifier",
            "generate",
            ("self", "existing_ids", "tags"),
            lambda original: _new_id,
            "an id opens the front door: it must come from secrets, and nobody may choose it",
        ),
        Patch(
            _MODELS,
            "RestAPI",
            "update_integration_mocks",
            ("self", "stage_name"),
            lambda original: lambda api, stage_name: None,
            "the front door answers requests to APIs",
        ),
        Patch(
            _MODELS,
            "RestAPI",
            "create_deployment",
            ("self", "name", "description", "stage_variables"),
            _create_deployment,
            "in moto a deployment is no snapshot, and a stage that is deployed again loses its settings",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "create_deployment",
            ("self", "function_id", "name", "description", "stage_variables"),
            _check_deployment,
            "moto deploys methods without an integration",
        ),
        Patch(
            _MODELS,
            "RestAPI",
            "create_stage",
            (
                "self",
                "name",
                "deployment_id",
                "variables",
                "description",
                "cacheClusterEnabled",
                "cacheClusterSize",
                "tags",
                "tracing_enabled",
            ),
            _create_stage,
            "moto makes stages of deployments that are not there",
        ),
        Patch(
            "moto.apigateway.responses",
            "APIGatewayResponse",
            "create_rest_api",
            ("self",),
            _create_rest_api,
            "moto drops binaryMediaTypes and version",
        ),
        Patch(
            _MODELS,
            "RestAPI",
            "apply_patch_operations",
            ("self", "patch_operations"),
            _patch_api,
            "moto reads no media type from a path, and takes any text for true",
        ),
        Patch(
            _MODELS,
            "Authorizer",
            "__init__",
            ("self", "authorizer_id", "name", "authorizer_type", "kwargs"),
            _authorizer,
            "moto drops identityValidationExpression: it spells it in two ways",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "put_method",
            (
                "self",
                "function_id",
                "resource_id",
                "method_type",
                "authorization_type",
                "api_key_required",
                "request_parameters",
                "request_models",
                "operation_name",
                "authorizer_id",
                "authorization_scopes",
                "request_validator_id",
            ),
            _put_method,
            "moto takes authorizers that are not there",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "put_integration",
            (
                "self",
                "function_id",
                "resource_id",
                "method_type",
                "integration_type",
                "uri",
                "integration_method",
                "credentials",
                "request_templates",
                "passthrough_behavior",
                "tls_config",
                "cache_namespace",
                "timeout_in_millis",
                "request_parameters",
                "content_handling",
                "connection_type",
            ),
            _put_integration,
            "moto leaves out what AWS sets where nothing is said",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "put_integration_response",
            (
                "self",
                "function_id",
                "resource_id",
                "method_type",
                "status_code",
                "selection_pattern",
                "response_templates",
                "response_parameters",
                "content_handling",
            ),
            _put_integration_response,
            "moto takes headers that no method response declares",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "create_resource",
            ("self", "function_id", "parent_resource_id", "path_part"),
            _create_resource,
            "moto makes a resource twice, and any number of parameters at one place",
        ),
        Patch(
            _MODELS,
            "APIGatewayBackend",
            "delete_resource",
            ("self", "function_id", "resource_id"),
            _delete_resource,
            "moto leaves what is below a resource",
        ),
        Patch(
            _MODELS,
            "ApiKey",
            "__init__",
            (
                "self",
                "api_key_id",
                "name",
                "description",
                "enabled",
                "generateDistinctId",
                "value",
                "stageKeys",
                "tags",
                "customerId",
            ),
            _api_key,
            "a key is a secret, and must come from secrets",
        ),
        Patch(
            _MODELS,
            "UsagePlan",
            "apply_patch_operations",
            ("self", "patch_operations"),
            _patch_plan,
            "moto takes whole numbers for rates only, and no limits of a stage or a method",
        ),
        Patch(
            "moto.apigateway.exceptions",
            "NotFoundException",
            "__init__",
            ("self", "message"),
            _not_found,
            "moto answers 400 to what is not there",
        ),
    )


def _new_id(identifier: Any, existing_ids: list[str] | None = None, tags: Any = None) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _create_deployment(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(api: Any, name: str, description: str, stage_variables: Any = None) -> Any:
        before = api.stages.get(name) if name else None
        deployment = original(api, name, description, stage_variables)
        keep(deployment, deploy(api))
        if before is not None:
            before.deployment_id = deployment.id
            before.variables = {**before.variables, **(stage_variables or {})}
            api.stages[name] = before
        return deployment

    return create


def _check_deployment(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(backend: Any, function_id: str, name: str, description: str = "", stage_variables: Any = None) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        api = backend.get_rest_api(function_id)
        methods = [method for each in api.resources.values() for method in each.resource_methods.values()]
        if methods and any(method.method_integration is None for method in methods):
            raise BadRequestException("No integration defined for method")
        if name and not set(name) <= set(string.ascii_letters + string.digits + "_-"):
            raise BadRequestException("Stage name only allows a-zA-Z0-9_-")
        return original(backend, function_id, name, description, stage_variables)

    return create


def _create_stage(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(api: Any, name: str, deployment_id: str, *rest: Any, **more: Any) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        if deployment_id not in api.deployments:
            raise BadRequestException("Deployment id does not exist")
        if not name or not set(name) <= set(string.ascii_letters + string.digits + "_-"):
            raise BadRequestException("Stage name only allows a-zA-Z0-9_-")
        return original(api, name, deployment_id, *rest, **more)

    return create


def _create_rest_api(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def create(response: Any) -> Any:
        status, headers, body = original(response)
        made = json.loads(body)
        api = response.backend.apis.get(made.get("id"))
        if api is None:
            return status, headers, body
        if kinds := response._get_param("binaryMediaTypes"):
            api.binaryMediaTypes = list(kinds)
        if version := response._get_param("version"):
            api.version = version
        return 201, {**headers, "status": 201}, json.dumps(api.to_dict())

    return create


def _patch_api(original: Callable[..., None]) -> Callable[..., None]:
    def apply(api: Any, patch_operations: list[dict[str, Any]]) -> None:
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
                original(api, [{"value": None, **each}])

    return apply


def _patch_media_type(kinds: list[str], operation: str, kind: str, value: str) -> None:
    if operation in ("remove", "replace") and kind in kinds:
        kinds.remove(kind)
    if operation == "add" and kind not in kinds:
        kinds.append(kind)
    if operation == "replace" and value:
        kinds.append(value.replace("~1", "/"))


def _authorizer(original: Callable[..., None]) -> Callable[..., None]:
    def init(authorizer: Any, authorizer_id: Any, name: Any, authorizer_type: Any, **kwargs: Any) -> None:
        expression = kwargs.get("identity_validation_expression") or kwargs.get("identiy_validation_expression")
        original(authorizer, authorizer_id, name, authorizer_type, **kwargs)
        authorizer.identity_validation_expression = expression

    return init


def _put_method(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(
        backend: Any,
        function_id: str,
        resource_id: str,
        method_type: str,
        authorization_type: Any,
        *rest: Any,
        **more: Any,
    ) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        known = backend.get_rest_api(function_id).authorizers
        if authorization_type in ("CUSTOM", "COGNITO_USER_POOLS") and more.get("authorizer_id") not in known:
            raise BadRequestException(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
                "requires a valid authorizer."
            )
        return original(backend, function_id, resource_id, method_type, authorization_type, *rest, **more)

    return put


def _put_integration(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(backend: Any, function_id: str, resource_id: str, *rest: Any, **more: Any) -> Any:
        made = original(backend, function_id, resource_id, *rest, **more)
        made.passthrough_behaviour = made.passthrough_behaviour or "WHEN_NO_MATCH"
        made.timeout_in_millis = made.timeout_in_millis or DEFAULT_TIMEOUT_MS
        made.cache_namespace = made.cache_namespace or resource_id
        return made

    return put


def _put_integration_response(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(
        backend: Any,
        function_id: str,
        resource_id: str,
        method_type: str,
        status_code: str,
        selection_pattern: Any = None,
        response_templates: Any = None,
        response_parameters: Any = None,
        content_handling: Any = None,
    ) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        declared = backend.get_method(function_id, resource_id, method_type).get_response(status_code)
        names = set((declared.response_parameters if declared else None) or ())
        unknown = [each for each in response_parameters or () if each not in names]
        if unknown:
            errors = ", ".join(f"Invalid mapping expression parameter specified: {each}" for each in unknown)
            raise BadRequestException(
                f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{errors}]"
            )
        return original(
            backend,
            function_id,
            resource_id,
            method_type,
            status_code,
            selection_pattern,
            response_templates,
            response_parameters,
            content_handling,
        )

    return put


def _create_resource(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(backend: Any, function_id: str, parent_resource_id: str, path_part: str) -> Any:
        from moto.apigateway.exceptions import BadRequestException, ConflictException

        api = backend.get_rest_api(function_id)
        if path_part:
            parent = backend.get_resource(function_id, parent_resource_id)
            if parent.path_part.endswith("+}"):
                raise BadRequestException(
                    f"Cannot create a child of a resource with a greedy path variable: {parent.get_path()}"
                )
            siblings = [each.path_part for each in api.resources.values() if each.parent_id == parent_resource_id]
            if path_part in siblings:
                raise ConflictException(f"Another resource with the same parent already has this name: {path_part}")
            variable = next((each for each in siblings if _is_variable(each)), None)
            if _is_variable(path_part) and variable:
                raise BadRequestException(
                    f"A sibling ({variable}) of this resource already has a variable path part -- only one is allowed"
                )
        return original(backend, function_id, parent_resource_id, path_part)

    return create


def _is_variable(path_part: str) -> bool:
    return path_part.startswith("{") and not path_part.endswith("+}")


def _delete_resource(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete(backend: Any, function_id: str, resource_id: str) -> Any:
        from moto.apigateway.exceptions import BadRequestException

        api = backend.get_rest_api(function_id)
        resource = backend.get_resource(function_id, resource_id)
        if resource.parent_id is None:
            raise BadRequestException("Resource / cannot be deleted")
        below = [resource_id]
        for each in below:
            below += [child.id for child in api.resources.values() if child.parent_id == each]
        for each in below[1:]:
            api.resources.pop(each, None)
        return api.resources.pop(resource_id)

    return delete


def _api_key(original: Callable[..., None]) -> Callable[..., None]:
    def init(key: Any, api_key_id: str, *rest: Any, **more: Any) -> None:
        original(key, api_key_id, *rest, **more)
        if not (more.get("value") or rest[4:5]):
            key.value = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))

    return init


def _patch_plan(original: Callable[..., None]) -> Callable[..., None]:
    def apply(plan: Any, patch_operations: list[dict[str, Any]]) -> None:
        for each in patch_operations:
            parts = str(each.get("path", "")).split("/")[1:]
            if parts[:1] == ["throttle"] and len(parts) == 2 and each["op"] in ("add", "replace"):
                plan.throttle[parts[1]] = _number(parts[1], each["value"])
            elif parts[:1] == ["quota"] and len(parts) == 2 and each["op"] in ("add", "replace"):
                plan.quota[parts[1]] = each["value"] if parts[1] == "period" else int(each["value"])
            elif parts[:1] == ["apiStages"] and len(parts) > 2:
                _patch_stage_of_plan(plan, parts, each)
            else:
                original(plan, [{"value": None, **each}])

    return apply


def _patch_stage_of_plan(plan: Any, parts: list[str], operation: dict[str, Any]) -> None:
    """/apiStages/API:STAGE/throttle/PATH/METHOD/rateLimit, or the same without its end to remove limits."""
    from moto.apigateway.exceptions import NotFoundException

    api_id, _, name = parts[1].partition(":")
    stage = next((each for each in plan.api_stages if (each["apiId"], each["stage"]) == (api_id, name)), None)
    if stage is None:
        raise NotFoundException("Usage Plan Stage not found")
    limits = stage.setdefault("throttle", {})
    method = "/".join(part.replace("~1", "/") for part in parts[3:5])
    if operation["op"] == "remove":
        limits.pop(method, None) if method else limits.clear()
    elif len(parts) == 6:
        limits.setdefault(method, {})[parts[5]] = _number(parts[5], operation["value"])


def _number(name: str, value: Any) -> float | int:
    return int(value) if name == "burstLimit" else float(value)


def _not_found(original: Callable[..., None]) -> Callable[..., None]:
    def init(error: Any, message: str) -> None:
        original(error, message)
        error.code = 404

    return init
