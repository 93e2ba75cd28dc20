"""The operations that make and change an HTTP API, where moto answers otherwise than AWS.

- Ids of APIs are random, 10 characters: the front door lets in who knows one.
- Status codes are those of AWS's model (201, 204), and what is not there cannot be deleted or updated: 404.
- What AWS refuses is refused: route keys, two routes of one key, targets and authorizers that do not exist, mappings.
- Quick create (`Target`), deployments, `UpdateStage`, `GetAuthorizers`, `ResetAuthorizersCache`.
- What the lab cannot do is refused in words: integrations that are no Lambda function.

Where AWS's sentence is not known, it is the lab's.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.moto_patches import AddedOperation, Change, Patch

from . import deployments
from .deployments import random_id
from .gateway import mapping, routes
from .issuers import Issuers, NoIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .authorization import Authorization

    Answer = tuple[int, dict[str, str], str]
    Check = Callable[[Any, Any, dict[str, Any]], None]
    """Gets moto's response object, the API (None for CreateApi) and the parameters; raises what AWS answers."""

_MODULE, _OWNER = "moto.apigatewayv2", "ApiGatewayV2Response"
_LAMBDA = re.compile(r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[^/]+$|/functions/arn:[^/]+/invocations$")
_STAGE = re.compile(r"^(\$default|[\w-]{1,128})$")
_STAGE_VARIABLE = re.compile(r"[\w.~:/?#&=,-]+")
_LEAST_MS, _MOST_MS = 50, 30_000
_LONGEST_TTL_S = 3600


def patches(issuers: Issuers, authorization: Authorization) -> tuple[Change, ...]:
    """The changes to moto's apigatewayv2."""
    check_authorizer = _authorizer_check(issuers)
    changed: dict[str, tuple[Check | None, Check | None]] = {
        # operation: what is checked before moto does it, and what follows
        "CreateApi": (_check_api, _quick_create),
        "UpdateApi": (None, None),
        "DeleteApi": (None, None),
        "DeleteCorsConfiguration": (None, None),
        "CreateRoute": (_check_new_route, None),
        "UpdateRoute": (_check_route_update, None),
        "DeleteRoute": (_must_exist("get_route"), None),
        "DeleteRouteRequestParameter": (None, None),
        "CreateIntegration": (_check_new_integration, _complete_integration),
        "UpdateIntegration": (_check_integration_update, None),
        "DeleteIntegration": (_check_integration_is_free, None),
        "CreateAuthorizer": (check_authorizer, None),
        "UpdateAuthorizer": (check_authorizer, None),
        "DeleteAuthorizer": (_check_authorizer_is_free, None),
        "CreateStage": (_check_new_stage, _first_deployment),
        "DeleteStage": (_must_exist("get_stage"), None),
        "CreateModel": (None, None),
        "DeleteModel": (None, None),
        "ReimportApi": (None, None),
    }

    def reset_cache(response: Any) -> Answer:
        api, stage = _api(response), _named(response)
        api.get_stage(stage)
        authorization.forget(api.api_id, stage)
        return 204, {"status": "204"}, ""

    def own(name: str, handler: Callable[[Any], Answer]) -> AddedOperation:
        return AddedOperation(
            name, handler, service="apigatewayv2", module=_MODULE, owner=_OWNER, served_by="moto.apigateway"
        )

    return (
        Patch(
            f"{_MODULE}.models",
            "Api",
            "__init__",
            (
                "self",
                "region",
                "name",
                "api_key_selection_expression",
                "cors_configuration",
                "description",
                "disable_execute_api_endpoint",
                "disable_schema_validation",
                "protocol_type",
                "route_selection_expression",
                "tags",
                "version",
                "backend",
            ),
            _with_random_id,
            "ids of APIs can be guessed in moto, and are two characters short",
        ),
        Patch(
            f"{_MODULE}.models",
            "Stage",
            "to_json",
            ("self",),
            _with_deployment,
            "moto knows no deployments",
        ),
        *(
            Patch(
                f"{_MODULE}.models",
                kind,
                "to_json",
                ("self",),
                _with_managed,
                "moto does not know quick create",
            )
            for kind in ("Route", "Integration")
        ),
        *(
            _changed(name, check, follow, "moto does not check, answers another status, and deploys nothing")
            for name, (check, follow) in changed.items()
        ),
        own("CreateDeployment", _create_deployment),
        own("GetDeployment", _get_deployment),
        own("GetDeployments", _get_deployments),
        own("UpdateDeployment", _update_deployment),
        own("DeleteDeployment", _delete_deployment),
        own("UpdateStage", _update_stage),
        own("GetAuthorizers", _get_authorizers),
        own("ResetAuthorizersCache", reset_cache),
    )


def _changed(name: str, check: Check | None, follow: Check | None, why: str) -> Patch:
    from moto.core.utils import camelcase_to_underscores

    def replacement(original: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
        def operation(response: Any) -> Answer:
            parameters = json.loads(response.body) if response.body else {}
            api = None if name == "CreateApi" else _api(response)
            if check is not None:
                check(response, api, parameters)
            _, headers, body = original(response)
            if follow is not None:
                follow(response, api, {**parameters, **json.loads(body or "{}")})
            if api is not None and name != "DeleteApi":
                deployments.changed(api)
                body = _again(response, body)
            status = _status(name)
            return status, {**headers, "status": str(status)}, "" if status == 204 else body

        return operation

    method = camelcase_to_underscores(name)
    return Patch(f"{_MODULE}.responses", _OWNER, method, ("self",), replacement, why)


def _status(operation: str) -> int:
    from moto.core.utils import get_service_model

    return int(get_service_model("apigatewayv2").operation_model(operation).http["responseCode"])


def _again(response: Any, body: str) -> str:
    """What moto answered, with what has been completed since."""
    if not body:
        return body
    said = json.loads(body)
    api = _api(response)
    for key, found in (("integrationId", api.integrations), ("stageName", api.stages)):
        if said.get(key) in found:
            return json.dumps(found[said[key]].to_json())
    return body


def _api(response: Any) -> Any:
    """The API that the path names: /v2/apis/ID/… . Raises moto's NotFoundException."""
    return response.apigatewayv2_backend.get_api(response.path.split("/")[3])


def _bad(message: str) -> Exception:
    from moto.apigatewayv2.exceptions import BadRequestException

    refused: Exception = BadRequestException(message)
    return refused


def _error(code: str, status: int, message: str) -> Exception:
    from moto.apigatewayv2.exceptions import APIGatewayV2Error

    made: Exception = APIGatewayV2Error(code, message)
    made.code = status  # type: ignore[attr-defined]
    return made


def _conflict(message: str) -> Exception:
    return _error("ConflictException", 409, message)


def _must_exist(getter: str) -> Check:
    def check(response: Any, api: Any, parameters: dict[str, Any]) -> None:
        getattr(api, getter)(_named(response))

    return check


# APIs -------------------------------------------------------------------------------------------------------------


def _with_random_id(original: Callable[..., None]) -> Callable[..., None]:
    def __init__(api: Any, region: str, *args: Any, **members: Any) -> None:
        original(api, region, *args, **members)
        tags = api.backend.get_tags(api.arn)
        api.backend.untag_resource(api.arn, list(tags))
        api.arn = api.arn.removesuffix(api.api_id) + (api_id := random_id(10))
        api.api_id = api_id
        api.api_endpoint = f"https://{api_id}.execute-api.{region}.amazonaws.com"
        api.backend.tag_resource(api.arn, tags)

    return __init__


def _with_managed(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def to_json(thing: Any) -> dict[str, Any]:
        managed = {"apiGatewayManaged": True} if vars(thing).get("managed") else {}
        return {**original(thing), **managed}

    return to_json


def _check_api(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    _check_role(parameters.get("credentialsArn"))
    target = parameters.get("target")
    if target:
        _check_uri(target)
        if key := parameters.get("routeKey"):
            _read_key(key)
    elif parameters.get("routeKey"):
        raise _bad("RouteKey is supported only together with Target")


def _quick_create(response: Any, _: Any, parameters: dict[str, Any]) -> None:
    """An integration, a route and the stage $default, which show each change at once."""
    target = parameters.get("target")
    if not target or parameters.get("protocolType") != "HTTP":
        return
    api = response.apigatewayv2_backend.get_api(parameters["apiId"])
    integration = api.create_integration(
        connection_type="INTERNET",
        description=None,
        integration_method="POST",
        integration_type="AWS_PROXY",
        integration_uri=target,
        payload_format_version="2.0",
        credentials_arn=parameters.get("credentialsArn"),
    )
    route = api.create_route(
        api_key_required=False,
        authorization_scopes=[],
        authorization_type="NONE",
        route_key=parameters.get("routeKey") or routes.DEFAULT,
        target=f"integrations/{integration.id}",
    )
    stage = api.create_stage({"stageName": "$default", "autoDeploy": True})
    integration.managed = route.managed = stage.managed = True
    deployments.changed(api)


# Routes -----------------------------------------------------------------------------------------------------------


def _read_key(text: str) -> None:
    try:
        routes.read(text)
    except routes.InvalidRouteKey as problem:
        raise _bad(str(problem)) from None


def _check_new_route(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    if api.protocol_type == "HTTP":
        _check_route(api, parameters, parameters.get("routeKey") or "", None, parameters)


def _check_route_update(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    route = api.get_route(_named(response))
    if "authorizationScopes" in parameters and not parameters["authorizationScopes"]:
        route.authorization_scopes = []  # moto keeps what was there
    if api.protocol_type == "HTTP":
        then = {
            "authorizationType": route.authorization_type,
            "authorizerId": route.authorizer_id,
            "authorizationScopes": route.authorization_scopes,
            **parameters,
        }
        _check_route(api, parameters, parameters.get("routeKey") or "", route, then)


def _check_route(api: Any, parameters: dict[str, Any], key: str, own: Any, then: dict[str, Any]) -> None:
    """`then` is what the route is going to be."""
    if key or own is None:
        _read_key(key)
        if any(route.route_key == key and route is not own for route in api.routes.values()):
            raise _conflict(f"Route with key {key} already exists for this API")
    if target := parameters.get("target"):
        kind, _, integration = target.partition("/")
        if kind != "integrations":
            raise _bad(f"Invalid target specified: {target}")
        api.get_integration(integration)
    kind = then.get("authorizationType") or "NONE"
    if kind in ("JWT", "CUSTOM"):
        if not then.get("authorizerId"):
            raise _bad(f"AuthorizerId is required for authorization type {kind}")
        authorizer = api.get_authorizer(then["authorizerId"])
        if authorizer.authorizer_type != {"JWT": "JWT", "CUSTOM": "REQUEST"}[kind]:
            raise _bad(f"Authorizer {authorizer.id} is of type {authorizer.authorizer_type}, not for {kind}")
    elif kind not in ("NONE", "AWS_IAM"):
        raise _bad(f"Invalid authorization type specified: {kind}")
    if then.get("authorizationScopes") and kind != "JWT":
        raise _bad("Authorization scopes are supported only for JWT authorizers")


# Integrations -----------------------------------------------------------------------------------------------------

_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")


def _check_role(arn: Any) -> None:
    """A role for API Gateway. The caller's own credentials (arn:aws:iam::*:user/*) the lab does not hand on."""
    if arn and not _ROLE.fullmatch(str(arn)):
        raise _bad(f"{arn} is not the ARN of a role. The lab calls functions with a role or by the function's policy.")


def _check_uri(uri: Any) -> None:
    if not _LAMBDA.search(str(uri)):
        raise _bad(
            f"The lab integrates Lambda functions only, and {uri} is the ARN of none. An HTTP integration would send "
            "the request to another host; in the lab nothing leaves this machine."
        )


def _check_new_integration(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    if api.protocol_type == "HTTP":
        _check_integration(parameters, parameters)


def _check_integration_update(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    integration = api.get_integration(_named(response))
    if api.protocol_type == "HTTP":
        _check_integration(
            parameters,
            {
                "integrationType": integration.integration_type,
                "integrationUri": integration.integration_uri,
                "payloadFormatVersion": integration.payload_format_version,
                **parameters,
            },
        )
    if changes := parameters.get("responseParameters"):
        # An empty mapping removes that of its status; moto replaces the whole.
        kept = {**(integration.response_parameters or {}), **changes}
        parameters = {**parameters, "responseParameters": {key: each for key, each in kept.items() if each}}
        response.body = json.dumps(parameters)
    if changes := parameters.get("requestParameters"):
        kept = {**(integration.request_parameters or {}), **changes}
        response.body = json.dumps({**parameters, "requestParameters": kept})


def _check_integration(parameters: dict[str, Any], then: dict[str, Any]) -> None:
    kind = then.get("integrationType")
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise _bad("HTTP APIs support AWS_PROXY and HTTP_PROXY integrations only")
    _check_role(parameters.get("credentialsArn"))
    if subtype := parameters.get("integrationSubtype"):
        raise _bad(f"The lab integrates Lambda functions only: not {subtype}.")
    _check_uri(then.get("integrationUri"))
    if then.get("payloadFormatVersion") not in ("1.0", "2.0"):
        raise _bad("PayloadFormatVersion is a required parameter for integration. Supported values are 1.0 and 2.0")
    timeout = parameters.get("timeoutInMillis")
    if timeout is not None and not _LEAST_MS <= int(timeout) <= _MOST_MS:
        raise _bad(f"Timeout should be between {_LEAST_MS} ms and {_MOST_MS} ms")
    try:
        mapping.check_request(parameters.get("requestParameters") or {})
        mapping.check_response(parameters.get("responseParameters") or {})
    except mapping.InvalidMapping as problem:
        raise _bad(str(problem)) from None


def _complete_integration(response: Any, api: Any, said: dict[str, Any]) -> None:
    integration = api.get_integration(said["integrationId"])
    integration.connection_type = integration.connection_type or "INTERNET"


def _check_integration_is_free(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    integration = api.get_integration(_named(response))
    for route in api.routes.values():
        if route.target == f"integrations/{integration.id}":
            raise _conflict(
                f"Cannot delete Integration '{integration.id}' as it is referenced by Route '{route.route_id}'."
            )


# Authorizers ------------------------------------------------------------------------------------------------------


def _authorizer_check(issuers: Issuers) -> Check:
    def check(response: Any, api: Any, parameters: dict[str, Any]) -> None:
        then = dict(parameters)
        if response.method == "PATCH":
            now = api.get_authorizer(_named(response)).to_json()
            then = {**{name: value for name, value in now.items() if value is not None}, **parameters}
        if api.protocol_type != "HTTP":
            return
        if any(
            each.name == parameters.get("name") and each.id != then.get("authorizerId")
            for each in api.authorizers.values()
        ):
            raise _conflict(f"Authorizer with name {parameters['name']} already exists for this API")
        if then.get("authorizerType") == "JWT":
            _check_jwt(then, issuers)
        elif then.get("authorizerType") == "REQUEST":
            _check_request_authorizer(then)
        else:
            raise _bad(f"Invalid authorizer type specified: {then.get('authorizerType')}")

    return check


def _check_jwt(then: dict[str, Any], issuers: Issuers) -> None:
    config = then.get("jwtConfiguration") or {}
    if not config.get("issuer"):
        raise _bad("Issuer is required for JWT authorizers")
    if not config.get("audience"):
        raise _bad("Audience is required for JWT authorizers")
    if len(then.get("identitySource") or ()) != 1:
        raise _bad("Identity source must be exactly one for JWT authorizers")
    try:
        issuers.check(str(config["issuer"]))
    except NoIssuer as problem:
        raise _bad(str(problem)) from None


def _check_request_authorizer(then: dict[str, Any]) -> None:
    _check_role(then.get("authorizerCredentialsArn"))
    if not _LAMBDA.search(str(then.get("authorizerUri"))):
        raise _bad(
            f"Invalid Authorizer URI: {then.get('authorizerUri')}. Authorizer URI should be a valid API Gateway "
            "ARN that represents a Lambda function invocation."
        )
    version = then.get("authorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise _bad("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if then.get("enableSimpleResponses") and version != "2.0":
        raise _bad("EnableSimpleResponses is supported only for AuthorizerPayloadFormatVersion 2.0")
    ttl = then.get("authorizerResultTtlInSeconds")
    if ttl is not None and not 0 <= int(ttl) <= _LONGEST_TTL_S:
        raise _bad(f"AuthorizerResultTtlInSeconds must be between 0 and {_LONGEST_TTL_S}")
    if ttl and not then.get("identitySource"):
        raise _bad("IdentitySource is required when AuthorizerResultTtlInSeconds is greater than 0")


def _check_authorizer_is_free(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    authorizer = api.get_authorizer(_named(response))
    for route in api.routes.values():
        if route.authorizer_id == authorizer.id and route.authorization_type in ("JWT", "CUSTOM"):
            raise _conflict(
                f"Cannot delete Authorizer '{authorizer.id}' as it is referenced by Route '{route.route_id}'."
            )


def _get_authorizers(response: Any) -> Answer:
    return _json({"items": [each.to_json() for each in _api(response).authorizers.values()]})


# Stages and deployments -------------------------------------------------------------------------------------------


def _with_deployment(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def to_json(stage: Any) -> dict[str, Any]:
        known = vars(stage)
        return {
            **original(stage),
            **({"apiGatewayManaged": True} if known.get("managed") else {}),
            **({"deploymentId": known["deployment_id"]} if known.get("deployment_id") else {}),
            **({"lastDeploymentStatusMessage": known["deployment_message"]} if known.get("deployment_message") else {}),
        }

    return to_json


def _check_new_stage(response: Any, api: Any, parameters: dict[str, Any]) -> None:
    name = str(parameters.get("stageName"))
    if not _STAGE.match(name):
        raise _bad(f"Invalid stage name specified: {name}. Stage names have letters, numbers, hyphens and underscores")
    if name in api.stages:
        raise _conflict("Stage already exists")
    _check_stage(api, parameters)


def _check_stage(api: Any, parameters: dict[str, Any]) -> None:
    for name, value in (parameters.get("stageVariables") or {}).items():
        if not re.fullmatch(r"\w+", name) or (value and not _STAGE_VARIABLE.fullmatch(str(value))):
            raise _bad(f"Stage variable {name} has a name or a value with characters that are not allowed")
    if parameters.get("deploymentId"):
        if parameters.get("autoDeploy"):
            raise _bad("DeploymentId cannot be set for a stage with autoDeploy")
        _deployment(api, parameters["deploymentId"])


def _first_deployment(response: Any, api: Any, said: dict[str, Any]) -> None:
    stage = api.get_stage(said["stageName"])
    if said.get("deploymentId"):
        deployments.show(stage, _deployment(api, said["deploymentId"]))


def _update_stage(response: Any) -> Answer:
    api, given = _api(response), json.loads(response.body)
    stage = api.get_stage(_named(response))
    auto = given.get("autoDeploy", stage.auto_deploy)
    _check_stage(api, {**given, "autoDeploy": auto})
    stage.auto_deploy = auto
    stage.description = given.get("description", stage.description)
    stage.access_log_settings = given.get("accessLogSettings", stage.access_log_settings)
    stage.default_route_settings = given.get("defaultRouteSettings", stage.default_route_settings)
    stage.route_settings = {**stage.route_settings, **(given.get("routeSettings") or {})}
    if "stageVariables" in given:
        # An empty value removes the variable.
        kept = {**stage.stage_variables, **given["stageVariables"]}
        stage.stage_variables = {name: value for name, value in kept.items() if value}
    if given.get("deploymentId"):
        deployments.show(stage, _deployment(api, given["deploymentId"]))
    if given.get("autoDeploy"):
        deployments.changed(api)
    return _json(stage.to_json())


def _create_deployment(response: Any) -> Answer:
    api, given = _api(response), json.loads(response.body or "{}")
    stage = api.get_stage(given["stageName"]) if given.get("stageName") else None
    if not api.routes:
        raise _bad("At least one route is required before deploying the Api.")
    if stage is not None and stage.auto_deploy:
        raise _bad("Deployment ID cannot be updated for a stage with autoDeploy enabled")
    made = deployments.deploy(api, description=given.get("description"))
    if stage is not None:
        deployments.show(stage, made)
    return _json(made.document(), 201)


def _get_deployment(response: Any) -> Answer:
    return _json(_deployment(_api(response), _named(response)).document())


def _get_deployments(response: Any) -> Answer:
    return _json({"items": [each.document() for each in deployments.of_api(_api(response)).values()]})


def _update_deployment(response: Any) -> Answer:
    api, given = _api(response), json.loads(response.body or "{}")
    found = _deployment(api, _named(response))
    changed = replace(found, description=given.get("description", found.description))
    deployments.of_api(api)[found.id] = changed
    return _json(changed.document())


def _delete_deployment(response: Any) -> Answer:
    api = _api(response)
    found = _deployment(api, _named(response))
    if any(deployments.shown(api, stage) is found for stage in api.stages.values()):
        raise _bad("Active stages pointing to this deployment must be moved or deleted")
    del deployments.of_api(api)[found.id]
    return 204, {"status": "204"}, ""


def _deployment(api: Any, deployment_id: str) -> deployments.Deployment:
    found = deployments.of_api(api).get(deployment_id)
    if found is None:
        raise _error("NotFoundException", 404, f"Invalid Deployment identifier specified {deployment_id}")
    return found


def _named(response: Any) -> str:
    """What of the API the path names: /v2/apis/ID/stages/NAME."""
    return unquote(str(response.path.split("/")[5]))


def _json(document: dict[str, Any], status: int = 200) -> Answer:
    return status, {"status": str(status)}, json.dumps(document)
