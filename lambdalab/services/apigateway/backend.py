"""The door into moto's apigateway (REST APIs): what is changed there and why, and what the room reads of its state."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from moto.apigateway import models
from moto.apigateway.exceptions import ApiGatewayException, InvalidOpenApiModeException
from moto.apigateway.models import apigateway_backends

from lambdalab.endpoint.public_endpoints import API
from lambdalab.moto_patches import AddedOperation, missing

from . import control_plane, openapi_import, operations, state
from .data_plane import RestApis
from .handlers import patch, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.moto_patches import Change, Patch
    from lambdalab.services.parts import LabParts

    from .errors import ApiError

_MODELS = "moto.apigateway.models"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Every change to moto's apigateway. From now on the lab answers requests to REST APIs."""
    apis = RestApis(lab, rest_apis)
    lab.public_endpoints.register(API, apis)
    return (*_changed_operations(apis), *_added_operations(apis))


def rest_apis() -> list[tuple[state.Backend, state.RestApi]]:
    """All REST APIs, in all accounts and Regions."""
    return [
        (backend, api)
        for regions in list(apigateway_backends.values())  # looking one up takes a lock that all of moto shares
        for backend in list(regions.values())
        for api in list(backend.apis.values())
    ]


def _changed_operations(apis: RestApis) -> Iterator[Change]:
    create_deployment = functools.partial(_second, control_plane.create_deployment, apis.deployments)
    yield _patch(
        "moto.apigateway.utils.ApigwRestApiIdentifier.generate(self, existing_ids, tags)",
        lambda original, identifier, existing_ids=None, tags=None: control_plane.new_api_id(),
        "the id gives access to an API: it must come from secrets, and nobody may choose it",
    )
    yield _patch(
        f"{_MODELS}.RestAPI.update_integration_mocks(self, stage_name)",
        lambda original, api, stage_name: None,
        "moto mocks the API's address, which the lab's endpoint answers",
    )
    yield _patch(
        f"{_MODELS}.RestAPI.create_deployment(self, name, description, stage_variables)",
        create_deployment,
        "in moto a deployment is not a snapshot, and a stage that is deployed again loses its settings",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.create_deployment(self, function_id, name, description, stage_variables)",
        control_plane.check_deployment,
        "moto deploys methods without an integration",
    )
    yield _patch(
        f"{_MODELS}.RestAPI.create_stage(self, name, deployment_id, variables, description, cacheClusterEnabled, "
        "cacheClusterSize, tags, tracing_enabled)",
        control_plane.create_stage,
        "moto creates stages of deployments that do not exist",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.update_stage(self, function_id, stage_name, patch_operations)",
        control_plane.update_stage,
        "moto lets a stage log although the account has no role for that",
    )
    yield _patch(
        "moto.apigateway.responses.APIGatewayResponse.create_rest_api(self)",
        lambda original, response: control_plane.create_rest_api(original, _call(response)),
        "moto drops binaryMediaTypes and version",
    )
    yield _patch(
        f"{_MODELS}.RestAPI.apply_patch_operations(self, patch_operations)",
        control_plane.patch_api,
        "moto reads no media type from a path, and takes any text for true",
    )
    yield _patch(
        f"{_MODELS}.Authorizer.__init__(self, authorizer_id, name, authorizer_type, kwargs)",
        control_plane.init_authorizer,
        "moto drops identityValidationExpression: it spells it in two ways",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.put_method(self, function_id, resource_id, method_type, authorization_type, "
        "api_key_required, request_parameters, request_models, operation_name, authorizer_id, authorization_scopes, "
        "request_validator_id)",
        control_plane.put_method,
        "moto accepts authorizers that do not exist",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.put_integration(self, function_id, resource_id, method_type, integration_type, "
        "uri, integration_method, credentials, request_templates, passthrough_behavior, tls_config, cache_namespace, "
        "timeout_in_millis, request_parameters, content_handling, connection_type)",
        control_plane.put_integration,
        "moto has not all of AWS's defaults",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.put_integration_response(self, function_id, resource_id, method_type, "
        "status_code, selection_pattern, response_templates, response_parameters, content_handling)",
        control_plane.put_integration_response,
        "moto accepts headers that no method response declares",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.create_resource(self, function_id, parent_resource_id, path_part)",
        control_plane.create_resource,
        "moto creates a resource twice, and several path variables below one parent",
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.delete_resource(self, function_id, resource_id)",
        control_plane.delete_resource,
        "moto leaves what is below a resource",
    )
    yield _patch(
        f"{_MODELS}.ApiKey.__init__(self, api_key_id, name, description, enabled, generateDistinctId, value, "
        "stageKeys, tags, customerId)",
        control_plane.init_api_key,
        "an API key is a secret, and must come from secrets",
    )
    yield _patch(
        f"{_MODELS}.UsagePlan.apply_patch_operations(self, patch_operations)",
        control_plane.patch_plan,
        "moto accepts only whole numbers as rates, and no limits of a stage or a method",
    )
    yield _patch(
        "moto.apigateway.exceptions.NotFoundException.__init__(self, message)",
        _not_found,
        "moto answers 400 when a resource does not exist",
    )
    why = "moto reads paths, methods and integrations only, and no documents of version 2"
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.import_rest_api(self, api_doc, fail_on_warnings)",
        lambda original, backend, api_doc, fail_on_warnings: openapi_import.import_api(backend, api_doc),
        why,
    )
    yield _patch(
        f"{_MODELS}.APIGatewayBackend.put_rest_api(self, function_id, api_doc, fail_on_warnings, mode)",
        _put_rest_api,
        why,
    )


def _added_operations(apis: RestApis) -> Iterator[Change]:
    handlers: dict[str, Callable[[state.Call], state.Answer]] = {
        "UpdateMethod": operations.update_method,
        "UpdateIntegration": operations.update_integration,
        "UpdateIntegrationResponse": operations.update_integration_response,
        "UpdateMethodResponse": operations.update_method_response,
        "UpdateGatewayResponse": operations.update_gateway_response,
        "UpdateDeployment": operations.update_deployment,
        "TestInvokeMethod": functools.partial(operations.test_invoke_method, apis),
        "TestInvokeAuthorizer": functools.partial(operations.test_invoke_authorizer, apis),
        "FlushStageAuthorizersCache": functools.partial(operations.flush_stage_authorizers_cache, apis),
        "FlushStageCache": operations.flush_stage_cache,
        "GetUsage": functools.partial(operations.get_usage, apis),
    }
    for name, handler in handlers.items():
        yield AddedOperation(
            name,
            functools.partial(_handle, handler),
            service="apigateway",
            module="moto.apigateway",
            owner="APIGatewayResponse",
        )


# How moto calls the room ------------------------------------------------------------------------------------------


def _patch(method: str, handler: Callable[..., Any], why: str) -> Patch:
    return patch(method, handler, why, _moto_error)


def _moto_error(error: ApiError) -> Exception:
    made: Exception = ApiGatewayException(error.code, error.message)
    made.code = error.status  # type: ignore[attr-defined]
    return made


def _second(handler: Callable[..., Any], argument: Any, original: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a handler that wants something of the lab's after `original`."""
    return handler(original, argument, *args, **kwargs)


def _handle(handler: Callable[[state.Call], state.Answer], response: Any) -> state.Answer:
    answer: state.Answer = translated(_moto_error, lambda: handler(_call(response)))
    return answer


def _call(response: Any) -> state.Call:
    """What moto's response object knows of a call."""
    try:
        body = json.loads(response.body or "{}")
    except ValueError:
        body = None  # an OpenAPI document in YAML
    return state.Call(
        response.backend,
        tuple(str(response.path).split("/")[1:]),
        body if isinstance(body, dict) else {},
        {name: str(values[0]) for name, values in response.querystring.items() if values},
    )


def _not_found(original: Callable[[str], None], error: ApiGatewayException, message: str) -> None:
    original(message)
    error.code = 404


def _put_rest_api(
    original: Any, backend: Any, function_id: str, api_doc: Any, fail_on_warnings: bool, mode: str = "merge"
) -> Any:
    if mode not in openapi_import.MODES:
        raise InvalidOpenApiModeException
    return openapi_import.put_api(backend, function_id, api_doc, mode)


# What the room relies on ------------------------------------------------------------------------------------------


def misfits() -> Iterator[str]:
    """A sentence for everything in moto's state that this room uses and does not find."""
    try:
        probes = _probes()
    except (AttributeError, LookupError, TypeError) as problem:
        yield f"moto's apigateway makes no REST API as expected: {type(problem).__name__}: {problem}"
        return
    for protocol, made in probes:
        yield from missing(made, *(name for each in protocol.__mro__ for name in vars(each).get("__annotations__", ())))


def _probes() -> list[tuple[type, Any]]:
    """One object of each class that `state.py` describes, in a backend that nobody else sees."""
    backend = models.APIGatewayBackend("us-east-1", "000000000000")
    api = backend.create_rest_api("probe", "")
    # A resource's path is asked of the backend of its account, where a probe is not.
    resource = api.default
    method = resource.add_method("GET", "NONE", None)
    integration = resource.add_integration("GET", "MOCK", None, integration_method="POST")
    authorizer = api.create_authorizer("a", "a", "TOKEN", None, None, None, None, None, None, None)
    made: list[tuple[type, Any]] = [
        (state.Backend, backend),
        (state.Account, backend.account),
        (state.RestApi, api),
        (state.Resource, resource),
        (state.Method, method),
        (state.MethodResponse, method.create_response("200", None, None)),
        (state.Integration, integration),
        (state.IntegrationResponse, integration.create_integration_response("200", "", None, None, None)),
        (state.Authorizer, authorizer),
        (state.RequestValidator, api.create_request_validator("v", True, True)),
        (state.Model, api.add_model("m", "", "{}", "application/json")),
        (state.GatewayResponse, api.put_gateway_response("DEFAULT_4XX", 400, None, None)),
        (state.Deployment, models.Deployment("d", "prod")),
        (state.Stage, models.Stage("prod", "d")),
        (state.ApiKey, backend.create_api_key({"name": "k"})),
        (state.UsagePlan, backend.create_usage_plan({"name": "p"})),
    ]
    return made
