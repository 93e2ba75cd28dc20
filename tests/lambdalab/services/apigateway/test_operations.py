"""Operations that moto does not know: updates, and test invocations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .conftest import uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

REST = "API Gateway (REST)"
ECHO = "import json\ndef handler(event, context): return {'statusCode': 201, 'body': json.dumps(event)}"


def replace(path: str, value: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value}]


@pytest.mark.source(REST, "TestInvokeMethod")
def test_test_invoke_method_needs_no_deployment(api: Api, function: Callable[..., Any]) -> None:
    api.method("/pets/{id}", "POST", function("echo", ECHO), apiKeyRequired=True)
    made = api.control.test_invoke_method(
        **api.of("/pets/{id}", "POST"),
        pathWithQueryString="/pets/7?sort=up",
        headers={"X-Who": "ada"},
        body='{"name": "Rex"}',
        stageVariables={"table": "pets"},
    )
    assert made["status"] == 201
    event = json.loads(made["body"])
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["requestContext"]["identity"]["sourceIp"] == "test-invoke-source-ip"
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"id": "7"}, {"sort": "up"})
    assert (event["headers"]["X-Who"], event["stageVariables"]) == ("ada", {"table": "pets"})
    assert event["body"] == '{"name": "Rex"}'
    assert made["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert "Method completed with status: 201" in made["log"]


@pytest.mark.source(REST, "TestInvokeMethod")
def test_the_log_says_why_it_failed(api: Api, function: Callable[..., Any]) -> None:
    api.method("/", "GET", function("wrong", "def handler(event, context): return {'status': 200}"))
    made = api.control.test_invoke_method(**api.of("/", "GET"))
    assert (made["status"], made["body"]) == (502, '{"message": "Internal server error"}')
    assert "Malformed Lambda proxy response" in made["log"]


@pytest.mark.source(REST, "TestInvokeMethod")
def test_the_log_says_that_a_permission_is_missing(api: Api, function: Callable[..., Any]) -> None:
    hidden = function("hidden")
    api.method("/", "GET")
    api.integrate("/", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(hidden.arn))
    made = api.control.test_invoke_method(**api.of("/", "GET"))
    assert made["status"] == 500
    assert "Invalid permissions on Lambda function" in made["log"]


@pytest.mark.source(REST, "TestInvokeAuthorizer")
def test_test_invoke_authorizer(api: Api, function: Callable[..., Any]) -> None:
    code = """
def handler(event, context):
    if event["authorizationToken"] == "no":
        raise Exception("Unauthorized")
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
    guard = function("guard", code)
    made = api.control.create_authorizer(restApiId=api.id, name="g", type="TOKEN", authorizerUri=uri(guard.arn))
    api.allow(guard, f"authorizers/{made['id']}")
    said = api.control.test_invoke_authorizer(
        restApiId=api.id, authorizerId=made["id"], headers={"Authorization": "yes"}
    )
    assert (said["clientStatus"], said["principalId"]) == (200, "ada")
    assert json.loads(said["policy"])["Statement"][0]["Effect"] == "Allow"
    refused = api.control.test_invoke_authorizer(
        restApiId=api.id, authorizerId=made["id"], headers={"Authorization": "no"}
    )
    assert refused["clientStatus"] == 401


def test_an_integration_is_updated(api: Api, function: Callable[..., Any]) -> None:
    first, second = function("first", ECHO), function("second", "def handler(event, context): return {'body': '2'}")
    api.method("/", "GET", first)
    api.allow(second)
    made = api.control.update_integration(**api.of("/", "GET"), patchOperations=replace("/uri", uri(second.arn)))
    assert made["uri"] == uri(second.arn)
    api.deploy()
    assert api.call("/").body == b"2"


def test_responses_are_updated(api: Api) -> None:
    api.mock("/", "GET", 200, **{"X-A": "'1'"})
    of = {**api.of("/", "GET"), "statusCode": "200"}
    header = "/responseParameters/method.response.header.X-B"
    api.control.update_method_response(**of, patchOperations=[{"op": "add", "path": header, "value": "true"}])
    api.control.update_integration_response(**of, patchOperations=[{"op": "add", "path": header, "value": "'2'"}])
    patch = [{"op": "add", "path": "/responseTemplates/application~1json", "value": "hello"}]
    api.control.update_integration_response(**of, patchOperations=patch)
    api.deploy()
    made = api.call("/")
    assert (made.body, made.headers["x-a"], made.headers["x-b"]) == (b"hello", "1", "2")


def test_a_gateway_response_and_a_deployment_are_updated(api: Api) -> None:
    api.mock("/")
    api.control.put_gateway_response(restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404")
    made = api.control.update_gateway_response(
        restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", patchOperations=replace("/statusCode", "410")
    )
    assert made["statusCode"] == "410"
    deployment = api.deploy()
    assert api.call("/x").status == 410
    made = api.control.update_deployment(
        restApiId=api.id, deploymentId=deployment, patchOperations=replace("/description", "first")
    )
    assert made["description"] == "first"


def test_one_invalid_patch_operation_changes_nothing(api: Api) -> None:
    api.mock("/")
    patches = [*replace("/passthroughBehavior", "NEVER"), *replace("/nonsense", "1")]
    with pytest.raises(ClientError) as raised:
        api.control.update_integration(**api.of("/", "GET"), patchOperations=patches)
    assert raised.value.response["Error"] == {"Code": "BadRequestException", "Message": "Invalid patch path /nonsense"}
    assert api.control.get_integration(**api.of("/", "GET"))["passthroughBehavior"] != "NEVER"


@pytest.mark.source(REST, "cache of authorizers")
def test_the_cache_of_authorizers_is_flushed(api: Api, function: Callable[..., Any]) -> None:
    code = """
def handler(event, context):
    print('EVENT 1')
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
    guard = function("guard", code)
    made = api.control.create_authorizer(restApiId=api.id, name="g", type="TOKEN", authorizerUri=uri(guard.arn))
    api.allow(guard, f"authorizers/{made['id']}")
    api.method("/", "GET", function("echo", ECHO), authorizationType="CUSTOM", authorizerId=made["id"])
    api.deploy()
    for _ in range(2):
        assert api.call("/", headers={"Authorization": "x"}).status == 201
    assert len(guard.events()) == 1
    api.control.flush_stage_authorizers_cache(restApiId=api.id, stageName="prod")
    assert api.call("/", headers={"Authorization": "x"}).status == 201
    assert len(guard.events()) == 2
