"""The door into moto's apigatewayv2 (HTTP APIs): what is changed there and why, and what the room reads of it."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.apigatewayv2 import models
from moto.apigatewayv2.exceptions import APIGatewayV2Error
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.core.utils import camelcase_to_underscores, get_service_model

from lambdalab.endpoint.public_endpoints import API
from lambdalab.moto_patches import AddedOperation, missing
from lambdalab.services.apigateway.handlers import patch, translated

from . import control_plane, operations, state
from .authorization import Authorization
from .control_plane import ControlPlane, Rule
from .data_plane import HttpApis
from .deployments import Deployments
from .issuers import Issuers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.moto_patches import Change, Patch
    from lambdalab.services.apigateway.errors import ApiError
    from lambdalab.services.parts import LabParts

_MODELS, _RESPONSES, _OWNER = "moto.apigatewayv2.models", "moto.apigatewayv2.responses", "ApiGatewayV2Response"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Every change to moto's apigatewayv2. From now on the lab answers requests to HTTP APIs."""
    issuers, deployments = Issuers(lab.web, lab.clock), Deployments()
    authorization = Authorization(lab, issuers)
    lab.public_endpoints.register(API, HttpApis(lab, authorization, deployments, http_apis))
    plane = ControlPlane(issuers, deployments)
    return (*_changed_classes(plane), *_changed_operations(plane), *_added_operations(plane, authorization))


def http_apis() -> list[tuple[str, str, state.Api]]:
    """Account, Region and API of all HTTP APIs."""
    return [
        (account, region, api)
        for account, regions in list(apigatewayv2_backends.items())  # looking one up takes moto's shared lock
        for region, backend in list(regions.items())
        for api in list(backend.apis.values())
        if api.protocol_type == "HTTP"
    ]


def _changed_classes(plane: ControlPlane) -> Iterator[Change]:
    yield _patch(
        f"{_MODELS}.Api.__init__(self, region, name, api_key_selection_expression, cors_configuration, description, "
        "disable_execute_api_endpoint, disable_schema_validation, protocol_type, route_selection_expression, tags, "
        "version, backend)",
        control_plane.init_api,
        "in moto the ids of APIs can be guessed, and are two characters too short",
    )
    yield _patch(
        f"{_MODELS}.Stage.to_json(self)",
        lambda original, stage: plane.with_deployment(original(), stage),
        "moto knows no deployments",
    )
    for owner in ("Route", "Integration"):
        yield _patch(
            f"{_MODELS}.{owner}.to_json(self)",
            lambda original, resource: plane.with_managed(original(), resource),
            "moto does not know quick create",
        )


def _changed_operations(plane: ControlPlane) -> Iterator[Change]:
    why = "moto does not check, answers another status, and deploys nothing"
    yield _patch(
        f"{_RESPONSES}.{_OWNER}.create_api(self)",
        lambda original, response: plane.create_api(original, response.apigatewayv2_backend, _body(response)),
        why,
    )
    yield _patch(f"{_RESPONSES}.{_OWNER}.delete_api(self)", _delete_api, why)
    for name, rule in plane.rules.items():
        yield _patch(
            f"{_RESPONSES}.{_OWNER}.{camelcase_to_underscores(name)}(self)",
            functools.partial(_change, plane, rule, _status(name)),
            why,
        )


def _added_operations(plane: ControlPlane, authorization: Authorization) -> Iterator[Change]:
    handlers: dict[str, Callable[[state.Call], state.Answer]] = {
        "CreateDeployment": functools.partial(operations.create_deployment, plane),
        "GetDeployment": functools.partial(operations.get_deployment, plane),
        "GetDeployments": functools.partial(operations.get_deployments, plane),
        "UpdateDeployment": functools.partial(operations.update_deployment, plane),
        "DeleteDeployment": functools.partial(operations.delete_deployment, plane),
        "UpdateStage": functools.partial(operations.update_stage, plane),
        "GetAuthorizers": operations.get_authorizers,
        "ResetAuthorizersCache": functools.partial(operations.reset_authorizers_cache, authorization),
    }
    for name, handler in handlers.items():
        yield AddedOperation(
            name,
            functools.partial(_handle, handler),
            service="apigatewayv2",
            module="moto.apigatewayv2",
            owner=_OWNER,
            served_by="moto.apigateway",
        )


# How moto calls the room ------------------------------------------------------------------------------------------


def _patch(method: str, handler: Callable[..., Any], why: str) -> Patch:
    return patch(method, handler, why, _moto_error)


def _moto_error(error: ApiError) -> Exception:
    made: Exception = APIGatewayV2Error(error.code, error.message)
    made.code = error.status  # type: ignore[attr-defined]
    return made


def _change(
    plane: ControlPlane, rule: Rule, status: int, original: Callable[[], state.Answer], response: Any
) -> state.Answer:
    call = _call(response)

    def with_completed_body() -> state.Answer:
        if call.body:
            response.body = json.dumps(call.body)
        return original()

    return plane.change(rule, with_completed_body, call, status)


def _delete_api(original: Callable[[], state.Answer], response: Any) -> state.Answer:
    _api(response)
    original()
    return 204, {"status": "204"}, ""


def _handle(handler: Callable[[state.Call], state.Answer], response: Any) -> state.Answer:
    answer: state.Answer = translated(_moto_error, lambda: handler(_call(response)))
    return answer


def _call(response: Any) -> state.Call:
    """What moto's response object knows of a call: /v2/apis/ID/stages/NAME."""
    parts = str(response.path).split("/")
    return state.Call(_api(response), unquote(parts[5]) if len(parts) > 5 else "", _body(response))


def _api(response: Any) -> state.Api:
    """The API that the path names. Raises moto's NotFoundException."""
    api: state.Api = response.apigatewayv2_backend.get_api(response.path.split("/")[3])
    return api


def _body(response: Any) -> state.Document:
    body = json.loads(response.body) if response.body else {}
    return body if isinstance(body, dict) else {}


def _status(operation: str) -> int:
    """The status that AWS's model has for an operation that succeeds."""
    return int(get_service_model("apigatewayv2").operation_model(operation).http["responseCode"])


# What the room relies on ------------------------------------------------------------------------------------------


def misfits() -> Iterator[str]:
    """A sentence for everything in moto's state that this room uses and does not find."""
    try:
        probes = _probes()
    except (AttributeError, LookupError, TypeError) as problem:
        yield f"moto's apigatewayv2 makes no HTTP API as expected: {type(problem).__name__}: {problem}"
        return
    for protocol, made in probes:
        yield from missing(made, *protocol.__annotations__)


def _probes() -> list[tuple[type, Any]]:
    """One object of each class that `state.py` describes, in a backend that nobody else sees."""
    backend = models.ApiGatewayV2Backend("us-east-1", "000000000000")
    api = backend.create_api("", "", "", "", "", "probe", "HTTP", "", {}, "")
    integration = api.create_integration("INTERNET", "", "POST", "AWS_PROXY", "")
    return [
        (state.Backend, backend),
        (state.Api, api),
        (state.Integration, integration),
        (state.Route, api.create_route(False, [], "$default", f"integrations/{integration.id}")),
        (state.Authorizer, api.create_authorizer("", "2.0", "", "REQUEST", "", "", "", "", "", "probe")),
        (state.Stage, api.create_stage({"stageName": "probe"})),
    ]
