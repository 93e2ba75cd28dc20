"""An API from an OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Api, uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

REST = "API Gateway (REST)"
ECHO = "import json\ndef handler(event, context): return {'body': json.dumps([event['resource'], event['httpMethod']])}"
GUARD = """
def handler(event, context):
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
        }
    },
}


def document(function: str, guard: str, version: int) -> dict[str, Any]:
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri(function)}
    pet = {"type": "object", "required": ["owner"], "properties": {"owner": {"$ref": f"#/{place(version)}/Owner"}}}
    schemas = {"Pet": pet, "Owner": {"type": "string"}}
    schemes = {
        "guard": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": uri(guard)},
        },
        "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    }
    reference = {"$ref": f"#/{place(version)}/Pet"}
    body: dict[str, Any] = (
        {"parameters": [{"in": "body", "name": "pet", "schema": reference}]}
        if version == 2
        else {"requestBody": {"content": {"application/json": {"schema": reference}}}}
    )
    made = {
        "info": {"title": "pets", "version": "7"},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-gateway-responses": {"MISSING_AUTHENTICATION_TOKEN": {"statusCode": 404}},
        "paths": {
            "/pets": {
                "post": {
                    "x-amazon-apigateway-request-validator": "all",
                    "x-amazon-apigateway-integration": proxy,
                    **body,
                },
                "options": {
                    "responses": {"200": {"headers": {"Access-Control-Allow-Origin": {"type": "string"}}}},
                    "x-amazon-apigateway-integration": MOCK,
                },
            },
            "/pets/{id}": {
                "parameters": [{"in": "path", "name": "id", "required": True}],
                "get": {"security": [{"guard": []}], "x-amazon-apigateway-integration": proxy},
                "delete": {"security": [{"key": []}], "x-amazon-apigateway-integration": proxy},
            },
            "/{proxy+}": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": proxy}},
        },
    }
    if version == 2:
        return {"swagger": "2.0", "definitions": schemas, "securityDefinitions": schemes, **made}
    return {"openapi": "3.0.1", "components": {"schemas": schemas, "securitySchemes": schemes}, **made}


def place(version: int) -> str:
    return "definitions" if version == 2 else "components/schemas"


@pytest.fixture
def imported(
    lab: Lab, client: Callable[[str], Any], function: Callable[..., Any], api: Api
) -> Callable[[int, str | None], Api]:
    """The document, imported: as a new API, or put over the empty one that is there."""

    def make(version: int, mode: str | None = None) -> Api:
        echo, guard = function("echo", ECHO), function("guard", GUARD)
        body = json.dumps(document(echo.arn, guard.arn, version)).encode()
        if mode is None:
            api.id = api.control.import_rest_api(body=body)["id"]
        else:
            api.control.put_rest_api(restApiId=api.id, body=body, mode=mode)
        api.allow(echo)
        api.allow(guard, "authorizers/*")
        api.deploy()
        return api

    return make


@pytest.mark.source(REST, "OpenAPI import")
@pytest.mark.parametrize(("version", "mode"), [(2, None), (3, None), (3, "merge"), (2, "overwrite")])
def test_a_document_becomes_an_api(version: int, mode: str | None, imported: Callable[..., Api]) -> None:
    api = imported(version, mode)
    assert api.control.get_rest_api(restApiId=api.id)["binaryMediaTypes"] == ["image/png"]
    paths = {each["path"] for each in api.control.get_resources(restApiId=api.id)["items"]}
    assert paths == {"/", "/pets", "/pets/{id}", "/{proxy+}"}
    good, bad = api.call("/pets", "POST", body='{"owner": "ada"}'), api.call("/pets", "POST", body='{"owner": 7}')
    assert (good.status, json.loads(good.body)) == (200, ["/pets", "POST"])
    assert (bad.status, bad.body) == (400, b'{"message":"Invalid request body"}')
    preflight = api.call("/pets", "OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (200, "*")
    assert api.call("/pets/7").status == 401
    assert api.call("/pets/7", headers={"Authorization": "x"}).status == 200
    assert api.call("/pets/7", "DELETE").kind == "ForbiddenException"
    assert json.loads(api.call("/a/b", "PATCH").body) == ["/{proxy+}", "PATCH"]
    assert api.call("/").status == 404


@pytest.mark.source(REST, "OpenAPI import")
def test_merge_keeps_the_rest_of_the_api_and_overwrite_does_not(imported: Callable[..., Api], api: Api) -> None:
    api.mock("/old")
    imported(3, "merge")
    assert api.call("/old").status == 200
    body = json.dumps({"openapi": "3.0.1", "info": {"title": "x"}, "paths": {}}).encode()
    api.control.put_rest_api(restApiId=api.id, body=body, mode="overwrite")
    assert [each["path"] for each in api.control.get_resources(restApiId=api.id)["items"]] == ["/"]
