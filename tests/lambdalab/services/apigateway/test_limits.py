"""API keys, usage plans, request validators and gateway responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    from .conftest import Api

REST = "API Gateway (REST)"
FORBIDDEN = (403, "ForbiddenException", b'{"message":"Forbidden"}')
JSON = {"Content-Type": "application/json"}


def told(answer: Any) -> tuple[int, str, bytes]:
    return answer.status, answer.kind, answer.body


# API keys and usage plans -----------------------------------------------------------------------------------------


@pytest.fixture
def planned(api: Api) -> Callable[..., dict[str, str]]:
    """An API that requires a key, and a plan that has one; gives the header."""
    api.mock("/free")
    api.mock("/pets")
    api.control.update_method(
        **api.of("/pets", "GET"), patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    )
    api.deploy()

    def make(**settings: Any) -> dict[str, str]:
        about = {"apiId": api.id, "stage": "prod", **settings.pop("about", {})}
        key = api.control.create_api_key(name="ada", enabled=True)
        plan = api.control.create_usage_plan(name="plan", apiStages=[about], **settings)
        api.control.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        return {"x-api-key": key["value"], "plan": plan["id"], "key": key["id"]}

    return make


@pytest.mark.source(REST, "API keys")
def test_a_method_requires_a_key_of_a_plan_for_the_stage(planned: Callable[..., dict[str, str]], api: Api) -> None:
    key = planned()
    assert api.call("/free").status == 200
    assert told(api.call("/pets")) == FORBIDDEN
    assert told(api.call("/pets", headers={"x-api-key": "wrong"})) == FORBIDDEN
    assert api.call("/pets", headers=key).status == 200
    lonely = api.control.create_api_key(name="lonely", enabled=True)
    assert told(api.call("/pets", headers={"x-api-key": lonely["value"]})) == FORBIDDEN


@pytest.mark.source(REST, "API keys")
def test_a_disabled_key_is_not_accepted(planned: Callable[..., dict[str, str]], api: Api) -> None:
    key = planned()
    patch = {"op": "replace", "path": "/enabled", "value": "false"}
    api.control.update_api_key(apiKey=key["key"], patchOperations=[patch])
    assert told(api.call("/pets", headers=key)) == FORBIDDEN


@pytest.mark.source(REST, "API keys")
def test_a_plan_for_another_stage_does_not_apply(planned: Callable[..., dict[str, str]], api: Api) -> None:
    api.deploy("dev")
    key = planned(about={"stage": "dev"})
    assert told(api.call("/pets", headers=key)) == FORBIDDEN
    assert api.call("/pets", headers=key, stage="dev").status == 200


@pytest.mark.source(REST, "usage plans: throttling")
def test_a_plan_s_limit_is_429(planned: Callable[..., dict[str, str]], api: Api, lab: Lab) -> None:
    key = planned(throttle={"rateLimit": 0.001, "burstLimit": 2})
    assert [api.call("/pets", headers=key).status for _ in range(3)] == [200, 200, 429]
    assert told(api.call("/pets", headers=key)) == (
        429,
        "TooManyRequestsException",
        b'{"message":"Too Many Requests"}',
    )
    lab.clock.advance(seconds=1001)
    assert api.call("/pets", headers=key).status == 200


@pytest.mark.source(REST, "usage plans: throttling")
def test_a_plan_may_limit_one_method(planned: Callable[..., dict[str, str]], api: Api) -> None:
    key = planned()
    path = f"/apiStages/{api.id}:prod/throttle/~1pets/GET"
    patches = [
        {"op": "replace", "path": "/throttle/rateLimit", "value": "0.5"},
        {"op": "replace", "path": "/throttle/burstLimit", "value": "100"},
        {"op": "replace", "path": f"{path}/rateLimit", "value": "0.001"},
        {"op": "replace", "path": f"{path}/burstLimit", "value": "1"},
    ]
    made = api.control.update_usage_plan(usagePlanId=key["plan"], patchOperations=patches)
    assert made["throttle"] == {"rateLimit": 0.5, "burstLimit": 100}
    assert made["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 0.001, "burstLimit": 1}}
    assert [api.call("/pets", headers=key).status for _ in range(2)] == [200, 429]
    api.control.update_usage_plan(usagePlanId=key["plan"], patchOperations=[{"op": "remove", "path": path}])
    assert api.call("/pets", headers=key).status == 200


@pytest.mark.source(REST, "API keys")
def test_an_authorizer_may_return_the_key(make_api: Callable[..., Api], function: Callable[..., Any]) -> None:
    api = make_api(apiKeySource="AUTHORIZER")
    key = api.control.create_api_key(name="ada", enabled=True)
    code = f"""
def handler(event, context):
    statement = {{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}}
    policy = {{"Version": "2012-10-17", "Statement": [statement]}}
    key = "{key["value"]}" if event["authorizationToken"] == "paid" else "none"
    return {{"principalId": "ada", "policyDocument": policy, "usageIdentifierKey": key}}
"""
    guard = function("guard", code)
    made = api.control.create_authorizer(restApiId=api.id, name="g", type="TOKEN", authorizerUri=uri(guard.arn))
    api.allow(guard, f"authorizers/{made['id']}")
    called = function("called", "def handler(event, context): return {}")
    api.method("/", "GET", called, apiKeyRequired=True, authorizationType="CUSTOM", authorizerId=made["id"])
    api.deploy()
    plan = api.control.create_usage_plan(name="plan", apiStages=[{"apiId": api.id, "stage": "prod"}])
    api.control.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    assert api.call("/", headers={"Authorization": "paid"}).status == 200
    assert told(api.call("/", headers={"Authorization": "free", "x-api-key": key["value"]})) == FORBIDDEN


def test_a_key_is_random(api: Api) -> None:
    values = {api.control.create_api_key(name="x")["value"] for _ in range(3)}
    assert len(values) == 3
    assert {len(each) for each in values} == {40}
    assert api.control.create_api_key(name="x", value="a" * 20)["value"] == "a" * 20


@pytest.mark.source(REST, "usage plans: quotas")
def test_a_quota_is_full_again_the_next_day(planned: Callable[..., dict[str, str]], api: Api, lab: Lab) -> None:
    key = planned(quota={"limit": 2, "period": "DAY"})
    assert [api.call("/pets", headers=key).status for _ in range(3)] == [200, 200, 429]
    assert told(api.call("/pets", headers=key)) == (429, "LimitExceededException", b'{"message":"Limit Exceeded"}')
    lab.clock.advance(days=1)
    assert api.call("/pets", headers=key).status == 200


@pytest.mark.source(REST, "usage plans: quotas")
def test_get_usage(planned: Callable[..., dict[str, str]], api: Api, lab: Lab) -> None:
    from datetime import UTC, datetime

    key = planned(quota={"limit": 5, "period": "DAY"})
    for _ in range(2):
        api.call("/pets", headers=key)
    today = datetime.fromtimestamp(lab.clock.time(), UTC).date().isoformat()
    usage = api.control.get_usage(usagePlanId=key["plan"], startDate=today, endDate=today)
    assert usage["items"] == {key["key"]: [[2, 3]]}


# Request validators -----------------------------------------------------------------------------------------------

PET = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
}


@pytest.fixture
def validated(api: Api) -> Callable[..., Api]:
    """An API that validates requests."""

    def make(schema: Any = PET, body: bool = True, parameters: bool = True) -> Api:
        control = api.control
        control.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema=json.dumps(schema))
        validator = control.create_request_validator(
            restApiId=api.id, name="all", validateRequestBody=body, validateRequestParameters=parameters
        )
        control.put_method(
            **api.of("/pets", "POST"),
            authorizationType="NONE",
            requestValidatorId=validator["id"],
            requestModels={"application/json": "Pet"},
            requestParameters={
                "method.request.querystring.sort": True,
                "method.request.header.X-Who": True,
                "method.request.querystring.page": False,
            },
        )
        api.integrate("/pets", "POST", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        api.respond("/pets", "POST")
        return api

    return make


GOOD = {**JSON, "X-Who": "ada"}


@pytest.mark.source(REST, "request validation: body")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"name": "Rex"}', 200),
        ('{"name": "Rex", "age": 7, "more": 1}', 200),
        ("{}", 400),
        ("", 400),
        ('{"name": 7}', 400),
        ('{"name": "Rex", "age": -1}', 400),
        ("[]", 400),
        ("{nonsense", 400),
    ],
)
def test_a_body_must_match_its_model(body: str, status: int, validated: Callable[..., Api]) -> None:
    api = validated()
    api.deploy()
    made = api.call("/pets?sort=up", "POST", GOOD, body)
    assert made.status == status
    if status == 400:
        assert told(made) == (400, "BadRequestException", b'{"message":"Invalid request body"}')


@pytest.mark.source(REST, "request validation: parameters")
def test_required_parameters(validated: Callable[..., Api]) -> None:
    api = validated()
    api.deploy()
    made = api.call("/pets", "POST", JSON, '{"name": "Rex"}')
    message = b'{"message":"Missing required request parameters: [X-Who, sort]"}'
    assert told(made) == (400, "BadRequestException", message)
    made = api.call("/pets?sort=", "POST", GOOD, '{"name": "Rex"}')
    assert made.body == b'{"message":"Missing required request parameters: [sort]"}'


@pytest.mark.source(REST, "request validation: body")
def test_a_model_may_refer_to_another(validated: Callable[..., Api]) -> None:
    api = validated()
    reference = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Pet"
    pack = {"type": "array", "items": {"$ref": reference}, "maxItems": 1}
    api.control.create_model(restApiId=api.id, name="Pack", contentType="application/json", schema=json.dumps(pack))
    patch = {"op": "replace", "path": "/requestModels/application~1json", "value": "Pack"}
    api.control.update_method(**api.of("/pets", "POST"), patchOperations=[patch])
    api.deploy()
    bodies = ['[{"name": "Rex"}]', '[{"nam": "Rex"}]', '[{"name": "Rex"}, {"name": "Rex"}]']
    assert [api.call("/pets?sort=up", "POST", GOOD, body).status for body in bodies] == [200, 400, 400]


@pytest.mark.source(REST, "request validation: body")
@pytest.mark.parametrize("schema", [{"type": 7}, {"$ref": "#/nowhere"}, {"pattern": "("}, [], "x"])
def test_a_model_that_is_not_a_schema(schema: Any, validated: Callable[..., Api]) -> None:
    api = validated(schema)
    api.deploy()
    assert api.call("/pets?sort=up", "POST", GOOD, '{"name": "Rex"}').status in (200, 400)


@pytest.mark.source(REST, "request validation: body")
def test_other_content_types_are_not_validated(validated: Callable[..., Api]) -> None:
    api = validated()
    api.deploy()
    made = api.call("/pets?sort=up", "POST", {**GOOD, "Content-Type": "application/json; charset=utf-8"}, "{}")
    assert made.status == 400
    assert api.call("/pets?sort=up", "POST", {**GOOD, "Content-Type": "text/plain"}, "{}").status != 400


# Gateway responses ------------------------------------------------------------------------------------------------


@pytest.mark.source(REST, "gateway responses")
def test_a_gateway_response_can_be_customized(validated: Callable[..., Api]) -> None:
    api = validated()
    api.control.put_gateway_response(
        restApiId=api.id,
        responseType="BAD_REQUEST_BODY",
        statusCode="422",
        responseParameters={
            "gatewayresponse.header.X-Why": "'body'",
            "gatewayresponse.header.X-Stage": "context.stage",
            "gatewayresponse.header.X-Who": "method.request.header.X-Who",
        },
        responseTemplates={
            "application/json": '{"say": $context.error.messageString, "why": "$context.error.validationErrorString", '
            '"type": "$context.error.responseType", "at": "${context.stage}$stageVariables.a"}'
        },
    )
    api.deploy(variables={"a": "!"})
    made = api.call("/pets?sort=up", "POST", GOOD, "{}")
    assert made.status == 422
    assert made.body == (
        b'{"say": "Invalid request body", "why": "[object has missing required properties (["name"])]", '
        b'"type": "BAD_REQUEST_BODY", "at": "prod!"}'
    )
    assert [made.headers[f"x-{name}"] for name in ("why", "stage", "who")] == ["body", "prod", "ada"]


@pytest.mark.source(REST, "gateway responses")
def test_default_4xx_and_5xx_apply_to_types_that_are_not_customized(api: Api, function: Callable[..., Any]) -> None:
    api.method("/broken", "GET", function("broken", "def handler(event, context): return 1"))
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        api.control.put_gateway_response(
            restApiId=api.id,
            responseType=kind,
            responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        )
    api.deploy()
    missing, broken = api.call("/"), api.call("/broken")
    assert (missing.status, missing.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert (broken.status, broken.body) == (502, b'{"message": "Internal server error"}')
    assert {each.headers["access-control-allow-origin"] for each in (missing, broken)} == {"*"}


@pytest.mark.source(REST, "gateway responses")
def test_a_template_for_the_type_that_the_client_accepts(api: Api) -> None:
    api.mock("/")
    api.control.put_gateway_response(
        restApiId=api.id,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseTemplates={
            "application/json": '{"message": "no $context.path"}',
            "application/xml": "<m>$context.error.message</m>",
        },
    )
    api.deploy()
    made = api.call("/x", headers={"Accept": "application/xml"})
    assert (made.status, made.body) == (404, b"<m>Missing Authentication Token</m>")
    assert made.headers["content-type"] == "application/xml"
    assert api.call("/x").body == b'{"message": "no /prod/x"}'
