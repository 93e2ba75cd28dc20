"""Operations that moto does not know.

- `UpdateMethod`: who may call a method, and what its requests must have
- `UpdateIntegration`, `UpdateIntegrationResponse`, `UpdateMethodResponse`, `UpdateGatewayResponse`, `UpdateDeployment`:
  members with a single value, and maps
- `TestInvokeMethod`: runs a method as it is now, without deployment, authorizer, API key or limit
- `TestInvokeAuthorizer`: runs an authorizer
- `FlushStageAuthorizersCache`, `FlushStageCache`: the first empties the authorizer cache; there is no other cache
- `GetUsage`: how much of a quota was used, by day

`backend.py` adds them to moto.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lambdalab.http_payload import HttpRequest

from . import errors
from .control_plane import check_authorizer
from .data_plane import RequestServices, plan_of
from .deployments import deploy, stage_of
from .gateway import authorizers, mapping, policies
from .gateway import gateway_responses as responses
from .gateway import request_flow as flow
from .gateway.definition import ANY
from .gateway.gateway_responses import GatewayError
from .gateway.request import ApiRequest

if TYPE_CHECKING:
    from lambdalab.http_payload import HttpResponse

    from . import state
    from .data_plane import RestApis
    from .deployments import Deployed
    from .state import Answer, Call, Document

TEST_STAGE = "test-invoke-stage"
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


# Updates ----------------------------------------------------------------------------------------------------------


def update_method(call: Call) -> Answer:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateMethod-Patch"""
    method = _method(call)
    changes = _changes(call, method, *_METHOD)
    check_authorizer(
        call.backend.get_rest_api(call.path[1]),
        changes.get("authorization_type", method.authorization_type),
        changes.get("authorizer_id", method.authorizer_id),
    )
    return _changed(method, changes)


def update_integration(call: Call) -> Answer:
    """UpdateIntegration."""
    integration = _integration(call)
    return _changed(integration, _changes(call, integration, *_INTEGRATION))


def update_integration_response(call: Call) -> Answer:
    """UpdateIntegrationResponse."""
    found = _integration(call).get_integration_response(call.path[8])
    return _changed(found, _changes(call, found, *_INTEGRATION_RESPONSE))


def update_method_response(call: Call) -> Answer:
    """UpdateMethodResponse."""
    found = _method(call).get_response(call.path[7])
    if found is None:
        raise errors.not_found("Invalid Response status code specified")
    return _changed(found, _changes(call, found, *_METHOD_RESPONSE), status=201)


def update_gateway_response(call: Call) -> Answer:
    """UpdateGatewayResponse."""
    _, api_id, _, kind = call.path[:4]
    found = call.backend.get_gateway_response(api_id, kind)
    return _changed(found, _changes(call, found, *_GATEWAY_RESPONSE))


def update_deployment(call: Call) -> Answer:
    """UpdateDeployment."""
    _, api_id, _, deployment_id = call.path[:4]
    deployment = call.backend.get_rest_api(api_id).deployments.get(deployment_id)
    if deployment is None:
        raise errors.not_found("Invalid Deployment identifier specified")
    return _changed(deployment, _changes(call, deployment, {"/description": "description"}, {}))


def _changes(call: Call, target: state.HasJson, members: dict[str, str], maps: dict[str, str]) -> Document:
    """The new values of the members that the patch operations name. An invalid one raises before anything changes."""
    changes: Document = {}
    for operation in call.body.get("patchOperations") or []:
        op, path, value = str(operation.get("op")), str(operation.get("path")), operation.get("value")
        if path in members and op in ("replace", "add", "remove"):
            name = members[path]
            changes[name] = None if op == "remove" else _value(name, value)
            continue
        prefix = next((each for each in maps if path.startswith(each)), None)
        if prefix is None or op not in ("add", "replace", "remove"):
            raise errors.bad_request(f"Invalid patch path {path}")
        name, key = maps[prefix], path.removeprefix(prefix).replace("~1", "/").replace("~0", "~")
        kept = dict(changes.get(name, getattr(target, name)) or {})
        if op == "remove":
            kept.pop(key, None)
        else:
            kept[key] = _value(name, value)
        changes[name] = kept
    return changes


def _value(name: str, value: Any) -> Any:
    return str(value).lower() == "true" if name in _TRUE_OR_FALSE else value


def _changed(target: state.HasJson, changes: Document, status: int = 200) -> Answer:
    for name, value in changes.items():
        setattr(target, name, value)
    return status, {"status": str(status)}, json.dumps(target.to_json())


def _method(call: Call) -> state.Method:
    _, api_id, _, resource_id, _, verb = call.path[:6]
    return call.backend.get_method(api_id, resource_id, verb)


def _integration(call: Call) -> state.Integration:
    found = _method(call).method_integration
    if found is None:
        raise errors.not_found("Invalid Integration identifier specified")
    return found


# Test invocations ---------------------------------------------------------------------------------------------------


def test_invoke_method(apis: RestApis, call: Call) -> Answer:
    """TestInvokeMethod: a method as it is now. Authorizers, API keys and limits do not apply."""
    _, api_id, _, resource_id, _, verb = call.path[:6]
    call.backend.get_method(api_id, resource_id, verb)
    resource = call.backend.get_resource(api_id, resource_id)
    began = time.monotonic()
    received, deployed, services = _test_request(apis, call, verb, resource.get_path())
    try:
        method = flow.find(received, deployed.routes)
        if method is None or received.resource is None or received.resource.id != resource_id:
            raise GatewayError(responses.MISSING_TOKEN, why="the path leads to another resource")
        made = flow.complete(received, method, services)
    except GatewayError as error:
        made = flow.fail(error, received)
    flow.log(received, f"Method completed with status: {made.status}")
    return _json(
        {
            "status": made.status,
            "body": made.body.decode("utf-8", "replace"),
            "headers": dict(made.headers),
            "multiValueHeaders": _multi_value(made),
            "log": _log(received),
            "latency": int((time.monotonic() - began) * 1000),
        }
    )


def test_invoke_authorizer(apis: RestApis, call: Call) -> Answer:
    """TestInvokeAuthorizer: runs an authorizer for such a request; its answer is not cached."""
    _, api_id, _, authorizer_id = call.path[:4]
    call.backend.get_authorizer(api_id, authorizer_id)
    began = time.monotonic()
    received, deployed, services = _test_request(apis, call, "GET", "/")
    received.resource = deployed.definition.resources[0]
    authorizer = deployed.definition.authorizers[authorizer_id]
    flow.log(received, f"Starting authorizer: {authorizer_id}")
    result: Document = {"clientStatus": 200}
    try:
        values = authorizers.identity(authorizer, received)
        arn = flow.function_arn(mapping.with_stage_variables(authorizer.uri, received.stage.variables))
        source = f"{policies.arn_of_api(received.stage)}/authorizers/{authorizer_id}"
        attempt = services.invoke(
            arn or "",
            json.dumps(authorizers.event(authorizer, received, values)).encode(),
            source_arn=source,
            credentials=authorizer.credentials,
            timeout_ms=flow.AUTHORIZER_MS,
            trace_id=received.trace_id,
        )
        output = authorizers.read_output(attempt)
        answer = json.loads(attempt.payload or b"{}")
        result |= {"principalId": output.principal_id, "policy": json.dumps(answer["policyDocument"])}
        flow.log(received, "Successfully completed authorizer execution")
    except GatewayError as error:
        result["clientStatus"] = error.kind.status
        flow.log(received, responses.explained(error))
    except (flow.NotInvoked, flow.TimedOut, flow.TooLarge) as problem:
        result["clientStatus"] = 500
        flow.log(received, f"Execution failed due to configuration error: {problem}")
    return _json({**result, "log": _log(received), "latency": int((time.monotonic() - began) * 1000)})


def _test_request(apis: RestApis, call: Call, verb: str, path: str) -> tuple[ApiRequest, Deployed, RequestServices]:
    """The request that the operation describes, to the API as it is now."""
    api = apis.endpoint(call.path[1])
    given = call.body
    target, _, query = str(given.get("pathWithQueryString") or path).partition("?")
    lines = [(name, str(value)) for name, value in (given.get("headers") or {}).items()]
    for name, values in (given.get("multiValueHeaders") or {}).items():
        lines += [(name, str(value)) for value in values]
    request = HttpRequest(
        "GET" if verb == ANY else verb,
        target,
        query,
        {name.lower(): value for name, value in lines},
        str(given.get("body") or "").encode(),
        source_ip="test-invoke-source-ip",
        lines=tuple(lines),
    )
    deployed = deploy(api.stored)
    variables = {name: str(value) for name, value in (given.get("stageVariables") or {}).items()}
    stage = stage_of(api.stored, TEST_STAGE, "", deployed, variables=variables)
    received = ApiRequest(request, stage, "/" + target.lstrip("/"), api.lab.clock.time(), journal=[])
    return received, deployed, RequestServices(api, lambda: None, request, TEST_STAGE)


def _log(received: ApiRequest) -> str:
    """The execution log, as AWS's console shows it beside the response."""
    when = f"{datetime.fromtimestamp(received.now, UTC):%a %b %d %H:%M:%S UTC %Y}"
    lines = (f"{when} : {entry.line}" for entry in received.journal or ())
    return "\n".join([f"Execution log for request {received.request_id}", *lines]) + "\n"


def _multi_value(made: HttpResponse) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in made.headers:
        found.setdefault(name, []).append(value)
    return found


def _json(document: dict[str, Any]) -> Answer:
    return 200, {"status": "200"}, json.dumps(document)


# Caches and usage ---------------------------------------------------------------------------------------------------


def flush_stage_authorizers_cache(apis: RestApis, call: Call) -> Answer:
    """FlushStageAuthorizersCache."""
    _, api_id, _, stage = call.path[:4]
    call.backend.get_stage(api_id, stage)
    apis.endpoint(api_id).authorizer_cache.clear()
    return 202, {"status": "202"}, ""


def flush_stage_cache(call: Call) -> Answer:
    """FlushStageCache: the lab caches no responses."""
    return 202, {"status": "202"}, ""


def get_usage(apis: RestApis, call: Call) -> Answer:
    """GetUsage: for each API key of a plan, a day's requests and how many were left."""
    plan_id = call.path[1]
    plan = call.backend.get_usage_plan(plan_id)
    only = call.query.get("keyId")
    try:
        first, last = (date.fromisoformat(call.query.get(name, "")) for name in ("startDate", "endDate"))
    except ValueError:
        raise errors.bad_request("Usage dates are written as 2026-11-23") from None
    if last < first:
        raise errors.bad_request("The end date must not be before the start date")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    quota = plan_of(plan, {}).quota
    items = {
        key: [list(each) for each in apis.meters.used((plan_id, key), quota, days)]
        for key in call.backend.usage_plan_keys.get(plan_id, {})
        if quota and only in (None, key)
    }
    # boto3's member "items" is called "values" on the wire: AWS's model says so.
    return _json({"usagePlanId": plan_id, "startDate": first.isoformat(), "endDate": last.isoformat(), "values": items})
