"""Operations that moto does not know.

- `UpdateMethod`: who may call a method, and what its requests must have
- `UpdateIntegration`, `UpdateIntegrationResponse`, `UpdateMethodResponse`, `UpdateGatewayResponse`, `UpdateDeployment`:
  the members that have one value, and the maps
- `TestInvokeMethod`: a method as it is now, without deployment, authorizer, key or limit
- `TestInvokeAuthorizer`: what an authorizer says to such a request
- `FlushStageAuthorizersCache`, `FlushStageCache`: the first forgets what authorizers said; there is no other cache
- `GetUsage`: what of a quota was used, day by day
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpRequest
from lambdalab.moto_patches import AddedOperation

from .data_plane import Behind, plan_of, verdicts
from .deployments import deploy, stage_of
from .gateway import authorizers, mapping, policies
from .gateway import gateway_responses as refusals
from .gateway import request_flow as gateway
from .gateway.definition import ANY
from .gateway.gateway_responses import Refused
from .gateway.request import Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.http_payload import HttpResponse
    from lambdalab.moto_patches import Change

    from .data_plane import RestApis

TEST_STAGE = "test-invoke-stage"
Answer = tuple[int, dict[str, str], str]
_METHOD = (
    {
        "/authorizationType": "authorization_type",
        "/authorizerId": "authorizer_id",
        "/apiKeyRequired": "api_key_required",
        "/operationName": "operation_name",
        "/requestValidatorId": "request_validator_id",
    },
    {"/requestParameters/": "request_parameters", "/requestModels/": "request_models"},
)
_INTEGRATION = (
    {
        "/type": "integration_type",
        "/uri": "uri",
        "/httpMethod": "http_method",
        "/credentials": "credentials",
        "/passthroughBehavior": "passthrough_behaviour",
        "/contentHandling": "content_handling",
        "/timeoutInMillis": "timeout_in_millis",
    },
    {"/requestParameters/": "request_parameters", "/requestTemplates/": "request_templates"},
)
_INTEGRATION_RESPONSE = (
    {"/selectionPattern": "selection_pattern", "/contentHandling": "content_handling"},
    {"/responseParameters/": "response_parameters", "/responseTemplates/": "response_templates"},
)
_METHOD_RESPONSE: tuple[dict[str, str], dict[str, str]] = (
    {},
    {"/responseParameters/": "response_parameters", "/responseModels/": "response_models"},
)
_GATEWAY_RESPONSE = ({"/statusCode": "status_code"}, _INTEGRATION_RESPONSE[1])
_TRUE_OR_FALSE = ("api_key_required", "request_parameters")


def patches(apis: RestApis) -> tuple[Change, ...]:
    """The changes."""

    def operation(name: str, handler: Callable[[Any], Answer]) -> AddedOperation:
        return AddedOperation(name, handler, service="apigateway", module="moto.apigateway", owner="APIGatewayResponse")

    return (
        operation("UpdateMethod", _update_method),
        operation("UpdateIntegration", _update_integration),
        operation("UpdateIntegrationResponse", _update_integration_response),
        operation("UpdateMethodResponse", _update_method_response),
        operation("UpdateGatewayResponse", _update_gateway_response),
        operation("UpdateDeployment", _update_deployment),
        operation("TestInvokeMethod", lambda response: _test_method(apis, response)),
        operation("TestInvokeAuthorizer", lambda response: _test_authorizer(apis, response)),
        operation("FlushStageAuthorizersCache", _flush_authorizers),
        operation("FlushStageCache", lambda response: (202, {"status": "202"}, "")),
        operation("GetUsage", _get_usage),
    )


# Updates ----------------------------------------------------------------------------------------------------------


def _update_method(response: Any) -> Answer:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateMethod-Patch"""
    method = _method(response)
    changes = _changes(response, method, *_METHOD)
    if changes.get("authorization_type", method.authorization_type) in ("CUSTOM", "COGNITO_USER_POOLS"):
        known = response.backend.get_rest_api(_parts(response)[2]).authorizers
        if changes.get("authorizer_id", method.authorizer_id) not in known:
            raise _bad(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
                "COGNITO_USER_POOLS requires a valid authorizer."
            )
    return _changed(method, changes)


def _update_integration(response: Any) -> Answer:
    integration = _integration(response)
    return _changed(integration, _changes(response, integration, *_INTEGRATION))


def _update_integration_response(response: Any) -> Answer:
    answer = _integration(response).get_integration_response(_parts(response)[9])
    return _changed(answer, _changes(response, answer, *_INTEGRATION_RESPONSE))


def _update_method_response(response: Any) -> Answer:
    answer = _method(response).get_response(_parts(response)[8])
    if answer is None:
        raise _missing("Invalid Response status code specified")
    return _changed(answer, _changes(response, answer, *_METHOD_RESPONSE), status=201)


def _update_gateway_response(response: Any) -> Answer:
    _, _, api_id, _, kind = _parts(response)[:5]
    answer = response.backend.get_gateway_response(api_id, kind)
    return _changed(answer, _changes(response, answer, *_GATEWAY_RESPONSE))


def _update_deployment(response: Any) -> Answer:
    _, _, api_id, _, deployment_id = _parts(response)[:5]
    deployment = response.backend.get_rest_api(api_id).deployments.get(deployment_id)
    if deployment is None:
        raise _missing("Invalid Deployment identifier specified")
    return _changed(deployment, _changes(response, deployment, {"/description": "description"}, {}))


def _changes(response: Any, target: Any, members: dict[str, str], maps: dict[str, str]) -> dict[str, Any]:
    """What the patch operations make of a thing's members; nothing is changed if one is wrong."""
    changes: dict[str, Any] = {}
    for operation in json.loads(response.body).get("patchOperations") or []:
        op, path, value = str(operation.get("op")), str(operation.get("path")), operation.get("value")
        if path in members and op in ("replace", "add", "remove"):
            name = members[path]
            changes[name] = None if op == "remove" else _value(name, value)
            continue
        beginning = next((each for each in maps if path.startswith(each)), None)
        if beginning is None or op not in ("add", "replace", "remove"):
            raise _bad(f"Invalid patch path {path}")
        name, key = maps[beginning], path.removeprefix(beginning).replace("~1", "/").replace("~0", "~")
        kept = dict(changes.get(name, getattr(target, name)) or {})
        if op == "remove":
            kept.pop(key, None)
        else:
            kept[key] = _value(name, value)
        changes[name] = kept
    return changes


def _value(name: str, value: Any) -> Any:
    return str(value).lower() == "true" if name in _TRUE_OR_FALSE else value


def _changed(target: Any, changes: dict[str, Any], status: int = 200) -> Answer:
    for name, value in changes.items():
        setattr(target, name, value)
    return status, {"status": str(status)}, json.dumps(target.to_json())


def _parts(response: Any) -> list[str]:
    """Of the path: "", "restapis", ID, "resources", …"""
    return str(response.path).split("/")


def _method(response: Any) -> Any:
    _, _, api_id, _, resource_id, _, verb = _parts(response)[:7]
    return response.backend.get_method(api_id, resource_id, verb)


def _integration(response: Any) -> Any:
    found = _method(response).method_integration
    if found is None:
        raise _missing("Invalid Integration identifier specified")
    return found


def _bad(message: str) -> Exception:
    from moto.apigateway.exceptions import BadRequestException

    refused: Exception = BadRequestException(message)
    return refused


def _missing(message: str) -> Exception:
    from moto.apigateway.exceptions import NotFoundException

    refused: Exception = NotFoundException(message)
    return refused


# Trying -----------------------------------------------------------------------------------------------------------


def _test_method(apis: RestApis, response: Any) -> Answer:
    """A method as it is now: who may call it, and how often, is not looked at."""
    _, _, api_id, _, resource_id, _, verb = _parts(response)[:7]
    response.backend.get_method(api_id, resource_id, verb)
    resource = response.backend.get_resource(api_id, resource_id)
    began = time.monotonic()
    received, deployed, behind = _trial(apis, response, verb, resource.get_path())
    try:
        method = gateway.find(received, deployed.routes)
        if method is None or received.resource is None or received.resource.id != resource_id:
            raise Refused(refusals.MISSING_TOKEN, why="the path leads to another resource")
        made = gateway.complete(received, method, behind)
    except Refused as refused:
        made = gateway.fail(refused, received)
    received.say(f"Method completed with status: {made.status}")
    return _json(
        {
            "status": made.status,
            "body": made.body.decode("utf-8", "replace"),
            "headers": dict(made.headers),
            "multiValueHeaders": _several(made),
            "log": _log(received),
            "latency": int((time.monotonic() - began) * 1000),
        }
    )


def _test_authorizer(apis: RestApis, response: Any) -> Answer:
    """What an authorizer says to such a request; nothing is remembered."""
    _, _, api_id, _, authorizer_id = _parts(response)[:5]
    response.backend.get_authorizer(api_id, authorizer_id)
    began = time.monotonic()
    received, deployed, behind = _trial(apis, response, "GET", "/")
    received.resource = deployed.definition.resources[0]
    authorizer = deployed.definition.authorizers[authorizer_id]
    received.say(f"Starting authorizer: {authorizer_id}")
    said: dict[str, Any] = {"clientStatus": 200}
    try:
        values = authorizers.identity(authorizer, received)
        arn = gateway.function_arn(mapping.with_stage_variables(authorizer.uri, received.stage.variables))
        source = f"{policies.arn_of_api(received.stage)}/authorizers/{authorizer_id}"
        attempt = behind.invoke(
            arn or "",
            json.dumps(authorizers.event(authorizer, received, values)).encode(),
            source_arn=source,
            credentials=authorizer.credentials,
            timeout_ms=gateway.AUTHORIZER_MS,
            trace_id=received.trace_id,
        )
        verdict = authorizers.verdict(attempt)
        answer = json.loads(attempt.payload or b"{}")
        said |= {"principalId": verdict.principal_id, "policy": json.dumps(answer["policyDocument"])}
        received.say("Successfully completed authorizer execution")
    except Refused as refused:
        said["clientStatus"] = refused.kind.status
        received.say(refusals.explained(refused))
    except (gateway.NotInvoked, gateway.TimedOut, gateway.TooLarge) as problem:
        said["clientStatus"] = 500
        received.say(f"Execution failed due to configuration error: {problem}")
    return _json({**said, "log": _log(received), "latency": int((time.monotonic() - began) * 1000)})


def _trial(apis: RestApis, response: Any, verb: str, path: str) -> tuple[Received, Any, Behind]:
    """A request to the API as it is now, which no client has sent."""
    place = apis.endpoint(_parts(response)[2])
    asked = json.loads(response.body or b"{}")
    target, _, query = str(asked.get("pathWithQueryString") or path).partition("?")
    lines = [(name, str(value)) for name, value in (asked.get("headers") or {}).items()]
    for name, values in (asked.get("multiValueHeaders") or {}).items():
        lines += [(name, str(value)) for value in values]
    request = HttpRequest(
        "GET" if verb == ANY else verb,
        target,
        query,
        {name.lower(): value for name, value in lines},
        str(asked.get("body") or "").encode(),
        source_ip="test-invoke-source-ip",
        lines=tuple(lines),
    )
    deployed = deploy(place.api)
    variables = {name: str(value) for name, value in (asked.get("stageVariables") or {}).items()}
    stage = stage_of(place.api, TEST_STAGE, "", deployed, variables=variables)
    received = Received(request, stage, "/" + target.lstrip("/"), place.lab.clock.time())
    return received, deployed, Behind(place, lambda: None, request, TEST_STAGE)


def _log(received: Received) -> str:
    """The execution log, as AWS's console shows it beside the answer."""
    when = f"{datetime.fromtimestamp(received.now, UTC):%a %b %d %H:%M:%S UTC %Y}"
    lines = (f"{when} : {entry.line}" for entry in received.journal)
    return "\n".join([f"Execution log for request {received.request_id}", *lines]) + "\n"


def _several(made: HttpResponse) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in made.headers:
        found.setdefault(name, []).append(value)
    return found


def _json(document: dict[str, Any]) -> Answer:
    return 200, {"status": "200"}, json.dumps(document)


# What was remembered ----------------------------------------------------------------------------------------------


def _flush_authorizers(response: Any) -> Answer:
    _, _, api_id, _, stage = _parts(response)[:5]
    response.backend.get_stage(api_id, stage)
    verdicts(response.backend.get_rest_api(api_id)).clear()
    return 202, {"status": "202"}, ""


def _get_usage(response: Any) -> Answer:
    """A day's requests and what was left, for each key of a plan."""
    plan_id = _parts(response)[2]
    plan = response.backend.get_usage_plan(plan_id)
    only = response._get_param("keyId")
    try:
        first, last = (date.fromisoformat(str(response._get_param(name))) for name in ("startDate", "endDate"))
    except ValueError:
        raise _bad("Usage dates are written as 2026-11-23") from None
    if last < first:
        raise _bad("The end date must not be before the start date")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    quota = plan_of(plan, {}).quota
    meters = vars(response.backend).get("_lab_meters")
    items = {
        key: [list(each) for each in meters.used((plan_id, key), quota, days)]
        for key in response.backend.usage_plan_keys.get(plan_id, {})
        if quota and meters and only in (None, key)
    }
    # boto3's member "items" is called "values" on the way: AWS's model says so.
    return _json({"usagePlanId": plan_id, "startDate": first.isoformat(), "endDate": last.isoformat(), "values": items})
