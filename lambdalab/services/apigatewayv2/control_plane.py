"""Operations that create and change an HTTP API, where moto's answer differs from AWS's.

- API ids are random and 10 characters long: a request to an API needs no signature, so its id must not be guessable.
- Status codes are those of AWS's model (201, 204), and a missing resource cannot be deleted or updated: 404.
- What AWS rejects is rejected: invalid route keys, two routes with one key, targets and authorizers that do not exist,
  invalid mappings.
- Quick create (`Target`), and a deployment after each change if a stage has AutoDeploy.
- Integrations other than Lambda functions, which the lab cannot do, are rejected with a sentence that says so.

`operations.py` has the operations that moto does not know. Where AWS's wording is not known, the error messages are the
lab's. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from lambdalab.services.apigateway.errors import bad_request, conflict

from .deployments import Deployments, random_id
from .gateway import mapping, routes
from .issuers import Issuers, NoIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import state
    from .state import Answer, Call, Document

    Check = Callable[[Call], None]
    """Raises the error that AWS answers; may complete the call's body."""

_LAMBDA = re.compile(r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[^/]+$|/functions/arn:[^/]+/invocations$")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
_STAGE = re.compile(r"^(\$default|[\w-]{1,128})$")
_STAGE_VARIABLE_NAME = re.compile(r"\w+")
_STAGE_VARIABLE = re.compile(r"[\w.~:/?#&=,-]+")
_LEAST_MS, _MOST_MS = 50, 30_000
_LONGEST_TTL_S = 3600
_AUTHORIZER_TYPES = {"JWT": "JWT", "CUSTOM": "REQUEST"}
"""The type of authorizer that each authorization type of a route needs."""


@dataclass(frozen=True)
class Rule:
    """What the lab adds to one of moto's operations: a check before it, and a completion after it."""

    check: Check | None = None
    complete: Callable[[Call, Document], None] | None = None
    """Gets what moto answered."""


class ControlPlane:
    """The state of the control plane that moto does not have, and the rules of its operations."""

    def __init__(self, issuers: Issuers, deployments: Deployments) -> None:
        self.deployments = deployments
        self._issuers = issuers
        self._managed: WeakSet[Any] = WeakSet()
        """Stages, routes and integrations that quick create has made."""
        self.rules = {
            "UpdateApi": Rule(),
            "DeleteCorsConfiguration": Rule(),
            "CreateRoute": Rule(_check_new_route),
            "UpdateRoute": Rule(_check_route_update),
            "DeleteRoute": Rule(lambda call: _exists(call.api.get_route(call.name))),
            "DeleteRouteRequestParameter": Rule(),
            "CreateIntegration": Rule(_check_new_integration, _complete_integration),
            "UpdateIntegration": Rule(_check_integration_update),
            "DeleteIntegration": Rule(_check_integration_is_free),
            "CreateAuthorizer": Rule(self._check_authorizer),
            "UpdateAuthorizer": Rule(self._check_authorizer),
            "DeleteAuthorizer": Rule(_check_authorizer_is_free),
            "CreateStage": Rule(self._check_new_stage, self._first_deployment),
            "DeleteStage": Rule(lambda call: _exists(call.api.get_stage(call.name))),
            "CreateModel": Rule(),
            "DeleteModel": Rule(),
            "ReimportApi": Rule(),
        }
        """The operations that change an API."""

    def change(self, rule: Rule, original: Callable[[], Answer], call: Call, status: int) -> Answer:
        """Do what moto does, with the rule's additions, and deploy the API."""
        if rule.check is not None:
            rule.check(call)
        _, headers, body = original()
        if rule.complete is not None:
            rule.complete(call, json.loads(body or "{}"))
        self.deployments.api_changed(call.api)
        return _answer(status, headers, _current(call.api, body))

    def create_api(self, original: Callable[[], Answer], backend: state.Backend, body: Document) -> Answer:
        """CreateApi, with quick create."""
        _check_role(body.get("credentialsArn"))
        if target := body.get("target"):
            _check_uri(target)
            if key := body.get("routeKey"):
                _check_key(key)
        elif body.get("routeKey"):
            raise bad_request("RouteKey is supported only together with Target")
        _, headers, made = original()
        if target and body.get("protocolType") == "HTTP":
            self._quick_create(backend.get_api(json.loads(made)["apiId"]), target, body)
        return _answer(201, headers, made)

    def _quick_create(self, api: state.Api, target: str, body: Document) -> None:
        """An integration, a route and the stage $default, with AutoDeploy."""
        integration = api.create_integration(
            connection_type="INTERNET",
            description=None,
            integration_method="POST",
            integration_type="AWS_PROXY",
            integration_uri=target,
            payload_format_version="2.0",
            credentials_arn=body.get("credentialsArn"),
        )
        route = api.create_route(
            api_key_required=False,
            authorization_scopes=[],
            authorization_type="NONE",
            route_key=body.get("routeKey") or routes.DEFAULT,
            target=f"integrations/{integration.id}",
        )
        stage = api.create_stage({"stageName": "$default", "autoDeploy": True})
        self._managed.update((integration, route, stage))
        self.deployments.api_changed(api)

    def with_managed(self, document: Document, resource: object) -> Document:
        """The JSON of a route or an integration, with `apiGatewayManaged`."""
        return {**document, "apiGatewayManaged": True} if resource in self._managed else document

    def with_deployment(self, document: Document, stage: state.Stage) -> Document:
        """The JSON of a stage, with its deployment."""
        used = self.deployments.of_stage(stage)
        return {
            **self.with_managed(document, stage),
            **({"deploymentId": used.deployment.id} if used.deployment else {}),
            **({"lastDeploymentStatusMessage": used.message} if used.message else {}),
        }

    # Authorizers --------------------------------------------------------------------------------------------------

    def _check_authorizer(self, call: Call) -> None:
        given = then = call.body
        if call.name:
            now = call.api.get_authorizer(call.name).to_json()
            then = {**{name: value for name, value in now.items() if value is not None}, **given}
        if call.api.protocol_type != "HTTP":
            return
        if any(
            each.name == given.get("name") and each.id != then.get("authorizerId")
            for each in call.api.authorizers.values()
        ):
            raise conflict(f"Authorizer with name {given['name']} already exists for this API")
        if then.get("authorizerType") == "JWT":
            self._check_jwt(then)
        elif then.get("authorizerType") == "REQUEST":
            _check_request_authorizer(then)
        else:
            raise bad_request(f"Invalid authorizer type specified: {then.get('authorizerType')}")

    def _check_jwt(self, then: Document) -> None:
        config = then.get("jwtConfiguration") or {}
        if not config.get("issuer"):
            raise bad_request("Issuer is required for JWT authorizers")
        if not config.get("audience"):
            raise bad_request("Audience is required for JWT authorizers")
        if len(then.get("identitySource") or ()) != 1:
            raise bad_request("Identity source must be exactly one for JWT authorizers")
        try:
            self._issuers.check(str(config["issuer"]))
        except NoIssuer as problem:
            raise bad_request(str(problem)) from None

    # Stages -------------------------------------------------------------------------------------------------------

    def _check_new_stage(self, call: Call) -> None:
        name = str(call.body.get("stageName"))
        if not _STAGE.match(name):
            raise bad_request(
                f"Invalid stage name specified: {name}. Stage names have letters, numbers, hyphens and underscores"
            )
        if name in call.api.stages:
            raise conflict("Stage already exists")
        self.check_stage(call.api, call.body)

    def check_stage(self, api: state.Api, given: Document) -> None:
        """Check the settings of a stage."""
        for name, value in (given.get("stageVariables") or {}).items():
            if not _STAGE_VARIABLE_NAME.fullmatch(name) or (value and not _STAGE_VARIABLE.fullmatch(str(value))):
                raise bad_request(f"Stage variable {name} has a name or a value with characters that are not allowed")
        if given.get("deploymentId"):
            if given.get("autoDeploy"):
                raise bad_request("DeploymentId cannot be set for a stage with autoDeploy")
            self.deployments.get(api, given["deploymentId"])

    def _first_deployment(self, call: Call, answer: Document) -> None:
        if deployment_id := call.body.get("deploymentId"):
            stage = call.api.get_stage(answer["stageName"])
            self.deployments.use(stage, self.deployments.get(call.api, deployment_id))


def _answer(status: int, headers: dict[str, str], body: str) -> Answer:
    return status, {**headers, "status": str(status)}, "" if status == 204 else body


def _current(api: state.Api, body: str) -> str:
    """moto's answer, with what has changed since."""
    if not body:
        return body
    document = json.loads(body)
    if integration := api.integrations.get(document.get("integrationId")):
        return json.dumps(integration.to_json())
    if stage := api.stages.get(document.get("stageName")):
        return json.dumps(stage.to_json())
    return body


def _exists(resource: object) -> None:
    """moto's getters raise NotFoundException."""


def init_api(original: Callable[..., None], api: state.Api, region: str, *args: Any, **members: Any) -> None:
    """A new API has a random id."""
    original(region, *args, **members)
    tags = api.backend.get_tags(api.arn)
    api.backend.untag_resource(api.arn, list(tags))
    api_id = random_id(10)
    api.arn = api.arn.removesuffix(api.api_id) + api_id
    api.api_id = api_id
    api.api_endpoint = f"https://{api_id}.execute-api.{region}.amazonaws.com"
    api.backend.tag_resource(api.arn, tags)


# Routes -----------------------------------------------------------------------------------------------------------


def _check_key(text: str) -> None:
    try:
        routes.read(text)
    except routes.InvalidRouteKey as problem:
        raise bad_request(str(problem)) from None


def _check_new_route(call: Call) -> None:
    if call.api.protocol_type == "HTTP":
        _check_route(call, None, call.body)


def _check_route_update(call: Call) -> None:
    route = call.api.get_route(call.name)
    if "authorizationScopes" in call.body and not call.body["authorizationScopes"]:
        route.authorization_scopes = []  # moto keeps the old ones
    if call.api.protocol_type == "HTTP":
        now = {
            "authorizationType": route.authorization_type,
            "authorizerId": route.authorizer_id,
            "authorizationScopes": route.authorization_scopes,
        }
        _check_route(call, route, {**now, **call.body})


def _check_route(call: Call, updated: state.Route | None, then: Document) -> None:
    """`then` is the route after the call."""
    api, key = call.api, call.body.get("routeKey") or ""
    if key or updated is None:
        _check_key(key)
        if any(route.route_key == key and route is not updated for route in api.routes.values()):
            raise conflict(f"Route with key {key} already exists for this API")
    if target := call.body.get("target"):
        kind, _, integration = target.partition("/")
        if kind != "integrations":
            raise bad_request(f"Invalid target specified: {target}")
        api.get_integration(integration)
    kind = then.get("authorizationType") or "NONE"
    if kind in _AUTHORIZER_TYPES:
        if not then.get("authorizerId"):
            raise bad_request(f"AuthorizerId is required for authorization type {kind}")
        authorizer = api.get_authorizer(then["authorizerId"])
        if authorizer.authorizer_type != _AUTHORIZER_TYPES[kind]:
            raise bad_request(f"Authorizer {authorizer.id} is of type {authorizer.authorizer_type}, not for {kind}")
    elif kind not in ("NONE", "AWS_IAM"):
        raise bad_request(f"Invalid authorization type specified: {kind}")
    if then.get("authorizationScopes") and kind != "JWT":
        raise bad_request("Authorization scopes are supported only for JWT authorizers")


# Integrations -----------------------------------------------------------------------------------------------------


def _check_role(arn: Any) -> None:
    """A role for API Gateway. The lab does not pass on the caller's own credentials (arn:aws:iam::*:user/*)."""
    if arn and not _ROLE.fullmatch(str(arn)):
        raise bad_request(
            f"{arn} is not the ARN of a role. The lab calls functions with a role or by the function's policy."
        )


def _check_uri(uri: Any) -> None:
    if not _LAMBDA.search(str(uri)):
        raise bad_request(
            f"The lab integrates Lambda functions only, and {uri} is the ARN of none. An HTTP integration would send "
            "the request to another host; in the lab nothing leaves this machine."
        )


def _check_new_integration(call: Call) -> None:
    if call.api.protocol_type == "HTTP":
        _check_integration(call.body, call.body)


def _check_integration_update(call: Call) -> None:
    integration = call.api.get_integration(call.name)
    if call.api.protocol_type == "HTTP":
        now = {
            "integrationType": integration.integration_type,
            "integrationUri": integration.integration_uri,
            "payloadFormatVersion": integration.payload_format_version,
        }
        _check_integration(call.body, {**now, **call.body})
    # moto replaces all mappings. On AWS others stay, and an empty mapping removes that of its status.
    if changes := call.body.get("responseParameters"):
        mappings = {**(integration.response_parameters or {}), **changes}
        call.body["responseParameters"] = {status: each for status, each in mappings.items() if each}
    if changes := call.body.get("requestParameters"):
        call.body["requestParameters"] = {**(integration.request_parameters or {}), **changes}


def _check_integration(given: Document, then: Document) -> None:
    kind = then.get("integrationType")
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise bad_request("HTTP APIs support AWS_PROXY and HTTP_PROXY integrations only")
    _check_role(given.get("credentialsArn"))
    if subtype := given.get("integrationSubtype"):
        raise bad_request(f"The lab integrates Lambda functions only: not {subtype}.")
    _check_uri(then.get("integrationUri"))
    if then.get("payloadFormatVersion") not in ("1.0", "2.0"):
        raise bad_request(
            "PayloadFormatVersion is a required parameter for integration. Supported values are 1.0 and 2.0"
        )
    timeout = given.get("timeoutInMillis")
    if timeout is not None and not _LEAST_MS <= int(timeout) <= _MOST_MS:
        raise bad_request(f"Timeout should be between {_LEAST_MS} ms and {_MOST_MS} ms")
    try:
        mapping.check_request(given.get("requestParameters") or {})
        mapping.check_response(given.get("responseParameters") or {})
    except mapping.InvalidMapping as problem:
        raise bad_request(str(problem)) from None


def _complete_integration(call: Call, answer: Document) -> None:
    integration = call.api.get_integration(answer["integrationId"])
    integration.connection_type = integration.connection_type or "INTERNET"


def _check_integration_is_free(call: Call) -> None:
    integration = call.api.get_integration(call.name)
    for route in call.api.routes.values():
        if route.target == f"integrations/{integration.id}":
            raise conflict(
                f"Cannot delete Integration '{integration.id}' as it is referenced by Route '{route.route_id}'."
            )


# Authorizers ------------------------------------------------------------------------------------------------------


def _check_request_authorizer(then: Document) -> None:
    _check_role(then.get("authorizerCredentialsArn"))
    if not _LAMBDA.search(str(then.get("authorizerUri"))):
        raise bad_request(
            f"Invalid Authorizer URI: {then.get('authorizerUri')}. Authorizer URI should be a valid API Gateway "
            "ARN that represents a Lambda function invocation."
        )
    version = then.get("authorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if then.get("enableSimpleResponses") and version != "2.0":
        raise bad_request("EnableSimpleResponses is supported only for AuthorizerPayloadFormatVersion 2.0")
    ttl = then.get("authorizerResultTtlInSeconds")
    if ttl is not None and not 0 <= int(ttl) <= _LONGEST_TTL_S:
        raise bad_request(f"AuthorizerResultTtlInSeconds must be between 0 and {_LONGEST_TTL_S}")
    if ttl and not then.get("identitySource"):
        raise bad_request("IdentitySource is required when AuthorizerResultTtlInSeconds is greater than 0")


def _check_authorizer_is_free(call: Call) -> None:
    authorizer = call.api.get_authorizer(call.name)
    for route in call.api.routes.values():
        if route.authorizer_id == authorizer.id and route.authorization_type in ("JWT", "CUSTOM"):
            raise conflict(
                f"Cannot delete Authorizer '{authorizer.id}' as it is referenced by Route '{route.route_id}'."
            )
